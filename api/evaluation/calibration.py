"""Making probabilities mean what they say, and measuring whether they do."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import log_softmax

from api.evaluation.intervals import wilson
from api.registry.measures import ReliabilityBin

FloatArray = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

# Below this many films a fitted calibration is noise; the old one is kept.
MIN_FILMS = 50


@dataclass(frozen=True, slots=True)
class Calibration:
    """probabilities = softmax(logits / temperature + biases); one bias a class, summing to 0."""

    temperature: float
    biases: tuple[float, ...]


def fit_calibration(logits: FloatArray, targets: IntArray) -> Calibration:
    """Bias-corrected temperature scaling by maximum likelihood (Alexandari et al. 2020).

    The temperature undoes over- or under-confidence (Guo et al. 2017); the biases undo the shift
    of class frequencies that weighting the training films causes.

    Args:
        logits: (n, classes).
        targets: (n,) class numbers.

    Returns: temperature in [0.2, 5] and biases in [-3, 3]; those that change nothing when there
        are fewer than 50 films, no biases when a class has none.
    """
    classes = logits.shape[1]
    if len(targets) < MIN_FILMS:
        return Calibration(1.0, (0.0,) * classes)
    rows = np.arange(len(targets))

    def loss(parameters: FloatArray) -> float:
        scaled = logits / np.exp(parameters[0]) + parameters[1:]
        return -float(log_softmax(scaled, axis=1)[rows, targets].mean())

    limit = 3.0 if len(np.unique(targets)) == classes else 0.0
    bounds = [(float(np.log(0.2)), float(np.log(5.0))), *[(-limit, limit)] * classes]
    found = minimize(loss, np.zeros(1 + classes), method="L-BFGS-B", bounds=bounds).x
    biases = found[1:] - found[1:].mean()
    return Calibration(float(np.exp(found[0])), tuple(biases.tolist()))


def score_temperature(scores: FloatArray, positive: BoolArray) -> float:
    """What the log-odds of the score would have to be divided by to fit films with known truth.

    Args:
        scores: (n,) P(any finding) in [0, 1].
        positive: (n,) True where there is a finding.

    Returns: in [0.2, 5]; 1 is well calibrated, above 1 was over-confident.
    """
    clipped = np.clip(np.asarray(scores, dtype=np.float64), 1e-6, 1 - 1e-6)
    odds = np.log(clipped / (1 - clipped))
    signs = np.where(positive, 1.0, -1.0)

    def loss(log_temperature: FloatArray) -> float:
        return float(np.logaddexp(0.0, -signs * odds / np.exp(log_temperature[0])).mean())

    bounds = [(float(np.log(0.2)), float(np.log(5.0)))]
    return float(np.exp(minimize(loss, np.zeros(1), method="L-BFGS-B", bounds=bounds).x[0]))


def expected_calibration_error(
    confidence: FloatArray, correct: BoolArray, *, bins: int = 15
) -> float:
    """Mean gap between confidence and outcome, weighted by bin size (Guo et al. 2017).

    Args:
        confidence: (n,) in [0, 1].
        correct: (n,) True where the answer was right.
        bins: equal-width bins over [0, 1].

    Returns: ECE in [0, 1]; 0 is perfectly calibrated.

    Raises: ValueError if empty or of unequal length.
    """
    if not len(confidence) or len(confidence) != len(correct):
        raise ValueError("needs as many outcomes as confidences, at least one")
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[bin_of == b].sum() - correct[bin_of == b].sum()) for b in np.unique(bin_of)
    ]
    return float(sum(gaps) / len(confidence))


def chance_calibration_error(scores: FloatArray, *, draws: int = 200) -> float:
    """What the ECE of perfectly calibrated scores exceeds in one of twenty samples of this size.

    Few films in a bin differ from its mean by luck, so that the ECE is never 0.
    """
    rng = np.random.default_rng(0)
    truths = rng.random((draws, len(scores))) < scores
    errors = [expected_calibration_error(scores, truth) for truth in truths]
    return float(np.quantile(errors, 0.95))


def reliability(
    scores: FloatArray, positive: BoolArray, *, bins: int = 10
) -> tuple[ReliabilityBin, ...]:
    """How often a score came true, per equal-width bin that has films; ends of [0, 1] included."""
    bin_of = np.minimum((scores * bins).astype(int), bins - 1)
    rows = []
    for b in np.unique(bin_of):
        inside = bin_of == b
        n, hits = int(inside.sum()), int(positive[inside].sum())
        interval = wilson(hits, n)
        if interval:
            rows.append(
                ReliabilityBin(
                    n=n,
                    mean_score=float(scores[inside].mean()),
                    share_positive=hits / n,
                    interval=interval,
                )
            )
    return tuple(rows)
