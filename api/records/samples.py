"""Labelled training images that were uploaded; the files themselves are in `retrain_data/`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, func, select
from sqlalchemy.exc import IntegrityError

from api.errors import NotFound
from api.records.tables import reading, samples, writing


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """One image. `file` is its path below the task's folder; `part` is train, holdout or None."""

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


def add(engine: Engine, record: SampleRecord) -> bool:
    """Keep one sample; False if its picture was kept meanwhile by somebody else."""
    try:
        with writing(engine) as connection:
            connection.execute(
                samples.insert(), asdict(record) | {"histogram": list(record.histogram)}
            )
    except IntegrityError:
        return False
    return True


def find(engine: Engine, sha256: str) -> SampleRecord | None:
    """The sample with this picture, if there is one."""
    with reading(engine) as connection:
        row = connection.execute(select(samples).where(samples.c.sha256 == sha256)).one_or_none()
    return None if row is None else _record(row)


def get(engine: Engine, sha256: str) -> SampleRecord:
    """The sample with this picture. Raises: NotFound."""
    record = find(engine, sha256)
    if record is None:
        raise NotFound(f"No sample '{sha256[:64]}'; GET /samples/summary names some.")
    return record


def counts(engine: Engine) -> dict[str, int]:
    """Samples of each label."""
    query = select(samples.c.label, func.count().label("number")).group_by(samples.c.label)
    with reading(engine) as connection:
        return {row.label: row.number for row in connection.execute(query)}


def everything(engine: Engine) -> list[SampleRecord]:
    """All samples, oldest first."""
    with reading(engine) as connection:
        rows = connection.execute(select(samples).order_by(samples.c.created_at, samples.c.sha256))
        return [_record(row) for row in rows]


def assign(engine: Engine, parts: Mapping[str, str]) -> None:
    """Remember for each hash which part its sample was drawn for."""
    with writing(engine) as connection:
        for sha256, part in parts.items():
            connection.execute(
                samples.update()
                .where(samples.c.sha256 == sha256, samples.c.part.is_(None))
                .values(part=part)
            )


def _record(row: Row[Any]) -> SampleRecord:
    values = row._asdict()
    return SampleRecord(**values | {"histogram": tuple(values["histogram"])})
