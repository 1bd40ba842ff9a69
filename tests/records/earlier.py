"""Records as the version before the counters left them: answers, and nothing counted."""

import io
import json
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Engine, text

from api.records.database import writing
from tests.records.former_release import BEFORE_COUNTERS, definitions


def drop_counters(engine: Engine) -> None:
    """Make a file of the version before; samples stay."""
    with writing(engine) as connection:
        stored = connection.execute(text("SELECT * FROM samples")).mappings().all()
        tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
        for table in connection.execute(text(tables)).scalars().all():
            connection.execute(text(f"DROP TABLE {table}"))
        for statement in definitions(BEFORE_COUNTERS):
            connection.exec_driver_sql(statement)
        columns = connection.execute(text("PRAGMA table_info(samples)")).mappings().all()
        known = {column["name"] for column in columns}
        for row in stored:
            values = {name: value for name, value in row.items() if name in known}
            names = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(text(f"INSERT INTO samples ({names}) VALUES ({marks})"), values)


def write_as_before(engine: Engine, moments: Iterable[datetime], *, label: str = "Normal") -> None:
    """Store answers as the version before did, heat map included, without counting them."""
    buffer = io.BytesIO()
    np.save(buffer, np.ones((7, 7, 4), dtype=np.float16), allow_pickle=False)
    rows = [
        {
            "id": uuid.uuid4().hex,
            "created_at": moment.timestamp(),
            "label": label,
            "probabilities": json.dumps({label: 1.0}),
            "total_ms": 5.0 + number % 40,
            "activation": buffer.getvalue(),
        }
        for number, moment in enumerate(moments)
    ]
    with writing(engine) as connection:
        connection.execute(
            text(
                "INSERT INTO predictions (id, created_at, filename, image_sha256, model_version, "
                "label, confidence, probabilities, score, decision, reasons, timings, activation, "
                "total_ms) VALUES (:id, :created_at, 'a.png', '', 'v1', :label, 1.0, "
                ":probabilities, 0.1, 'negative', '[]', '{}', :activation, :total_ms)"
            ),
            rows,
        )


def minutes_before(end: datetime, number: int, *, apart: float = 1.0) -> list[datetime]:
    """Moments that end with `end`, oldest first."""
    return [end - timedelta(minutes=apart * age) for age in reversed(range(number))]
