"""`python -m api champion`: who serves, and how it changes, wherever that is kept."""

from contextlib import closing
from datetime import timedelta
from typing import Annotated

import typer
from sqlalchemy import Engine

from api.champions import open_alias, write_files
from api.cli.console import actor, failure
from api.clock import now
from api.errors import AppError, Conflict, InvalidRequest
from api.records.audit_log import audit
from api.records.audit_log.audit import AuditEntry
from api.records.champions import nodes
from api.records.champions.nodes import NodeRecord
from api.records.database import open_database
from api.registry.champion import Alias
from api.registry.champion_file import Standing
from api.registry.history import CHAMPION, AliasChange, MoveKind, rollback_target
from api.registry.signing.chosen_keys import trusted_signers
from api.registry.sites.site_names import site_name
from api.registry.sites.site_versions import site_alias, site_aliases
from api.registry.store import Store
from api.reports.markdown import table
from api.serving.backend import open_backend
from api.serving.compiled import Compiler
from api.serving.live import predictor_builder
from api.settings import Settings, from_environment
from api.tasks.task_files import load_task
from api.tasks.task_settings import settings_of

champion = typer.Typer(no_args_is_help=True, help="See and change which version serves.")

SHOWN = 10
Site = Annotated[
    str | None, typer.Option(help="The site whose own version is meant; none: everybody's.")
]
Reason = Annotated[str, typer.Option(help="Why; kept with the move.")]


@champion.command()
def show() -> None:
    """Which version serves and where that is kept, its newest moves, and what each node serves."""
    try:
        with _Here() as here:
            typer.echo(_overview(here))
    except AppError as exc:
        raise failure(exc) from exc


@champion.command(name="set")
def set_version(
    version: Annotated[str, typer.Argument(help="As `GET /models` lists them.")],
    reason: Reason,
    site: Site = None,
) -> None:
    """Make a version serve, after it was loaded and proven here. Servers that run follow."""
    try:
        with _Here() as here:
            alias = here.alias_of(site)
            standing = alias.standing()
            # Before it is proven, which may take as long as compiling it.
            if standing.problem is None and version == here.serving(alias, standing):
                raise Conflict(alias.already(version))
            here.verify(version)
            seen = standing.sequence
            alias.move(version, by=actor(), reason=reason, store=here.store, seen=seen)
            here.note("promote", version, site)
    except AppError as exc:
        raise failure(exc) from exc
    typer.echo(f"{version} serves {site or 'everybody'}; servers that run follow.")


@champion.command()
def back(reason: Reason = "", site: Site = None) -> None:
    """Go back to what served before the newest promotion that was not undone."""
    try:
        with _Here() as here:
            alias = here.alias_of(site)
            standing = alias.standing()
            target = rollback_target(standing.history)
            if target is None:
                raise Conflict(
                    "There is nothing to go back to; `python -m api champion set` names a version."
                )
            if target != CHAMPION:
                here.verify(target)
            alias.move(
                target,
                previous=standing.version,
                by=actor(),
                reason=reason,
                kind=MoveKind.ROLLBACK,
                store=here.store,
                seen=standing.sequence,
            )
            here.note("rollback", target, site)
    except AppError as exc:
        raise failure(exc) from exc
    typer.echo(f"{target} serves {site or 'everybody'} again; servers that run follow.")


@champion.command(name="export")
def to_files() -> None:
    """Write what the records hold into `champion.json` and the files of sites, for a single machine
    (`ROENTGEN_CHAMPION=file`); files that are there are kept beside them."""
    try:
        with _Here() as here:
            if here.alias.shared is None:
                raise InvalidRequest("The champion is in a file already; there is nothing to do.")
            written = write_files(here.alias, stamp=f"{now():%Y%m%dT%H%M%SZ}")
    except AppError as exc:
        raise failure(exc) from exc
    typer.echo(f"{written} files written; stop all nodes before ROENTGEN_CHAMPION=file is set.")


class _Here:
    """The task of the settings, with its checkpoints and records; closed at the end."""

    def __init__(self) -> None:
        """Raises: InvalidTask, StoreBusy, StorageFailed, InvalidCheckpoint."""
        settings = from_environment()
        self.settings: Settings = settings_of(settings, load_task(settings.task))
        self.task = self.settings.task
        folder = self.settings.models_dir / self.task
        signers = trusted_signers(self.settings)
        self.store = Store(folder, self.settings.default_model, self.task, signers=signers)
        self.database: Engine = open_database(
            self.settings.records_url, timeout_s=self.settings.database_timeout_s, task=self.task
        )
        try:
            self.alias = open_alias(self.settings, folder, self.database)
        except BaseException:
            self.database.dispose()
            raise

    def __enter__(self) -> "_Here":
        return self

    def __exit__(self, *_: object) -> None:
        self.database.dispose()

    def alias_of(self, site: str | None) -> Alias:
        """The champion's, or a site's."""
        return self.alias if site is None else site_alias(self.alias, site_name(site))

    def serving(self, alias: Alias, standing: Standing) -> str | None:
        """The version that the champion, or a site's alias, names."""
        return standing.version or (self.store.default_version() if alias.site is None else None)

    def verify(self, version: str) -> None:
        """Load a version as a server would. Raises: NotFound, InvalidCheckpoint, StorageFailed."""
        checkpoint = self.store.get(version)
        compiler = Compiler(self.settings.compiled_dir, self.settings.as_environment())
        with closing(open_backend(self.settings)) as backend:
            predictor_builder(compiler, backend.load, precision=self.settings.precision)(checkpoint)

    def note(self, action: str, version: str, site: str | None) -> None:
        """The entry in the audit log. Raises: StoreBusy, StorageFailed."""
        entry = AuditEntry(
            actor(), action, version, after={"site": site, "version": version}, task=self.task
        )
        audit.append(self.database, entry)


def _overview(here: _Here) -> str:
    standing = here.alias.standing()
    where = "the records" if here.alias.shared else "champion.json"
    serving = standing.version or f"{here.store.default_version()}, the default"
    lines = [f"{here.task}: {serving}; {standing.sequence} moves, kept in {where}."]
    if standing.problem:
        lines.append(standing.problem.message)
    for alias in site_aliases(here.alias):
        lines.append(f"{alias.site}: {alias.current() or CHAMPION}")
    if standing.history:
        heading = ("when (UTC)", "version", "before", "kind", "by", "reason")
        lines += ["", table(heading, list(map(_row, standing.history[: -SHOWN - 1 : -1])))]
    if found := nodes.of_task(here.database, task=here.task):
        heading = ("node", "state", "version", "follows move", "heard of", "what is wrong")
        lines += ["", table(heading, list(map(_node, found)))]
    return "\n".join(lines)


def _row(move: AliasChange) -> tuple[str, ...]:
    when = f"{move.at:%Y-%m-%d %H:%M}"
    return when, move.version, move.previous or "", move.kind, move.by, move.reason


def _node(node: NodeRecord) -> tuple[str, ...]:
    silent = (now() - node.last_seen) // timedelta(seconds=1)
    heard = f"{silent} s ago"
    return node.node, node.state, node.version or "", str(node.sequence), heard, node.reason
