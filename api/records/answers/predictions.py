"""Stored answers."""

import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Row, bindparam, func, select

from api.arrays import Float16Array, Float32Array
from api.clock import now
from api.errors import NotFound
from api.records.answers.prediction_filter import EVERY, PredictionFilter
from api.records.database import reading, writing
from api.records.statistics import counters
from api.records.statistics.counters import Counted
from api.records.tables import heatmaps, prediction_totals, predictions
from api.tasks.decisions import Decided

Activation = Float32Array | None

HIDDEN = frozenset({"number", "task", "total_ms", "activation", "shift_features"})
COLUMNS = tuple(column for column in predictions.c if column.name not in HIDDEN)


@dataclass(frozen=True, slots=True)
class PredictionRecord:
    """An answer as it is kept; the film itself is not, only its hash. `timings` in milliseconds.

    What an answer of an earlier version of the program did not have is None. `shift_features`,
    what a shift of its stream is found by, is written and not read back with it. `dicom_source`:
    the UIDs of a DICOM film, where the settings store them; never shown as they are.
    """

    id: str
    created_at: datetime
    filename: str
    image_sha256: str
    model_version: str
    label: str
    confidence: float
    probabilities: dict[str, float]
    score: float
    decision: str
    reasons: tuple[str, ...]
    timings: dict[str, float]
    causes: tuple[str, ...] = ()
    operating_point: str | None = None
    threshold: float | None = None
    prevalence: float | None = None
    ppv: float | None = None
    npv: float | None = None
    unlikeness: float | None = None
    source: str | None = None
    site_profile: str | None = None
    site_distance: float | None = None
    site_shift: bool | None = None
    possible_labels: tuple[str, ...] | None = None
    out_of_range: tuple[str, ...] = ()
    actor: str | None = None
    dicom_source: Mapping[str, str] | None = field(default=None, repr=False)
    shift_features: bytes | None = field(default=None, repr=False, compare=False)

    @property
    def finding_kind(self) -> str | None:
        """The only kind of a finding that a positive answer leaves open; None: there is no finding,
        or several kinds are open, or that is not known."""
        open_kinds = self.possible_labels or ()
        return open_kinds[0] if self.decision == Decided.POSITIVE and len(open_kinds) == 1 else None


@dataclass(frozen=True, slots=True)
class Totals:
    """Answers ever given, and those of them that are still stored."""

    answered: int
    stored: int


def add_all(
    engine: Engine, answers: Sequence[tuple[PredictionRecord, Activation]], *, task: str
) -> None:
    """Store answers in one transaction: all of them, or none.

    An activation is what the answer's heat map is drawn from, (rows, columns, classes).
    """
    with writing(engine) as connection:
        _store(connection, answers, task)


def probe_write(engine: Engine, *, task: str) -> None:
    """Try whether answers are taken; nothing is kept. Raises: StoreBusy, StorageFailed."""
    with writing(engine) as connection, connection.begin_nested() as trial:
        _store(connection, [(_probe_record(), None)], task)
        trial.rollback()


def get(engine: Engine, prediction_id: str, *, task: str) -> PredictionRecord:
    """One answer. Raises: NotFound."""
    query = select(*COLUMNS).where(predictions.c.id == prediction_id, predictions.c.task == task)
    with reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise _unknown(prediction_id)
    return record_of(row)


def activation_of(engine: Engine, prediction_id: str, *, task: str) -> Float32Array | None:
    """What the heat map of an answer is drawn from; None if it was not kept.

    Raises: NotFound, also where it was pruned for its age.
    """
    query = (
        select(
            predictions.c.created_at,
            func.coalesce(heatmaps.c.activation, predictions.c.activation).label("activation"),
            prediction_totals.c.heatmaps_pruned_until,
        )
        .select_from(predictions)
        .outerjoin(heatmaps, heatmaps.c.number == predictions.c.number)
        .outerjoin(prediction_totals, prediction_totals.c.task == predictions.c.task)
        .where(predictions.c.id == prediction_id, predictions.c.task == task)
    )
    with reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise _unknown(prediction_id)
    if row.activation is not None:
        return unpacked(row.activation)
    if row.heatmaps_pruned_until is not None and row.created_at <= row.heatmaps_pruned_until:
        raise NotFound(
            f"The heat map of prediction '{prediction_id}' is not kept any more; the setting "
            "ROENTGEN_KEEP_HEATMAPS_DAYS says for how long they are. Send the film again."
        )
    return None


