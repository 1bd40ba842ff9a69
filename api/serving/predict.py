"""One film in, one stored answer out."""

import hashlib
import time
import uuid
from dataclasses import asdict

from sqlalchemy import Engine as Database

from api.inputs.images import Limits, decode
from api.records import predictions
from api.records.predictions import PredictionRecord
from api.records.tables import now
from api.serving.decision import decide
from api.serving.engine import Engine


def predict(
    engine: Engine, database: Database, content: bytes, *, filename: str, limits: Limits
) -> PredictionRecord:
    """Decode, run, decide, keep. The answer is stored before it is given.

    Raises: UnsupportedFormat, UnreadableImage, TooLarge, StoreBusy, StorageFailed.
    """
    started = time.perf_counter()
    image = engine.card.preprocessing.apply(decode(content, limits))
    decoded = time.perf_counter()
    outputs = engine.run(image)
    inferred = time.perf_counter()
    record = PredictionRecord(
        id=uuid.uuid4().hex,
        created_at=now(),
        filename=filename,
        image_sha256=hashlib.sha256(content).hexdigest(),
        model_version=engine.version,
        timings={
            "decode_ms": _ms(decoded - started),
            "inference_ms": _ms(inferred - decoded),
            "total_ms": _ms(time.perf_counter() - started),
        },
        **asdict(decide(outputs.logits, engine.card)),
    )
    predictions.add(database, record)
    return record


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 3)
