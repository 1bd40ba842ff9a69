"""One film in, one stored answer out."""

import hashlib
import time
import uuid
from dataclasses import dataclass, fields

from api.decision.decide import Decision, Observation, Policy, decide
from api.inputs.images import Limits, decode
from api.inputs.quality import complaints
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


def recorded(given: Answer, engine: Engine, content: bytes, filename: str) -> PredictionRecord:
    """An answer as it is kept."""
    return PredictionRecord(
        id=uuid.uuid4().hex,
        created_at=now(),
        filename=filename,
        image_sha256=hashlib.sha256(content).hexdigest(),
        model_version=engine.version,
        timings=given.timings,
        **{field.name: getattr(given.decision, field.name) for field in fields(Decision)},
    )


def standing_policy(
    settings: Settings, *, operating_point: str | None = None, prevalence: float | None = None
) -> Policy:
    """How answers are wanted: what was asked for now, else the settings."""
    return Policy(
        operating_point=operating_point or settings.operating_point,
        prevalence=prevalence or settings.prevalence,
        max_error=settings.max_error,
    )


def answer(
    engine: Engine, content: bytes, *, limits: Limits, policy: Policy, alone: bool = False
) -> Answer:
    """Read one film; nothing is kept. `alone`: all cores are free for it.

    Raises: UnsupportedFormat, UnreadableImage, TooLarge, InvalidRequest.
    """
    started = time.perf_counter()
    image = decode(content, limits)
    # Before the network has driven the picture out of the processor's cache.
    found = complaints(image, engine.card.quality)
    pixels = engine.card.preprocessing.apply(image)
    decoded = time.perf_counter()
    outputs = engine.run(pixels, alone=alone)
    inferred = time.perf_counter()
    observation = Observation(
        logits=outputs.logits,
        unlikeness=engine.unlikeness(outputs.early_features),
        complaints=found,
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
