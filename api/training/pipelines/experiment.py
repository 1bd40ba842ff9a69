"""What the notebook needs beside training itself: generated material, and one way to compare."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from api.evaluation.metrics import DecisionRules, Predictions, evaluate
from api.evaluation.operating_points import BALANCED, operating_points
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.synthetic import synthetic_image, synthetic_png
from api.model_card.card import ReferenceStatistics
from api.model_card.decision_rules import OperatingPoint
from api.model_card.metrics import Evaluation
from api.records.retrainings.job_states import JobPhase
from api.tasks.task import Task
from api.training.data.dataset import Decoded
from api.training.data.splits import HOLDOUT, VALIDATION
from api.training.fitting.fit import predict
from api.training.pipelines.checkpoint import reference_statistics

# Seeds from here on, so that no film of the statistics is also one to learn from.
STATISTICS_SEED = 10_000


@dataclass(frozen=True, slots=True)
class ExperimentResult:
    """One experiment: where its score is cut, and how good it then is on the hold-out."""

    point: OperatingPoint
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class Gaps:
    """How far a figure moves with the class, in one source, and with the source, in one class.

    None where no source has two classes, or no class has two sources.
    """

    by_class: float | None
    by_source: float | None


def assess(
    model: keras.Model, splits: Mapping[str, Decoded], task: Task, spec: PreprocessingSpec
) -> ExperimentResult:
    """Choose the operating point on 'validation', measure on 'holdout'; the model stays as is."""
    checked = predict(model, splits[VALIDATION], spec, phase=JobPhase.EVALUATING)
    points = operating_points(
        1 - checked[:, task.negative_index],
        splits[VALIDATION].targets != task.negative_index,
        aims=task.decision.wanted_rate,
        chosen_on=VALIDATION,
    )
    holdout = splits[HOLDOUT]
    answers = Predictions(predict(model, holdout, spec, phase=JobPhase.EVALUATING), holdout.targets)
    rules = DecisionRules(task.labels, task.negative_index, points)
    return ExperimentResult(points[BALANCED], evaluate(answers, holdout.sources, rules))


def statistics_per_source(data: Decoded, task: Task) -> dict[str, dict[str, ReferenceStatistics]]:
    """Brightness, edges and histogram of each class, for each source on its own."""
    return {
        source: reference_statistics(
            data.subset(image for image in data.labelled if image.source == source), task
        )
        for source in sorted(set(data.sources))
    }


def gaps(values: Mapping[str, Mapping[str, float]]) -> Gaps:
    """The widest gaps in a table of [source][class]."""
    labels = {label for row in values.values() for label in row}
    columns = [[row[label] for row in values.values() if label in row] for label in labels]
    return Gaps(
        by_class=_widest([list(row.values()) for row in values.values()]),
        by_source=_widest(columns),
    )


def write_generated_images(folder: Path, task: Task, *, per_class: int) -> None:
    """A folder of generated films for each class; no patient, no medical meaning."""
    for info in task.classes:
        (folder / info.name).mkdir(parents=True)
        for seed in range(per_class):
            path = folder / info.name / f"film-{seed}.png"
            path.write_bytes(synthetic_png(info.finding, seed=seed))


def write_stand_in_backbone(path: Path, task: Task, spec: PreprocessingSpec) -> None:
    """A MobileNetV2 without top (`.h5`) that has seen no photograph: random weights.

    Batch statistics are taken from a few generated films: without them the signal dies out on its
    way through fifty layers. Its features are crude, but a head can learn from them.
    """
    backbone = keras.applications.MobileNetV2(
        weights=None, include_top=False, input_shape=(spec.height, spec.width, 3)
    )
    images = [
        spec.apply(synthetic_image(info.finding, seed=STATISTICS_SEED + number))
        for info in task.classes
        for number in range(4)
    ]
    norms = [x for x in backbone.layers if isinstance(x, keras.layers.BatchNormalization)]
    usual = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0
    backbone(np.repeat(np.stack(images), 3, axis=-1), training=True)
    for layer, momentum in zip(norms, usual, strict=True):
        layer.momentum = momentum
    backbone.save(path)


def _widest(groups: list[list[float]]) -> float | None:
    return max((max(group) - min(group) for group in groups if len(group) > 1), default=None)
