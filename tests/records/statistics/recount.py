"""What the counters must say, found by looking at every answer."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Engine, func, select

from api.records.database import reading
from api.records.statistics.counters import RESOLUTIONS_S
from api.records.statistics.latency_histogram import bin_of
from api.records.tables import latency_counts, prediction_counts, prediction_totals, predictions

Counts = Counter[tuple[int, int, str | int]]


def counted(engine: Engine) -> tuple[Counts, Counts, int]:
    """Counters by class and by latency, and the total."""
    with reading(engine) as connection:
        by_label = connection.execute(select(prediction_counts)).all()
        by_bin = connection.execute(select(latency_counts)).all()
        stored = connection.execute(select(prediction_totals.c.given)).scalar_one()
    return (
        Counter({(r.resolution_s, r.start, r.label): r.answers for r in by_label}),
        Counter({(r.resolution_s, r.start, r.bin): r.answers for r in by_bin}),
        stored,
    )


def recounted(engine: Engine) -> tuple[Counts, Counts, int]:
    """The same from the answers themselves."""
    by_label: Counts = Counter()
    by_bin: Counts = Counter()
    with reading(engine) as connection:
        rows = connection.execute(
            select(predictions.c.created_at, predictions.c.label, predictions.c.total_ms)
        ).all()
        number = connection.execute(select(func.count()).select_from(predictions)).scalar_one()
    for row in rows:
        second = int(row.created_at.timestamp())
        for resolution in RESOLUTIONS_S:
            start = second // resolution * resolution
            by_label[resolution, start, row.label] += 1
            by_bin[resolution, start, bin_of(row.total_ms)] += 1
    return by_label, by_bin, number


def in_slices(engine: Engine, start: datetime, slice_s: int) -> Counter[tuple[int, str]]:
    """Answers since `start` by slice and class."""
    with reading(engine) as connection:
        rows = connection.execute(select(predictions.c.created_at, predictions.c.label)).all()
    return Counter(
        (int(row.created_at.timestamp()) // slice_s * slice_s, row.label)
        for row in rows
        if row.created_at >= start
    )
