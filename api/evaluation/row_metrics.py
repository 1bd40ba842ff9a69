"""The figures of a table's checkpoint, from predictions and true classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from api.arrays import BoolArray, FloatArray, IntArray
from api.evaluation.class_metrics import class_metrics, confusion, label_estimates
from api.evaluation.estimate import UNDEFINED, Estimate, estimate_auroc, estimate_share
from api.model_card.metrics import Evaluation, Metrics


@dataclass(frozen=True, slots=True)
class RowPredictions:
    """What a checkpoint says about n rows, and what is true.

    Attributes:
        probabilities: (n, classes) in [0, 1].
        targets: (n,) class numbers.
        causes: for each cause of referral, (n,) True where it applies.
    """

    probabilities: FloatArray
    targets: IntArray
    causes: Mapping[str, BoolArray]

    def where(self, rows: BoolArray) -> "RowPredictions":
        """The part of them that a mask selects."""
        causes = {name: applies[rows] for name, applies in self.causes.items()}
        return RowPredictions(self.probabilities[rows], self.targets[rows], causes)


def evaluate_rows(
    answers: RowPredictions,
    sources: Sequence[str],
    classes: Sequence[str],
    *,
    negative_index: int | None,
) -> Evaluation:
    """Metrics over all rows and for each source; n > 0."""
    names = np.array(sources)
    return Evaluation(
        overall=_metrics(answers, classes, negative_index),
        per_source={
            name: _metrics(answers.where(names == name), classes, negative_index)
            for name in sorted(set(sources))
        },
    )


def _metrics(
    answers: RowPredictions, classes: Sequence[str], negative_index: int | None
) -> Metrics:
    predicted = answers.probabilities.argmax(axis=1)
    right = predicted == answers.targets
    referred = np.any(list(answers.causes.values()), axis=0)
    estimates = {
        **label_estimates(answers.probabilities, answers.targets),
        **_of_negative_class(answers, predicted, negative_index),
        "referred": estimate_share(int(referred.sum()), len(right)),
        "answered_error": estimate_share(int((~right)[~referred].sum()), int((~referred).sum())),
    }
    return Metrics(
        n=len(right),
        **{name: estimate.value for name, estimate in estimates.items()},
        intervals={name: found.interval for name, found in estimates.items() if found.interval},
        referred_because={name: float(rows.mean()) for name, rows in answers.causes.items()},
        per_class=class_metrics(predicted, answers.targets, classes),
        confusion=confusion(predicted, answers.targets, len(classes)),
    )


def _of_negative_class(
    answers: RowPredictions, predicted: IntArray, negative_index: int | None
) -> dict[str, Estimate]:
    """Undefined where no class is negative; otherwise of the most probable class."""
    if negative_index is None:
        return dict.fromkeys(("auroc", "sensitivity", "specificity"), UNDEFINED)
    positive, predicted_positive = answers.targets != negative_index, predicted != negative_index
    return {
        "auroc": estimate_auroc(positive, 1 - answers.probabilities[:, negative_index]),
        "sensitivity": estimate_share(
            int((predicted_positive & positive).sum()), int(positive.sum())
        ),
        "specificity": estimate_share(
            int((~predicted_positive & ~positive).sum()), int((~positive).sum())
        ),
    }
