"""One film in, one stored answer out."""

import time
import uuid
from dataclasses import dataclass, fields

from api.clock import now
from api.decision.decide import Decision, DecisionInputs, DecisionPolicy, decide, point_of
from api.inputs.images.decoding import Limits
from api.records.predictions import PredictionRecord
from api.serving.inference import Outputs, Predictor
from api.settings import Settings


@dataclass(frozen=True, slots=True)
class ServedPrediction:
    """A decision, what the network gave for it, the film's hex digest, and the milliseconds that
    each step took."""

    decision: Decision
    outputs: Outputs
    sha256: str
    timings: dict[str, float]


def to_record(given: ServedPrediction, predictor: Predictor, filename: str) -> PredictionRecord:
    """An answer as it is kept."""
    return PredictionRecord(
        id=uuid.uuid4().hex,
        created_at=now(),
        filename=filename,
        image_sha256=given.sha256,
        model_version=predictor.version,
        timings=given.timings,
        **{field.name: getattr(given.decision, field.name) for field in fields(Decision)},
    )


def decision_policy(
    settings: Settings, *, operating_point: str | None = None, prevalence: float | None = None
) -> DecisionPolicy:
    """How answers are wanted: what was asked for now, else the settings."""
    return DecisionPolicy(
        operating_point=operating_point or settings.operating_point,
        prevalence=prevalence or settings.prevalence,
        max_error=settings.max_error,
    )


def predict(
    predictor: Predictor,
    content: bytes,
    *,
    limits: Limits,
    policy: DecisionPolicy,
    alone: bool = False,
) -> ServedPrediction:
    """Read one film; nothing is kept. `alone`: all cores are free for it.

    Raises: UnsupportedFormat, UnreadableImage, TooLarge, DecoderFailed, InvalidRequest,
        ModelNotReady.
    """
    started = time.perf_counter()
    # A wrong operating point is refused before any work is done.
    point_of(predictor.card, policy.operating_point)
    inference = predictor.infer(content, limits, alone=alone)
    inputs = DecisionInputs(
        logits=inference.outputs.logits,
        ood_score=inference.unlikeness,
        quality_issues=inference.quality_issues,
    )
    decision = decide(inputs, predictor.card, policy)
    return ServedPrediction(
        decision=decision,
        outputs=inference.outputs,
        sha256=inference.sha256,
        timings={
            "decode_ms": inference.decode_ms,
            "inference_ms": inference.inference_ms,
            "total_ms": round((time.perf_counter() - started) * 1e3, 3),
        },
    )