def packed(activation: Float32Array) -> bytes:
    """As a NumPy file of half precision: about half a kilobyte for 7 x 7 places, 4 classes."""
    buffer = io.BytesIO()
    np.save(buffer, activation.astype(np.float16), allow_pickle=False)
    return buffer.getvalue()


def unpacked(content: bytes) -> Float32Array:
    """What `packed` made."""
    stored: Float16Array = np.load(io.BytesIO(content), allow_pickle=False)
    return stored.astype(np.float32)


def newest(
    engine: Engine,
    *,
    task: str,
    limit: int,
    before: str | None,
    filters: PredictionFilter = EVERY,
) -> list[PredictionRecord]:
    """Answers that fit, newest first, from the one after `before` on. Raises: NotFound."""
    fitting = select(*COLUMNS).where(predictions.c.task == task, *filters.conditions())
    query = fitting.order_by(predictions.c.number.desc()).limit(limit)
    if before is not None:
        get(engine, before, task=task)
        number = select(predictions.c.number).where(predictions.c.id == before).scalar_subquery()
        query = query.where(predictions.c.number < number)
    with reading(engine) as connection:
        return [record_of(row) for row in connection.execute(query)]


def newest_at(engine: Engine, *, task: str) -> datetime | None:
    """When the newest stored answer was given; None: there is none."""
    query = select(func.max(predictions.c.created_at)).where(predictions.c.task == task)
    with reading(engine) as connection:
        at: datetime | None = connection.execute(query).scalar_one()
    return at


def count(engine: Engine, *, task: str) -> int:
    """How many answers were ever given, those included that were removed since."""
    return totals(engine, task=task).answered


def totals(engine: Engine, *, task: str) -> Totals:
    """How many answers there are and were, without counting them."""
    highest = select(func.max(predictions.c.number)).where(predictions.c.task == task)
    query = select(
        func.coalesce(func.max(prediction_totals.c.given), 0).label("given"),
        func.coalesce(func.max(prediction_totals.c.removed), 0).label("removed"),
        # A look at the answers themselves: they may be what is damaged.
        highest.scalar_subquery().label("highest"),
    ).where(prediction_totals.c.task == task)
    with reading(engine) as connection:
        row = connection.execute(query).one()
    return Totals(answered=row.given, stored=row.given - row.removed)


def _store(
    connection: Connection, answers: Sequence[tuple[PredictionRecord, Activation]], task: str
) -> None:
    connection.execute(predictions.insert(), [{"task": task} | _row(r) for r, _ in answers])
    drawn = [
        {"of": record.id, "content": packed(activation)}
        for record, activation in answers
        if activation is not None
    ]
    if drawn:
        connection.execute(_STORE_HEATMAP, drawn)
    counters.add(
        connection,
        [Counted(record.created_at, record.label, _total_ms(record)) for record, _ in answers],
        task=task,
    )


_STORE_HEATMAP = heatmaps.insert().from_select(
    ["number", "activation"],
    select(predictions.c.number, bindparam("content", type_=heatmaps.c.activation.type)).where(
        predictions.c.id == bindparam("of")
    ),
)


def _row(record: PredictionRecord) -> dict[str, Any]:
    values = {each.name: getattr(record, each.name) for each in fields(record)}
    return values | {"total_ms": _total_ms(record)}


def _total_ms(record: PredictionRecord) -> float:
    return record.timings["total_ms"]


def _probe_record() -> PredictionRecord:
    return PredictionRecord(
        id=uuid.uuid4().hex,
        created_at=now(),
        filename="",
        image_sha256="",
        model_version="",
        label="",
        confidence=0.0,
        probabilities={},
        score=0.0,
        decision="",
        reasons=(),
        timings={"total_ms": 0.0},
    )


def _unknown(prediction_id: str) -> NotFound:
    return NotFound(f"No prediction with id '{prediction_id}'; GET /predictions lists them.")


def record_of(row: Row[Any]) -> PredictionRecord:
    """A row of COLUMNS as a record."""
    values = row._asdict()
    possible = values["possible_labels"]
    tuples = {
        "reasons": tuple(values["reasons"]),
        "causes": tuple(values["causes"] or ()),
        "possible_labels": None if possible is None else tuple(possible),
        "out_of_range": tuple(values["out_of_range"] or ()),
    }
    return PredictionRecord(**values | tuples)
