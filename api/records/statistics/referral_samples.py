"""How many of the newest answers of a slice of time were left to a person.

It is a sample of bounded size, so that the share costs the same however many were answered.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, select

from api.records.database import snapshot
from api.records.tables import predictions
from api.tasks.decisions import Decided

# Of each slice.
MAX_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class ReferralSample:
    """Of `looked_at` answers, so many were referred."""

    looked_at: int
    referred: int


def of_slices(
    engine: Engine, starts: Iterable[int], *, slice_s: int, task: str
) -> dict[int, ReferralSample]:
    """The newest decisions of each slice, at most `MAX_LOOKED_AT`.

    Args:
        starts: where the slices begin, seconds since 1970.
        slice_s: how long each is, seconds.

    Raises: StoreBusy, StorageFailed.
    """
    found = {}
    with snapshot(engine) as connection:
        for start in starts:
            query = (
                select(predictions.c.decision)
                .where(
                    predictions.c.task == task,
                    predictions.c.created_at >= datetime.fromtimestamp(start, UTC),
                    predictions.c.created_at < datetime.fromtimestamp(start + slice_s, UTC),
                )
                .order_by(predictions.c.created_at.desc())
                .limit(MAX_LOOKED_AT)
            )
            decisions = connection.execute(query).scalars().all()
            found[start] = ReferralSample(len(decisions), decisions.count(Decided.REFER))
    return found
