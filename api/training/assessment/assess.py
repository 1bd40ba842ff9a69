"""What a fitted network is worth and how its answers are to be read: one way for every training.

Calibration, operating points, the referred band, the reference of training films: all are chosen
on validation films. Metrics, the heat map's worth and stability are measured on the hold-out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from api.arrays import ByteArray, FloatArray, IntArray
from api.decision.references import References
from api.evaluation.calibration import (
    MIN_IMAGES,
    Calibration,
    fit_calibration,
    fit_recalibration,
)
from api.evaluation.metrics import DecisionRules, evaluate
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.quality import QualityBounds
from api.model_card.card import Card
from api.model_card.metrics import Stability
from api.tasks.task import Task
from api.training.assessment.decision_rules import (
    SplitPredictions,
    choose_rules,
    confidence_rule,
    predictions_of,
    prevalence,
)
from api.training.assessment.deletion_test import deletion_test
from api.training.assessment.measured_references import MeasuredReferences, measured_references
from api.training.assessment.out_of_distribution import PROBES, ood_rule, spread, with_refusals
from api.training.assessment.robustness import CHANGES, changed
from api.training.assessment.sites.stream_shift import shift_rule
from api.training.assessment.sites.unfamiliar_sites import (
    acquisition_rule,
    features_of,
    with_shares,
)
from api.training.data.dataset import Decoded
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION
from api.training.models import mobilenet
from api.training.models.inference import BatchPredictor


@dataclass(frozen=True, slots=True)
class Assessment:
    """`fields` of the card, and the reference that belongs beside the weights."""

    calibration: Calibration
    fields: dict[str, Any]
    references: References | None
    references_bytes: bytes | None
    shift_bytes: bytes | None = None
    predictions: Mapping[str, SplitPredictions] = field(default_factory=dict)


def assess(
    model: keras.Model,
    splits: dict[str, Decoded],
    task: Task,
    spec: PreprocessingSpec,
    *,
    log: Callable[[str], None] = lambda _: None,
) -> Assessment:
    """Calibrate in place, choose how to read the answers, and measure.

    Args:
        splits: 'train', 'validation' and 'holdout'.
    """
    predictor = BatchPredictor(model, spec)
    log("assessing: calibration and operating points")
    validation = splits[VALIDATION]
    before = predictor.predict(validation.images).logits
    calibration = calibrate(model, before, validation.targets, task, parent=None)
    seen = {name: predictor.predict(splits[name].images) for name in (VALIDATION, HOLDOUT)}
    rules = choose_rules(seen[VALIDATION].logits, validation.targets, task, None)
    log("assessing: what is unlike the films")
    measured = measured_references(
        ood_rule(predictor, splits, seen[VALIDATION].early_features, task, rules),
        acquisition_rule(splits[TRAIN], validation, task),
    )
    predictions = {
        name: SplitPredictions(
            seen[name].logits,
            splits[name].targets,
            splits[name].sources,
            measured.ood_distances(seen[name].early_features),
            measured.site_distances(features_of(splits[name].images)),
        )
        for name in seen
    }
    log("assessing: how streams of known hospitals look")
    shift, shift_bytes = shift_rule(splits, predictions, measured.rule, task)
    log("assessing: figures on the hold-out, heat map and stability")
    return Assessment(
        calibration=calibration,
        references=measured.references,
        references_bytes=measured.content,
        shift_bytes=shift_bytes,
        predictions=predictions,
        fields={"shift": shift}
        | metric_fields(predictions, rules, measured, task, None)
        | image_tests(predictor, splits[HOLDOUT].images),
    )


def metric_fields(
    predictions: Mapping[str, SplitPredictions],
    rules: DecisionRules,
    measured: MeasuredReferences,
    task: Task,
    parent: Card | None,
) -> dict[str, Any]:
    """The card's fields that answers on validation and hold-out films tell."""
    rule, acquisition = measured.rule, measured.acquisition
    return {
        "operating_points": dict(rules.operating_points),
        "prevalence": prevalence(predictions[VALIDATION].targets, task, parent),
        "refer": rules.refer_rule,
        "kinds": rules.kind_rule,
        "outliers": with_refusals(rule, predictions) if rule else None,
        "acquisition": with_shares(acquisition, predictions) if acquisition else None,
        "confidence": confidence_rule(predictions[VALIDATION], rules, rule),
        "quality": QualityBounds.model_validate(task.quality),
        "metrics": {
            name: evaluate(predictions_of(predictions, rules, rule), predictions.sources, rules)
            for name, predictions in predictions.items()
            if len(predictions)
        },
    }


def image_tests(predictor: BatchPredictor, images: ByteArray) -> dict[str, Any]:
    """The card's fields that need pictures of hold-out films."""
    return {
        "heatmap": deletion_test(predictor, images, temperature=1.0, n_images=PROBES),
        "stability": stability(predictor, images),
    }


def calibrate(
    model: keras.Model, logits: FloatArray, targets: IntArray, task: Task, *, parent: Card | None
) -> Calibration:
    """Fit a calibration and fold it into the network; none where few films leave the parent's, and
    after a retraining none that is not clearly better."""
    if parent and len(targets) < MIN_IMAGES:
        return Calibration.identity(logits.shape[1])
    fit = fit_recalibration if parent else fit_calibration
    calibration = fit(logits, targets, task.allowed)
    mobilenet.fold_calibration(model, calibration)
    return calibration


def stability(predictor: BatchPredictor, images: ByteArray) -> Stability | None:
    """How often each small change leaves the label as it was."""
    if not len(images):
        return None
    xrays = images[spread(len(images), PROBES)]
    before = predictor.predict(xrays).logits.argmax(axis=1)
    kept = {
        name: float(
            np.mean(
                predictor.predict(
                    np.stack([changed(image, change) for image in xrays])
                ).logits.argmax(axis=1)
                == before
            )
        )
        for name, change in CHANGES.items()
    }
    return Stability(split=HOLDOUT, n=len(xrays), kept=kept)
