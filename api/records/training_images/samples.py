"""Labelled training images; the files themselves are in `retrain_data/`."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.exc import IntegrityError

from api.errors import NotFound
from api.records.database import reading, writing
from api.records.statistics import sample_sums
from api.records.statistics.sample_sums import ClassSums
from api.records.training_images.sample_filter import SampleFilter
from api.records.training_images.sample_history import deletion_note, former_split
from api.records.training_images.sample_tables import sample_changes, samples

# Samples that are read at once where there may be very many.
PAGE = 500

COLUMNS = tuple(column for column in samples.c if column.name != "task")


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """One image. `file` is its path below the task's folder; `part` is train, holdout or None.

    A sample that is `disputed` (the same picture came with another class) is nobody's until a
    person has decided. `filename` is empty once it was dropped; `sent_sha256` is of the file as it
    was sent, where metadata was left out of it.
    """

    sha256: str
    label: str
    filename: str
    file: str
    size_bytes: int
    created_at: datetime
    brightness: float
    edge_density: float
    histogram: tuple[float, ...]
    part: str | None = None
    patient_id: str | None = None
    source: str | None = None
    origin: str | None = None
    added_by: str | None = None
    near_hash: bytes | None = None
    disputed: str | None = None
    sent_sha256: str | None = None


def add(engine: Engine, record: SampleRecord, *, task: str) -> bool:
    """Keep one sample; False if its picture was kept meanwhile by somebody else."""
    try:
        with writing(engine) as connection:
            part = record.part or former_split(connection, record.sha256, task=task)
            values = {"task": task, "histogram": list(record.histogram), "part": part}
            connection.execute(samples.insert(), asdict(record) | values)
            sample_sums.put_in(connection, record.sha256, task=task)
    except IntegrityError:
        return False
    return True


def find(engine: Engine, sha256: str, *, task: str) -> SampleRecord | None:
    """The sample with this picture, if there is one."""
    with reading(engine) as connection:
        row = connection.execute(select(*COLUMNS).where(*_is(sha256, task))).one_or_none()
    return None if row is None else _record(row)


def is_absent(engine: Engine, sha256: str, *, task: str) -> bool:
    """Whether there is no such sample, and no writer that began before makes it one.

    Raises: StoreBusy, StorageFailed.
    """
    query = select(samples.c.sha256).where(*_is(sha256, task))
    with writing(engine) as connection:
        return connection.execute(query).first() is None


def known(engine: Engine, hashes: Collection[str], *, task: str | None = None) -> set[str]:
    """Those of these hashes that are samples; of any task where none is named."""
    found: set[str] = set()
    asked = sorted(hashes)
    with reading(engine) as connection:
        for start in range(0, len(asked), PAGE):
            query = select(samples.c.sha256).where(
                samples.c.sha256.in_(asked[start : start + PAGE])
            )
            if task is not None:
                query = query.where(samples.c.task == task)
            found.update(connection.execute(query).scalars())
    return found


def files_of(engine: Engine, hashes: Iterable[str], *, task: str) -> dict[str, str]:
    """Where the files of those of these films lie that are samples, by their hashes."""
    query = select(samples.c.sha256, samples.c.file).where(
        _of(task), samples.c.sha256.in_(list(hashes))
    )
    with reading(engine) as connection:
        return {row.sha256: row.file for row in connection.execute(query)}


def get(engine: Engine, sha256: str, *, task: str) -> SampleRecord:
    """The sample with this picture. Raises: NotFound."""
    record = find(engine, sha256, task=task)
    if record is None:
        raise NotFound(
            f"No sample '{sha256[:64]}'{deletion_note(engine, sha256, task=task)}; "
            "GET /samples lists them."
        )
    return record


def counts(engine: Engine, *, task: str) -> dict[str, int]:
    """Samples of each label that may be learned from."""
    found = sums(engine, task=task)
    return {label: of_label.number for label, of_label in found.items() if of_label.number}


def sums(engine: Engine, *, task: str) -> dict[str, ClassSums]:
    """How many samples each label has, and sums over those that may be learned from."""
    with reading(engine) as connection:
        return sample_sums.of_classes(connection, task=task)


def newest_of(engine: Engine, label: str, *, task: str, limit: int) -> list[str]:
    """The hashes of a label's newest samples that may be learned from, newest first."""
    query = (
        select(samples.c.sha256)
        .where(_of(task), samples.c.label == label, samples.c.disputed.is_(None))
        .order_by(samples.c.created_at.desc())
        .limit(limit)
    )
    with reading(engine) as connection:
        return list(connection.execute(query).scalars())


def everything(
    engine: Engine, filters: SampleFilter | None = None, *, task: str
) -> list[SampleRecord]:
    """All samples that may be learned from (or those that are wanted), oldest first."""
    query = select(*COLUMNS).where(_of(task)).order_by(samples.c.created_at, samples.c.sha256)
    with reading(engine) as connection:
        rows = connection.execute((filters or SampleFilter(disputed=False)).of(query))
        return [_record(row) for row in rows]


