"""Whether this machine's clock agrees with the database's, by which all others' can be told."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine, text

from api.clock import now
from api.records.database import reading

logger = logging.getLogger(__name__)

# Heart-beats of other machines count for ten seconds.
MAX_APART_S = 5.0


def seconds_ahead(engine: Engine, clock: Callable[[], datetime] = now) -> float:
    """By how much this machine's clock is ahead of the database's; 0 where that is a file here.

    Raises: StoreBusy, StorageFailed.
    """
    if engine.dialect.name != "postgresql":
        return 0.0
    with reading(engine) as connection:
        before = clock()
        there: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        after = clock()
    return (before + (after - before) / 2 - there).total_seconds()


def warn_if_apart(engine: Engine, clock: Callable[[], datetime] = now) -> None:
    """Log it where the clocks differ so much that living nodes look gone.

    Raises: StoreBusy, StorageFailed.
    """
    ahead_s = seconds_ahead(engine, clock)
    if abs(ahead_s) > MAX_APART_S:
        logger.warning(
            "this machine's clock is %.0f s %s the database's: other nodes look gone, or lost work "
            "alive; set both by NTP",
            abs(ahead_s),
            "ahead of" if ahead_s > 0 else "behind",
        )
