"""The champion of this machine's settings, for commands."""

import contextlib
from collections.abc import Iterator

from api.champions import open_alias
from api.records.database import open_database
from api.registry.champion import Alias
from api.settings import Settings


@contextlib.contextmanager
def opened_alias(settings: Settings) -> Iterator[Alias]:
    """What names the champion of the settings' task; its records are closed afterwards.

    Raises: InvalidCheckpoint, StoreBusy, StorageFailed.
    """
    database = open_database(
        settings.records_url, timeout_s=settings.database_timeout_s, task=settings.task
    )
    try:
        yield open_alias(settings, settings.models_dir / settings.task, database)
    finally:
        database.dispose()
