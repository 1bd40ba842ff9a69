"""One film in, one stored answer out."""

import hashlib
import time
import uuid
from dataclasses import asdict, dataclass

from sqlalchemy import Engine as Database

from api.decision.decide import Decision, Observation, Policy, decide
from api.inputs.images import Limits, decode
from api.inputs.quality import complaints
from api.records import predictions
from api.records.predictions import PredictionRecord
from api.records.tables import now
from api.serving.engine import Engine, Outputs
from api.settings import Settings


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision, what the network gave for it, and the milliseconds that each step took."""

    decision: Decision
    outputs: Outputs
    timings: dict[str, float]


def predict(
    engine: Engine,
    database: Database,
    content: bytes,
    *,
    filename: str,
    limits: Limits,
    policy: Policy,
) -> PredictionRecord:
    """Decode, run, decide, keep. The answer is stored before it is given.

    Raises: UnsupportedFormat, UnreadableImage, TooLarge, InvalidRequest, StoreBusy,
    StorageFailed.
    """
    given = answer(engine, content, limits=limits, policy=policy)
    record = PredictionRecord(
        id=uuid.uuid4().hex,
        created_at=now(),
        filename=filename,
        image_sha256=hashlib.sha256(content).hexdigest(),
        model_version=engine.version,
        timings=given.timings,
        **asdict(given.decision),
    )
    predictions.add(database, record, activation=given.outputs.activation)
    return record


def standing_policy(
    settings: Settings, *, operating_point: str | None = None, prevalence: float | None = None
) -> Policy:
    """How answers are wanted: what was asked for now, else the settings."""
    return Policy(
        operating_point=operating_point or settings.operating_point,
        prevalence=prevalence or settings.prevalence,
        max_error=settings.max_error,
    )


def answer(engine: Engine, content: bytes, *, limits: Limits, policy: Policy) -> Answer:
    """Read one film; nothing is kept.

    Raises: UnsupportedFormat, UnreadableImage, TooLarge, InvalidRequest.
    """
    started = time.perf_counter()
    image = decode(content, limits)
    pixels = engine.card.preprocessing.apply(image)
    decoded = time.perf_counter()
    outputs = engine.run(pixels)
    inferred = time.perf_counter()
    observation = Observation(
        logits=outputs.logits,
        unlikeness=engine.unlikeness(outputs.early_features),
        complaints=complaints(image, engine.card.quality),
    )
    decision = decide(observation, engine.card, policy)
    return Answer(
        decision=decision,
        outputs=outputs,
        timings={
            "decode_ms": _ms(decoded - started),
            "inference_ms": _ms(inferred - decoded),
            "total_ms": _ms(time.perf_counter() - started),
        },
    )


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 3)
