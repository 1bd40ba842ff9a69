"""What a fitted network is worth and how its answers are to be read: one way for every training.

Calibration, operating points, the referred band, the reference of training films: all are chosen
on validation films. Metrics, the heat map's worth and stability are measured on the hold-out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from api.decision.outliers import Reference
from api.evaluation.calibration import MIN_FILMS, Calibration, fit_calibration
from api.evaluation.metrics import evaluate
from api.inputs.preprocessing import PreprocessingSpec
from api.inputs.quality import QualityBounds
from api.registry.measures import Stability
from api.tasks.task import Task
from api.training import network
from api.training.dataset import Decoded
from api.training.deletion import deletion_test
from api.training.observe import Observer
from api.training.reading import VALIDATION, Parent, answers_of, prevalence, read_rules
from api.training.stability import CHANGES, changed
from api.training.strangers import PROBES, outlier_rule, spread, with_refusals

HOLDOUT = "holdout"


@dataclass(frozen=True, slots=True)
class Appraisal:
    """`fields` of the card, and the reference that belongs beside the weights."""

    calibration: Calibration
    fields: dict[str, Any]
    reference: Reference | None
    reference_bytes: bytes | None


def appraise(
    model: keras.Model,
    parts: dict[str, Decoded],
    task: Task,
    spec: PreprocessingSpec,
    *,
    parent: Parent | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Appraisal:
    """Calibrate in place, choose how to read the answers, and measure.

    With a parent, what few validation films cannot tell is inherited, and its reference is
    extended by the new films instead of made anew.

    Args:
        parts: 'train', 'validation' and 'holdout'.
    """
    observer = Observer(model, spec)
    say("appraising: calibration and operating points")
    validation = parts[VALIDATION]
    calibration = calibrate(model, observer.films(validation.images).logits, validation, parent)
    seen = {name: observer.films(parts[name].images) for name in (VALIDATION, HOLDOUT)}
    reading = read_rules(seen[VALIDATION], validation, task, parent)
    say("appraising: what is unlike a chest film")
    rule, reference, content = outlier_rule(
        observer, parts, seen[VALIDATION], task, reading, parent
    )
    if rule and reference:
        rule = with_refusals(rule, reference, seen, parts)
    say("appraising: figures on the hold-out")
    metrics = {
        name: evaluate(
            answers_of(seen[name], parts[name], reading, rule, reference),
            parts[name].sources,
            reading,
        )
        for name in seen
        if len(parts[name])
    }
    say("appraising: heat map and stability")
    holdout = parts[HOLDOUT]
    return Appraisal(
        calibration=calibration,
        reference=reference,
        reference_bytes=content,
        fields={
            "operating_points": dict(reading.points),
            "prevalence": prevalence(validation, task, parent),
            "refer": reading.refer,
            "outliers": rule,
            "quality": QualityBounds.model_validate(task.quality),
            "metrics": metrics,
            "heatmap": deletion_test(observer, holdout.images, temperature=1.0, films=PROBES),
            "stability": stability(observer, holdout.images),
        },
    )


def calibrate(
    model: keras.Model, logits: npt.NDArray[np.float32], data: Decoded, parent: Parent | None
) -> Calibration:
    """Fit a calibration and fold it into the network; none where few films leave the parent's."""
    if parent and len(data) < MIN_FILMS:
        return Calibration.nothing(logits.shape[1])
    calibration = fit_calibration(logits, data.targets)
    network.fold_calibration(model, calibration)
    return calibration


def stability(observer: Observer, images: npt.NDArray[np.uint8]) -> Stability | None:
    """How often each small change leaves the label as it was."""
    if not len(images):
        return None
    films = images[spread(len(images), PROBES)]
    before = observer.films(films).logits.argmax(axis=1)
    kept = {
        name: float(
            np.mean(
                observer.films(np.stack([changed(film, change) for film in films])).logits.argmax(
                    axis=1
                )
                == before
            )
        )
        for name, change in CHANGES.items()
    }
    return Stability(split=HOLDOUT, n=len(films), kept=kept)
