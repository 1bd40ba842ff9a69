"""What the records need from time to time, beside serving, one small step after the other."""

from datetime import datetime

from sqlalchemy import Connection, Engine

from api.records.answers import intakes
from api.records.database import reading, writing
from api.records.statistics import counters
from api.records.upkeep import backfill, prediction_retention
from api.records.upkeep.prediction_retention import ROWS, Retention

# A file is made smaller once so much of it is unused; less is filled by what comes next.
FREE_SHARE = 0.25
PAGES = 100
INCREMENTAL = 2


def step(engine: Engine, retention: Retention, moment: datetime, *, task: str) -> bool:
    """Do the most urgent thing there is to do for a task; False if there was nothing.

    Raises: StoreBusy, StorageFailed.
    """
    return (
        backfill.step(engine, moment, task=task)
        or prediction_retention.prune_predictions(engine, retention, moment, task=task) > 0
        or prediction_retention.prune_heatmaps(engine, retention, moment, task=task) > 0
        or intakes.prune(engine, retention.predictions_days, moment, rows=ROWS) > 0
        or _drop_old_counters(engine, moment, task)
        or give_back(engine) > 0
    )


def give_back(engine: Engine, *, pages: int = PAGES) -> int:
    """Make an SQLite file smaller by at most `pages` if much of it is unused; returns by how many.

    A file of an earlier version of the program keeps its size, and what is unused is filled again.

    Raises: StoreBusy, StorageFailed.
    """
    if engine.dialect.name != "sqlite":
        return 0
    with reading(engine) as connection:
        unused = _pragma(connection, "freelist_count")
        total = _pragma(connection, "page_count")
        if _pragma(connection, "auto_vacuum") != INCREMENTAL or unused < FREE_SHARE * total:
            return 0
    with writing(engine) as connection:
        # One at a time: Python's driver ends this statement after its first step.
        for _ in range(min(pages, unused)):
            connection.exec_driver_sql("PRAGMA incremental_vacuum(1)")
        return unused - _pragma(connection, "freelist_count")


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())


def _drop_old_counters(engine: Engine, moment: datetime, task: str) -> bool:
    with reading(engine) as connection:
        if not counters.has_old(connection, moment, task=task):
            return False
    with writing(engine) as connection:
        return counters.drop_old(connection, moment, task=task) > 0
