"""Whether the int8 form of a network may stand in for it: both on the hold-out, side by side."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import keras
import numpy as np
from sklearn.metrics import roc_auc_score

from api.arrays import FloatArray, IntArray
from api.decision.decide import probabilities_of
from api.decision.out_of_distribution import METHODS, OodReference
from api.inputs.images.preprocessing import PreprocessingSpec
from api.model_card.decision_rules import OutlierRule
from api.model_card.metrics import DeletionTest
from api.model_card.quantization import Figure, Reduced
from api.tasks.task import Task
from api.training.assessment.decision_rules import SplitPredictions
from api.training.assessment.deletion_test import deletion_test
from api.training.assessment.golden import golden_outputs
from api.training.assessment.out_of_distribution import OOD_TRANSFORMS, PROBES, spread
from api.training.data.dataset import Decoded
from api.training.data.splits import HOLDOUT, TRAIN
from api.training.models.inference import BatchPredictor, NetworkOutputs, PredictsImages
from api.training.models.quantization import Int8Predictor, quantize

CALIBRATION_IMAGES = 300

# What the reduced form may lose against fp32 on the hold-out.
MAX_AUROC_LOST = 0.002
MIN_AGREEMENT = 0.99
MAX_REFUSED_MORE = 0.01
MIN_CAUGHT_SHARE = 0.97
MIN_HEATMAP_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Fp32Baseline:
    """What the fp32 network gives and how it is read: what its int8 form is held against."""

    predictions: SplitPredictions
    rule: OutlierRule | None
    reference: OodReference | None
    heatmap: DeletionTest | None
    task: Task


def int8_form(
    model: keras.Model,
    splits: Mapping[str, Decoded],
    spec: PreprocessingSpec,
    original: Fp32Baseline,
) -> tuple[Reduced, bytes] | None:
    """The int8 form: its record with the comparison on the hold-out, and its bytes.

    Args:
        splits: 'train', which the ranges are taken from, and 'holdout'.

    Returns: None without a hold-out to compare on.
    """
    train, holdout = splits[TRAIN], splits[HOLDOUT]
    if not len(holdout):
        return None
    images = train.images[spread(len(train), CALIBRATION_IMAGES)]
    content = quantize(model, [spec.normalise(image) for image in images])
    predictor = Int8Predictor(content, spec)
    record = Reduced(
        sha256=hashlib.sha256(content).hexdigest(),
        calibrated_on=len(images),
        compared_on=len(holdout),
        figures=tuple(compare(predictor, BatchPredictor(model, spec), holdout, original)),
        golden=golden_outputs(predictor.probabilities, spec),
    )
    return record, content


def compare(
    predictor: PredictsImages, network: PredictsImages, holdout: Decoded, original: Fp32Baseline
) -> Iterator[Figure]:
    """What both forms give for the hold-out: labels, order, what is out of distribution, heat map.

    Args:
        observer: the int8 form; `network` is the fp32 one.
    """
    seen, predictions = predictor.predict(holdout.images), original.predictions
    negative = original.task.negative_index
    agreement = float((seen.logits.argmax(axis=1) == predictions.logits.argmax(axis=1)).mean())
    yield _at_least("agreement of labels", agreement, MIN_AGREEMENT)
    positive = predictions.targets != negative
    for name, rows in _groups(predictions.sources):
        if 0 < positive[rows].sum() < len(rows):
            before, after = (
                float(roc_auc_score(positive[rows], _scores(logits, negative)[rows]))
                for logits in (predictions.logits, seen.logits)
            )
            yield _at_least(f"AUROC ({name})", after, before - MAX_AUROC_LOST, fp32=before)
    if original.rule and original.reference is not None and predictions.distances is not None:
        yield from _out_of_distribution(predictor, network, seen, holdout, original)
    if original.heatmap:
        again = deletion_test(predictor, holdout.images, temperature=1.0, n_images=PROBES)
        assert again is not None
        before = original.heatmap.hottest
        bound = max(before * MIN_HEATMAP_SHARE, again.random)
        yield _at_least("fall of the score under the heat map", again.hottest, bound, fp32=before)


def _out_of_distribution(
    predictor: PredictsImages,
    network: PredictsImages,
    seen: NetworkOutputs,
    holdout: Decoded,
    original: Fp32Baseline,
) -> Iterator[Figure]:
    """Films that are found unlike, and pictures that should be, measured as serving does."""
    rule, reference, before = original.rule, original.reference, original.predictions.distances
    assert rule is not None
    assert reference is not None
    assert before is not None
    after = METHODS[rule.method](reference, seen.early_features)
    for name, rows in _groups(holdout.sources):
        usual = float((before[rows] > rule.threshold).mean())
        share = float((after[rows] > rule.threshold).mean())
        yield _at_most(f"share found unlike ({name})", share, usual + MAX_REFUSED_MORE, fp32=usual)
    probes = holdout.images[spread(len(holdout), PROBES)]
    for kind, turn in OOD_TRANSFORMS.items():
        turned = np.stack([turn(image) for image in probes])
        usual, share = (
            float((METHODS[rule.method](reference, features) > rule.threshold).mean())
            for features in (form.predict(turned).early_features for form in (network, predictor))
        )
        yield _at_least(f"share caught ({kind})", share, usual * MIN_CAUGHT_SHARE, fp32=usual)


def _at_least(name: str, int8: float, bound: float, *, fp32: float | None = None) -> Figure:
    return Figure(name=name, fp32=fp32, int8=int8, bound=bound, is_met=int8 >= bound)


def _at_most(name: str, int8: float, bound: float, *, fp32: float) -> Figure:
    return Figure(name=name, fp32=fp32, int8=int8, bound=bound, is_met=int8 <= bound)


def _groups(sources: Sequence[str]) -> Iterator[tuple[str, IntArray]]:
    """All films, and those of each source where there are several: name, rows."""
    names = np.array(sources)
    yield "all", np.arange(len(names))
    if len(set(sources)) > 1:
        for name in sorted(set(sources)):
            yield name, np.flatnonzero(names == name)


def _scores(logits: FloatArray, negative: int) -> FloatArray:
    return 1 - probabilities_of(logits, temperature=1.0)[:, negative]
