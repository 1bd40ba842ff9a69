"""Bring a database to the newest revision, one transaction a revision."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from api.records.migrations.backup import back_up
from api.records.migrations.revisions import create_newest, pending, revision_of
from api.records.transactions import write_transaction

logger = logging.getLogger(__name__)

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was done: from which revision (None: there was nothing), through which ones, and the
    copy of the SQLite file as it was before."""

    former: str | None
    applied: tuple[str, ...]
    backup: Path | None = None


def upgrade(
    engine: Engine, *, former_task: str, file: Path | None, folder: Path = FOLDER
) -> Upgrade | None:
    """Make what is missing; None if nothing was. One process at a time: the caller holds a lock.

    A revision is applied as a whole or not at all, so that an upgrade that is cut short leaves a
    database of the former revision, which the next start upgrades.

    Args:
        former_task: the task of rows from before rows had one.
        file: the SQLite file, to be copied before it changes; None for other databases.
        folder: where Alembic's files are.

    Raises: StorageFailed if a newer version of the program made it; sqlalchemy's errors.
    """
    with engine.connect() as connection:
        former = revision_of(connection)
    revisions = pending(former)
    if not revisions:
        return None
    if former is None:
        with write_transaction(engine) as connection:
            create_newest(connection)
        return Upgrade(former, revisions)
    backup = back_up(file, revisions[-1]) if file else None
    logger.info("records are upgraded from=%s to=%s backup=%s", former, revisions[-1], backup)
    apply = _applier(former_task, folder)
    for revision in revisions:
        with write_transaction(engine) as connection:
            apply(connection, revision)
        logger.info("records upgraded revision=%s", revision)
    return Upgrade(former, revisions, backup)


def _applier(former_task: str, folder: Path) -> Callable[[Connection, str], None]:
    """What applies a revision; Alembic's files are read once for all of them."""
    # It tells of each plugin that it has, and that SQLite could not take a revision back.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Here, not above: a database that is current needs none of it.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config(attributes={"former_task": former_task})
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("recursive_version_locations", "true")
    config.set_main_option("path_separator", "newline")
    scripts = ScriptDirectory.from_config(config)

    def apply(connection: Connection, revision: str) -> None:
        # As `alembic.command.upgrade`, which would read all files anew for each revision.
        config.attributes["connection"] = connection
        with EnvironmentContext(
            config,
            scripts,
            fn=lambda found, _: scripts._upgrade_revs(revision, found),
            destination_rev=revision,
        ):
            scripts.run_env()

    return apply
