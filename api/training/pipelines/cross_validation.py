"""What a recipe is worth where films are few: every film is answered by a network that never saw it
(k-fold cross-validation; Stone 1974)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from api.arrays import BoolArray, FloatArray
from api.decision.decide import probabilities_of
from api.evaluation.intervals import delong, wilson
from api.inputs.images.preprocessing import PreprocessingSpec
from api.model_card.metrics import CrossValidation, Rates
from api.tasks.recipe import Recipe
from api.tasks.task import Task
from api.training.assessment.assess import calibrate
from api.training.assessment.decision_rules import choose_rules
from api.training.data.dataset import Decoded
from api.training.data.splits import TRAIN, VALIDATION, folds, split
from api.training.fitting.fit import fit_head, fit_tail
from api.training.fitting.learner import FitCallbacks
from api.training.models import mobilenet
from api.training.models.inference import BatchPredictor

Log = Callable[[str], None]
SILENT = FitCallbacks(on_step=lambda _: None, on_epoch=lambda _: None)


@dataclass(frozen=True, slots=True)
class FoldAnswers:
    """What one network gave for the films that were left out.

    Attributes:
        scores: (n,) 1 - P(negative class).
        positive: (n,) True where there is a finding.
        thresholds: by operating point, chosen without these films.
    """

    scores: FloatArray
    positive: BoolArray
    thresholds: dict[str, float]


def cross_validate(
    images: Decoded,
    task: Task,
    recipe: Recipe,
    spec: PreprocessingSpec,
    *,
    base_weights: Path | None,
    seed: int,
    log: Log,
) -> CrossValidation | None:
    """Train a network for each of the recipe's parts, and measure all of them together.

    Returns: None where all films are of one kind.

    Raises: MissingWeights.
    """
    parts = folds(images.labelled, recipe.folds, seed=seed)
    answers = []
    for number, part in enumerate(parts, start=1):
        left_out = {image.path for image in part}
        others = images.subset(image for image in images.labelled if image.path not in left_out)
        keras.utils.set_random_seed(seed + number)
        answers.append(
            _answers(others, images.subset(part), task, recipe, spec, base_weights, seed)
        )
        log(f"cross-validation: {number} of {len(parts)} parts answered")
    return summary(answers)


def summary(answers: list[FoldAnswers]) -> CrossValidation | None:
    """The figures over all parts; None where all films are of one kind."""
    positive = np.concatenate([part.positive for part in answers])
    found = delong(positive, np.concatenate([part.scores for part in answers]))
    if found is None:
        return None
    points = set.intersection(*(set(part.thresholds) for part in answers))
    return CrossValidation(
        folds=len(answers),
        n=len(positive),
        auroc=found[0],
        auroc_interval=found[1],
        at={name: _rates(answers, name) for name in sorted(points)},
    )


def _rates(answers: list[FoldAnswers], point: str) -> Rates:
    hits = np.concatenate([part.scores >= part.thresholds[point] for part in answers])
    positive = np.concatenate([part.positive for part in answers])
    found, cleared = int(hits[positive].sum()), int((~hits[~positive]).sum())
    ill, well = int(positive.sum()), int((~positive).sum())
    return Rates(
        sensitivity=found / ill if ill else None,
        specificity=cleared / well if well else None,
        sensitivity_interval=wilson(found, ill),
        specificity_interval=wilson(cleared, well),
    )


def _answers(
    others: Decoded,
    left_out: Decoded,
    task: Task,
    recipe: Recipe,
    spec: PreprocessingSpec,
    base_weights: Path | None,
    seed: int,
) -> FoldAnswers:
    splits = split(others.labelled, {VALIDATION: recipe.validation_fraction}, seed=seed)
    train, validation = others.subset(splits[TRAIN]), others.subset(splits[VALIDATION])
    model = mobilenet.build(
        spec, classes=len(task.labels), dropout=recipe.dropout, base_weights=base_weights
    )
    fit_head(model, train, validation, spec, recipe, task, watcher=SILENT)
    fit_tail(model, train, validation, spec, recipe, task, seed=seed, watcher=SILENT)
    predictor = BatchPredictor(model, spec)
    before = predictor.predict(validation.images).logits
    calibrate(model, before, validation.targets, task, parent=None)
    rules = choose_rules(
        predictor.predict(validation.images).logits, validation.targets, task, None
    )
    logits = predictor.predict(left_out.images).logits
    return FoldAnswers(
        scores=1 - probabilities_of(logits, temperature=1.0)[:, task.negative_index],
        positive=left_out.targets != task.negative_index,
        thresholds={name: point.threshold for name, point in rules.operating_points.items()},
    )
