"""What people corrected about samples that were there already, since a moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, select

from api.records.database import reading
from api.records.training_images.sample_history import SampleChangeKind
from api.records.training_images.sample_tables import sample_changes, samples

SETTLED = frozenset({SampleChangeKind.AGREED, SampleChangeKind.RESOLVED})
REMOVED = frozenset({SampleChangeKind.DELETED, SampleChangeKind.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Corrections:
    """How many samples a retraining would meet otherwise than one at that moment did.

    Attributes:
        relabelled: have another class, or one at last after two were in dispute.
        removed: were deleted, taken back, or came to be in dispute.
    """

    relabelled: int = 0
    removed: int = 0


def corrected_since(engine: Engine, moment: datetime, *, task: str) -> Corrections:
    """Counts samples, not changes: one that was changed there and back is as it was.

    Raises: StoreBusy, StorageFailed.
    """
    query = (
        select(
            sample_changes.c.sha256,
            sample_changes.c.what,
            sample_changes.c.before,
            sample_changes.c.after,
            sample_changes.c.part,
            samples.c.label,
            samples.c.disputed,
            samples.c.created_at,
        )
        .outerjoin(
            samples,
            (samples.c.task == sample_changes.c.task)
            & (samples.c.sha256 == sample_changes.c.sha256),
        )
        .where(sample_changes.c.task == task, sample_changes.c.at > moment)
        .order_by(sample_changes.c.number)
    )
    changes: dict[str, list[Row[Any]]] = {}
    with reading(engine) as connection:
        for row in connection.execute(query):
            changes.setdefault(row.sha256, []).append(row)
    return Corrections(
        relabelled=sum(_is_relabelled(rows, moment) for rows in changes.values()),
        removed=sum(_is_removed(rows, moment) for rows in changes.values()),
    )


def _is_relabelled(rows: list[Row[Any]], moment: datetime) -> bool:
    first = rows[0]
    if first.label is None or first.disputed is not None or first.created_at > moment:
        return False
    was_disputed = first.what in SETTLED
    return was_disputed or first.before != first.label


def _is_removed(rows: list[Row[Any]], moment: datetime) -> bool:
    first, last = rows[0], rows[-1]
    if first.what in SETTLED:
        return False  # It was in dispute then, so nothing learned from it.
    if last.label is not None:
        return last.disputed is not None and last.created_at <= moment
    # A retraining drew a split for each sample that it met.
    return last.what in REMOVED and bool(last.part)
