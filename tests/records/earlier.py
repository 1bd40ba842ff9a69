"""Records as the version before the counters left them: answers, and nothing counted."""

import io
import json
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Engine, text

from api.records.database import writing

UNCOUNTED = (
    "heatmaps", "prediction_totals", "uncounted_predictions", "prediction_counts",
    "latency_counts", "sample_sums", "sample_sums_state",
)  # fmt: skip


def drop_counters(engine: Engine) -> None:
    """Make a file of the version before."""
    with writing(engine) as connection:
        for table in UNCOUNTED:
            connection.execute(text(f"DROP TABLE {table}"))


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
