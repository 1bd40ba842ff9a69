"""What may be changed of a sample that is stored: its class, its split, whether it is there."""

from collections.abc import Mapping

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    func,
    select,
)

from api.clock import now
from api.errors import NotFound
from api.records.database import writing
from api.records.statistics import sample_sums
from api.records.training_images.sample_history import SampleChange, SampleChangeKind, log_change
from api.records.training_images.sample_tables import samples


def dispute(engine: Engine, sha256: str, other: str, *, task: str, remark: str) -> None:
    """Keep a sample aside because the same picture came with another class."""
    with writing(engine) as connection:
        label = _label(connection, sha256, task)
        _set(connection, sha256, task, disputed=other)
        log_change(
            connection,
            SampleChange(sha256, now(), SampleChangeKind.DISPUTED, label, other, remark),
            task=task,
        )


def end_dispute(
    engine: Engine, sha256: str, other: str, *, task: str, by: str | None = None
) -> bool:
    """A sample is aside no more, if it was because of this class; returns whether it was."""
    with writing(engine) as connection:
        is_it = *_is(sha256, task), samples.c.disputed == other
        if connection.execute(select(samples.c.sha256).where(*is_it)).first() is None:
            return False
        label = _label(connection, sha256, task)
        _set(connection, sha256, task, disputed=None)
        change = SampleChange(sha256, now(), SampleChangeKind.AGREED, other, label, "", by)
        log_change(connection, change, task=task)
    return True


def settle(
    engine: Engine,
    sha256: str,
    label: str,
    *,
    task: str,
    file: str,
    remark: str,
    by: str | None = None,
) -> None:
    """Decide a sample's class. Raises: NotFound."""
    with writing(engine) as connection:
        before = _label(connection, sha256, task)
        was_disputed = connection.execute(
            select(samples.c.disputed).where(*_is(sha256, task))
        ).scalar_one()
        _set(connection, sha256, task, label=label, file=file, disputed=None)
        kind = SampleChangeKind
        what = kind.RESOLVED if was_disputed else kind.RELABELLED
        log_change(
            connection, SampleChange(sha256, now(), what, before, label, remark, by), task=task
        )


def note(
    engine: Engine,
    sha256: str,
    what: str,
    *,
    before: str | None,
    after: str | None,
    task: str,
    by: str | None = None,
) -> None:
    """Write into a sample's history what was done to it."""
    with writing(engine) as connection:
        log_change(connection, SampleChange(sha256, now(), what, before, after, "", by), task=task)


def delete(
    engine: Engine,
    sha256: str,
    *,
    task: str,
    remark: str,
    by: str | None = None,
    what: str = SampleChangeKind.DELETED,
) -> None:
    """Forget a sample; what was done to it stays in the history. Raises: NotFound."""
    with writing(engine) as connection:
        before = _label(connection, sha256, task)
        row = connection.execute(
            select(samples.c.part, samples.c.near_hash).where(*_is(sha256, task))
        ).one()
        sample_sums.take_out(connection, sha256, task=task)
        connection.execute(samples.delete().where(*_is(sha256, task)))
        change = SampleChange(
            sha256, now(), what, before, None, remark, by, row.part, near_hash=row.near_hash
        )
        log_change(connection, change, task=task)


def assign(engine: Engine, parts: Mapping[str, str], *, task: str) -> None:
    """Remember for each hash which part its sample was drawn for."""
    with writing(engine) as connection:
        for sha256, part in parts.items():
            connection.execute(
                samples.update()
                .where(*_is(sha256, task), func.coalesce(samples.c.part, "") == "")
                .values(part=part)
            )


def _is(sha256: str, task: str) -> tuple[ColumnElement[bool], ...]:
    return samples.c.task == task, samples.c.sha256 == sha256


def _label(connection: Connection, sha256: str, task: str) -> str:
    label = connection.execute(
        select(samples.c.label).where(*_is(sha256, task))
    ).scalar_one_or_none()
    if label is None:
        raise NotFound(f"No sample '{sha256[:64]}'; GET /samples lists them.")
    return str(label)


def _set(connection: Connection, sha256: str, task: str, **values: str | None) -> None:
    sample_sums.take_out(connection, sha256, task=task)
    connection.execute(samples.update().where(*_is(sha256, task)).values(**values))
    sample_sums.put_in(connection, sha256, task=task)
