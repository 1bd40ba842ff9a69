"""What a probability becomes where disease is rarer or commoner than where it was learned."""

from dataclasses import dataclass

import numpy as np

from api.arrays import Float64Array, FloatArray


@dataclass(frozen=True, slots=True)
class PredictiveValues:
    """PPV: share of positive answers that are right; NPV: of negative ones. None: undefined."""

    ppv: float | None
    npv: float | None


def shift_prior(
    probabilities: FloatArray, *, negative_index: int, learned: float, actual: float
) -> Float64Array:
    """Correct probabilities for another share of films with a finding (Saerens et al. 2002).

    The mixture of findings among each other is taken to be as it was learned.

    Args:
        probabilities: (..., classes), each row summing to 1.
        negative_index: position of the class without a finding.
        learned, actual: prevalence of any finding, in (0, 1).

    Returns: (..., classes) float64, each row summing to 1.
    """
    odds = np.full(probabilities.shape[-1], actual / learned)
    odds[negative_index] = (1 - actual) / (1 - learned)
    weighted = np.asarray(probabilities, dtype=np.float64) * odds
    return np.asarray(weighted / weighted.sum(axis=-1, keepdims=True))


def shift_score(score: float, *, learned: float, actual: float) -> float:
    """The same for the score alone, P(any finding); keeps the order of films."""
    present = score * actual / learned
    absent = (1 - score) * (1 - actual) / (1 - learned)
    return present / (present + absent)


def predictive_values(
    sensitivity: float, specificity: float, prevalence: float
) -> PredictiveValues:
    """Bayes' rule for an operating point at a prevalence; all in [0, 1]."""
    true_positive = sensitivity * prevalence
    false_positive = (1 - specificity) * (1 - prevalence)
    true_negative = specificity * (1 - prevalence)
    false_negative = (1 - sensitivity) * prevalence
    return PredictiveValues(
        ppv=_share(true_positive, false_positive), npv=_share(true_negative, false_negative)
    )


def _share(right: float, wrong: float) -> float | None:
    return right / (right + wrong) if right + wrong > 0 else None
