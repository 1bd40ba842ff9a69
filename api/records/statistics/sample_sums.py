"""Sums over the samples of each class, kept with every change of a sample.

Whatever changes a row of `samples` calls `take_out` before and `put_in` after, in its transaction.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, delete, func, select

from api.records.training_images.sample_tables import (
    sample_changes,
    sample_sums,
    sample_sums_state,
    samples,
)

# Sums are kept as whole numbers of 2^-32: adding and taking away leaves no rounding error behind,
# and a million samples of a brightness of 255 fit 64 bits.
UNIT = 2.0**-32


@dataclass(slots=True)
class ClassSums:
    """Of one class: samples that may be learned from, samples that are disputed, and sums over
    the first in units of 2^-32."""

    number: int = 0
    disputed: int = 0
    brightness: int = 0
    edge_density: int = 0
    histogram: list[int] = field(default_factory=list)

    def add(self, sample: Row[Any], *, times: int) -> None:
        """Add a sample once, or take it away: -1 times."""
        if sample.disputed is not None:
            self.disputed += times
            return
        self.number += times
        self.brightness += times * _fixed(sample.brightness)
        self.edge_density += times * _fixed(sample.edge_density)
        self.histogram = _sum(self.histogram, sample.histogram, times=times)

    @property
    def is_empty(self) -> bool:
        """Whether the class has no sample."""
        return not self.number and not self.disputed


def put_in(connection: Connection, sha256: str, *, task: str) -> None:
    """Add a sample to its class's sums, as its row says now."""
    _count(connection, sha256, task, times=1)


def take_out(connection: Connection, sha256: str, *, task: str) -> None:
    """Take a sample out of its class's sums, before its row changes."""
    _count(connection, sha256, task, times=-1)


def note_change(connection: Connection, *, task: str) -> None:
    """Remember that the sums know of the newest change."""
    connection.execute(
        sample_sums_state.update()
        .where(sample_sums_state.c.task == task)
        .values(changes_to=_newest_change(task))
    )


def tasks_behind(connection: Connection, task: str) -> list[str]:
    """Of this task and those that have sums, the ones that are behind."""
    known = connection.execute(select(sample_sums_state.c.task)).scalars().all()
    return [each for each in sorted({task, *known}) if is_behind(connection, task=each)]


def is_behind(connection: Connection, *, task: str) -> bool:
    """Whether samples were changed without the sums, or there are none yet.

    An earlier version of the program does, or somebody with a tool of the database. The samples of
    each class are counted, from indexes: some milliseconds for 50 000.
    """
    known_to = connection.execute(
        select(sample_sums_state.c.changes_to).where(sample_sums_state.c.task == task)
    ).scalar_one_or_none()
    newest = connection.execute(select(_newest_change(task))).scalar_one()
    if known_to is None or known_to != newest:
        return True
    sums = of_classes(connection, task=task)
    summed = {label: (s.number, s.disputed) for label, s in sums.items()}
    return summed != _counted(connection, task)


def rebuild(connection: Connection, *, task: str) -> None:
    """Sum up all samples anew, one after the other: about a second for 50 000 of them."""
    found: defaultdict[str, ClassSums] = defaultdict(ClassSums)
    # Options of the statement: those of a connection would be of all that follow.
    streamed = {"stream_results": True, "yield_per": 1000}
    query = select(*_SUMMED).where(samples.c.task == task)
    for sample in connection.execute(query, execution_options=streamed):
        found[sample.label].add(sample, times=1)
    connection.execute(delete(sample_sums).where(sample_sums.c.task == task))
    for label, sums in found.items():
        row = {"task": task, "label": label} | asdict(sums)
        connection.execute(sample_sums.insert(), row)
    connection.execute(delete(sample_sums_state).where(sample_sums_state.c.task == task))
    newest = connection.execute(select(_newest_change(task))).scalar_one()
    connection.execute(sample_sums_state.insert(), {"task": task, "changes_to": newest})


def of_classes(connection: Connection, *, task: str) -> dict[str, ClassSums]:
    """The sums of each class that has a sample."""
    rows = connection.execute(select(sample_sums).where(sample_sums.c.task == task))
    return {row.label: _sums(row) for row in rows}


_SUMMED = (
    samples.c.label,
    samples.c.disputed,
    samples.c.brightness,
    samples.c.edge_density,
    samples.c.histogram,
)


def _newest_change(task: str) -> ScalarSelect[int]:
    query = select(func.coalesce(func.max(sample_changes.c.number), 0))
    return query.where(sample_changes.c.task == task).scalar_subquery()


def _counted(connection: Connection, task: str) -> dict[str, tuple[int, int]]:
    """Of each class, how many samples may be learned from and how many are disputed."""
    query = (
        select(samples.c.label, func.count().label("number"))
        .where(samples.c.task == task)
        .group_by(samples.c.label)
    )
    of_disputed = query.where(samples.c.disputed.is_not(None))
    disputed = {row.label: row.number for row in connection.execute(of_disputed)}
    return {
        label: (number - disputed.get(label, 0), disputed.get(label, 0))
        for label, number in connection.execute(query).tuples()
    }


def _count(connection: Connection, sha256: str, task: str, *, times: int) -> None:
    this = (samples.c.task == task, samples.c.sha256 == sha256)
    sample = connection.execute(select(*_SUMMED).where(*this)).one()
    of_class = (sample_sums.c.task == task, sample_sums.c.label == sample.label)
    row = connection.execute(select(sample_sums).where(*of_class).with_for_update()).one_or_none()
    sums = ClassSums() if row is None else _sums(row)
    sums.add(sample, times=times)
    if row is None:
        values = {"task": task, "label": sample.label} | asdict(sums)
        connection.execute(sample_sums.insert(), values)
    elif sums.is_empty:
        connection.execute(delete(sample_sums).where(*of_class))
    else:
        connection.execute(sample_sums.update().where(*of_class).values(**asdict(sums)))


def _sums(row: Row[Any]) -> ClassSums:
    values = row._asdict()
    del values["task"], values["label"]
    return ClassSums(**values)


def _fixed(value: float) -> int:
    return round(value / UNIT)


def _sum(sums: Sequence[int], values: Sequence[float], *, times: int) -> list[int]:
    return [
        before + times * _fixed(value) for before, value in zip_longest(sums, values, fillvalue=0)
    ]
