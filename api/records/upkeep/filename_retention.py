"""Dropping or hashing file names once their time is over, in small steps.

A moment a table is remembered, up to which this is done, so that a look finds at once whether
there is more; see `retention_marks`.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Row,
    Table,
    bindparam,
    delete,
    select,
)

from api.inputs.stored_names import DROPPED, HASHED, FilenamePolicy, patient_without_name
from api.records.audit_log.audit_tables import retention_marks
from api.records.database import reading, writing
from api.records.tables import failures, predictions
from api.records.training_images.sample_history import SampleChangeKind
from api.records.training_images.sample_tables import sample_changes, samples

ROWS = 100
# How far a mark may lie behind where there is nothing to do.
MARK_EVERY = timedelta(hours=1)
# Sentences put names between quotation marks; a name may have one in it.
QUOTED = re.compile(r"'.*'", re.DOTALL)
PatientOf = Callable[[str, str], str | None]
Change = Callable[[Connection, Sequence[Row[Any]]], None]


def no_patient(_filename: str, _label: str) -> None:
    """Where file names tell nothing of patients."""
    return


def without_names(sentence: str) -> str:
    """A sentence without what stands between its first and its last quotation mark."""
    return QUOTED.sub("'…'", sentence)


def step(
    engine: Engine,
    policy: FilenamePolicy,
    moment: datetime,
    *,
    task: str,
    patient_of: PatientOf = no_patient,
    rows: int = ROWS,
) -> int:
    """Change at most `rows` names of one table; returns how many rows it changed, 0: all is done.

    Args:
        patient_of: whose film a sample's file name and class tell, so that a patient's films stay
            together when the name is gone.

    Raises: StoreBusy, StorageFailed.
    """
    limit = policy.limit(moment)
    if limit is None:
        return 0
    sweep = _Sweep(engine, "hashed" if policy.key else "dropped", limit, task, rows)
    return (
        sweep.change(
            predictions.c.created_at,
            _named(predictions.c.filename, policy),
            lambda connection, found: _rename_predictions(connection, found, policy),
        )
        or sweep.change(
            samples.c.created_at,
            _named(samples.c.filename, policy),
            lambda connection, found: _rename_samples(connection, found, policy, patient_of),
        )
        or sweep.change(
            sample_changes.c.at,
            (sample_changes.c.what == SampleChangeKind.DISPUTED)
            & sample_changes.c.remark.startswith("'"),
            _reword_disputes,
        )
        or sweep.change(failures.c.at, failures.c.detail.contains("'"), _reword_failures)
    )


def _named(column: Column[str], policy: FilenamePolicy) -> ColumnElement[bool]:
    """Whether there is a name that must not stay."""
    named = column != DROPPED
    return named & ~column.startswith(HASHED) if policy.key else named


class _Sweep:
    """One look over the tables; `kind` of what is done has marks of its own."""

    def __init__(self, engine: Engine, kind: str, limit: datetime, task: str, rows: int) -> None:
        self._engine, self._kind, self._limit = engine, kind, limit
        self._task, self._rows = task, rows

    def change(self, at: Column[datetime], condition: ColumnElement[bool], change: Change) -> int:
        """Change the oldest rows behind the mark; returns how many."""
        table: Table = at.table
        what = f"{table.name} {self._kind}"
        with reading(self._engine) as connection:
            until = self._mark(connection, what)
            query = select(table).where(table.c.task == self._task, at < self._limit, condition)
            if until is not None:
                query = query.where(at >= until if at.name == "created_at" else at > until)
            found = connection.execute(query.order_by(at).limit(self._rows)).all()
        if found:
            with writing(self._engine) as connection:
                change(connection, found)
                self._set_mark(connection, what, getattr(found[-1], at.name))
        elif until is None or self._limit - until > MARK_EVERY:
            with writing(self._engine) as connection:
                self._set_mark(connection, what, self._limit)
        return len(found)

    def _mark(self, connection: Connection, what: str) -> datetime | None:
        return connection.execute(
            select(retention_marks.c.until).where(*self._is(what))
        ).scalar_one_or_none()

    def _set_mark(self, connection: Connection, what: str, until: datetime) -> None:
        connection.execute(delete(retention_marks).where(*self._is(what)))
        values = {"task": self._task, "what": what, "until": until}
        connection.execute(retention_marks.insert(), values)

    def _is(self, what: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return retention_marks.c.task == self._task, retention_marks.c.what == what


def _rename_predictions(
    connection: Connection, found: Sequence[Row[Any]], policy: FilenamePolicy
) -> None:
    connection.execute(
        predictions.update()
        .where(predictions.c.number == bindparam("of"))
        .values(filename=bindparam("name")),
        [{"of": row.number, "name": policy.former(row.filename)} for row in found],
    )


def _rename_samples(
    connection: Connection,
    found: Sequence[Row[Any]],
    policy: FilenamePolicy,
    patient_of: PatientOf,
) -> None:
    connection.execute(
        samples.update()
        .where(samples.c.task == bindparam("of_task"), samples.c.sha256 == bindparam("of"))
        .values(filename=bindparam("name"), patient_id=bindparam("patient")),
        [
            {
                "of_task": row.task,
                "of": row.sha256,
                "name": policy.former(row.filename),
                "patient": patient_without_name(
                    row.patient_id, patient_of(row.filename, row.label)
                ),
            }
            for row in found
        ],
    )


def _reword_disputes(connection: Connection, found: Sequence[Row[Any]]) -> None:
    """Former releases wrote the name of the file that the dispute began with."""
    connection.execute(
        sample_changes.update()
        .where(sample_changes.c.number == bindparam("of"))
        .values(remark=bindparam("words")),
        [{"of": row.number, "words": f"The same film came as {row.after}."} for row in found],
    )


def _reword_failures(connection: Connection, found: Sequence[Row[Any]]) -> None:
    connection.execute(
        failures.update()
        .where(failures.c.number == bindparam("of"))
        .values(detail=bindparam("words")),
        [{"of": row.number, "words": without_names(row.detail)} for row in found],
    )