def page(
    engine: Engine, filters: SampleFilter, *, task: str, limit: int, after: str | None
) -> tuple[list[SampleRecord], int]:
    """The newest samples behind one, at most `limit`; and how many are wanted in all.

    Raises: NotFound if there is no sample `after`.
    """
    query = _newest_first(task)
    if after is not None:
        last = get(engine, after, task=task)
        query = query.where(_is_behind(last.created_at, last.sha256))
    with reading(engine) as connection:
        rows = connection.execute(filters.of(query).limit(limit))
        return [_record(row) for row in rows], _total(connection, filters, task)


def each(engine: Engine, filters: SampleFilter, *, task: str) -> Iterator[SampleRecord]:
    """The samples that are wanted, newest first, read page by page: memory holds one page."""
    last: tuple[datetime, str] | None = None
    while True:
        query = _newest_first(task)
        if last is not None:
            query = query.where(_is_behind(*last))
        with reading(engine) as connection:
            rows = connection.execute(filters.of(query).limit(PAGE)).all()
        yield from map(_record, rows)
        if len(rows) < PAGE:
            return
        last = (rows[-1].created_at, rows[-1].sha256)


def files(engine: Engine, *, task: str) -> set[str]:
    """Where the samples' files lie, below the collection's folder."""
    with reading(engine) as connection:
        return set(connection.execute(select(samples.c.file).where(_of(task))).scalars())


def added_since(engine: Engine, moment: datetime, labels: Collection[str], *, task: str) -> int:
    """How many samples of these classes that may be learned from were added after a moment."""
    query = (
        select(func.count())
        .select_from(samples)
        .where(
            _of(task),
            samples.c.created_at > moment,
            samples.c.disputed.is_(None),
            samples.c.label.in_(labels),
        )
    )
    with reading(engine) as connection:
        return int(connection.execute(query).scalar_one())


def sources(engine: Engine, *, task: str) -> dict[str, int]:
    """How many samples that may be learned from each source gave; '' for those without one."""
    # One expression for both: PostgreSQL takes two parameters of one value for two of any.
    source_of = func.coalesce(samples.c.source, "")
    query = (
        select(source_of, func.count())
        .where(_of(task), samples.c.disputed.is_(None))
        .group_by(source_of)
    )
    with reading(engine) as connection:
        return {str(source): int(n) for source, n in connection.execute(query)}


def near_hashes(engine: Engine, *, task: str) -> dict[str, bytes]:
    """The perceptual hash of each sample that has one."""
    query = select(samples.c.sha256, samples.c.near_hash).where(
        _of(task), samples.c.near_hash.is_not(None)
    )
    with reading(engine) as connection:
        return {row.sha256: row.near_hash for row in connection.execute(query)}


def ever_known(engine: Engine, *, task: str) -> set[str]:
    """The hashes of all samples that are there, disputed ones too, or that were deleted."""
    with reading(engine) as connection:
        there = connection.execute(select(samples.c.sha256).where(_of(task))).scalars()
        of_task = sample_changes.c.task == task
        gone = connection.execute(select(sample_changes.c.sha256).where(of_task)).scalars()
        return {*there, *gone}


def _of(task: str) -> ColumnElement[bool]:
    return samples.c.task == task


def _is(sha256: str, task: str) -> tuple[ColumnElement[bool], ...]:
    return _of(task), samples.c.sha256 == sha256


def _newest_first(task: str) -> Select[Any]:
    of_task = select(*COLUMNS).where(_of(task))
    return of_task.order_by(samples.c.created_at.desc(), samples.c.sha256.desc())


def _is_behind(created_at: datetime, sha256: str) -> ColumnElement[bool]:
    """Whether a sample comes after this one in a list that begins with the newest.

    One comparison of pairs: an index finds the place, wherever in the list it is.
    """
    place = tuple_(literal(created_at, samples.c.created_at.type), literal(sha256))
    return tuple_(samples.c.created_at, samples.c.sha256) < place


def _total(connection: Connection, filters: SampleFilter, task: str) -> int:
    """How many are wanted; counted one by one only where the sums do not say it."""
    if filters.is_of_sums:
        found = sample_sums.of_classes(connection, task=task)
        if filters.label is not None:
            found = {label: sums for label, sums in found.items() if label == filters.label}
        settled = 0 if filters.disputed is True else sum(s.number for s in found.values())
        disputed = 0 if filters.disputed is False else sum(s.disputed for s in found.values())
        return settled + disputed
    query = filters.of(select(func.count()).select_from(samples).where(_of(task)))
    return int(connection.execute(query).scalar_one())


def _record(row: Row[Any]) -> SampleRecord:
    values = row._asdict()
    # Empty was written for films of a class that the task did not have; they have no part.
    changed = {"histogram": tuple(values["histogram"]), "part": values["part"] or None}
    return SampleRecord(**values | changed)
