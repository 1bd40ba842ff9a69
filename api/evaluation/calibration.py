"""Making probabilities mean what they say, and measuring whether they do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp

from api.arrays import BoolArray, FloatArray, IntArray
from api.evaluation.intervals import wilson
from api.model_card.metrics import ReliabilityBin

# Below this many films a fitted calibration is noise; the old one is kept.
MIN_IMAGES = 50
# Biases are held less tightly than the matrix: class frequencies of training and use do differ.
BIAS_SHARE = 0.1
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Calibration:
    """probabilities = softmax(matrix @ logits + biases); one row and one bias a class."""

    matrix: tuple[tuple[float, ...], ...]
    biases: tuple[float, ...]

    @classmethod
    def of(cls, matrix: FloatArray, biases: FloatArray) -> "Calibration":
        """From (classes, classes) and (classes,)."""
        return cls(tuple(tuple(row) for row in matrix.tolist()), tuple(biases.tolist()))

    @classmethod
    def identity(cls, classes: int) -> "Calibration":
        """What leaves every answer as it is."""
        return cls.of(np.eye(classes), np.zeros(classes))

    @property
    def temperature(self) -> float:
        """What differences between logits are divided by on average; above 1: over-confident."""
        matrix = np.array(self.matrix)
        # What is added to all logits alike changes no answer, so it must not count.
        return float((len(matrix) - 1) / np.trace(matrix - matrix.mean(axis=0)))

    def apply(self, logits: FloatArray) -> FloatArray:
        """(n, classes) -> (n, classes)."""
        return np.asarray(logits @ np.array(self.matrix).T + np.array(self.biases))


def fit_recalibration(
    logits: FloatArray, targets: IntArray, allowed: Sequence[Sequence[bool]]
) -> Calibration:
    """A calibration of logits that were calibrated before: only one that is clearly better.

    Few films fit noise, and a threshold that people know would mean something else each time: so
    the likelihood of films that a calibration was not fitted on (five-fold) must rise by more than
    two standard errors, paired over films. Arguments and result as in `fit_calibration`.
    """
    if len(logits) < MIN_IMAGES:
        return Calibration.identity(logits.shape[1])
    gains = np.zeros(len(logits))
    for fold in range(FOLDS):
        held = np.arange(len(logits)) % FOLDS == fold
        fitted = fit_calibration(logits[~held], targets[~held], allowed)
        after = _log_likelihoods(fitted.apply(logits[held]), targets[held], allowed)
        gains[held] = after - _log_likelihoods(logits[held], targets[held], allowed)
    if gains.mean() <= 2 * gains.std(ddof=1) / np.sqrt(len(gains)):
        return Calibration.identity(logits.shape[1])
    return fit_calibration(logits, targets, allowed)


def _log_likelihoods(
    logits: FloatArray, targets: IntArray, allowed: Sequence[Sequence[bool]]
) -> FloatArray:
    """(n,) of what each film is labelled with."""
    logs = log_softmax(logits, axis=1)
    rows = np.where(targets < 0, logits.shape[1] - 1 - targets, targets)
    fits = np.asarray(allowed, dtype=bool)[rows]
    return np.asarray(logsumexp(np.where(fits, logs, -np.inf), axis=1))


def fit_calibration(
    logits: FloatArray, targets: IntArray, allowed: Sequence[Sequence[bool]] | None = None
) -> Calibration:
    """Matrix scaling (Guo et al. 2017), held near no change by a Gaussian prior (Kull et al. 2019).

    One temperature for all classes is not enough where a network is sure of one question (ill or
    well) and rightly unsure of another (which kind). The prior keeps its many parameters from
    fitting noise: the fewer films, the less is changed.

    Args:
        logits: (n, classes).
        targets: (n,) class numbers; -1 and below for coarse labels, which count with the
            probability of all classes that they allow together.
        allowed: for each class in order, then for each coarse label, which classes it allows.

    Returns: a diagonal in [0.2, 5] and the rest in [-3, 3]. One that changes nothing when there
        are fewer than 50 films; a temperature alone when a class has none.
    """
    n, classes = logits.shape
    if n < MIN_IMAGES:
        return Calibration.identity(classes)
    whole = len(np.unique(targets[targets >= 0])) == classes
    sets = np.eye(classes) if allowed is None else np.asarray(allowed, dtype=np.float64)
    fits = sets[np.where(targets < 0, classes - 1 - targets, targets)] > 0
    start = np.eye(classes), np.zeros(classes)

    def unpacked(parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        if not whole:
            return parameters[0] * start[0], start[1]
        return parameters[: classes**2].reshape(classes, classes), parameters[classes**2 :]

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        matrix, biases = unpacked(parameters)
        logs = log_softmax(logits @ matrix.T + biases, axis=1)
        penalty = ((matrix - start[0]) ** 2).sum() + BIAS_SHARE * (biases**2).sum()
        together = logsumexp(np.where(fits, logs, -np.inf), axis=1)
        gaps = (np.exp(logs) - np.where(fits, np.exp(logs - together[:, np.newaxis]), 0)) / n
        by_matrix = gaps.T @ logits + 2 * (matrix - start[0]) / n
        by_biases = gaps.sum(axis=0) + 2 * BIAS_SHARE * biases / n
        slope = np.append(by_matrix, by_biases) if whole else np.array([np.trace(by_matrix)])
        return float(penalty / n - together.sum() / n), slope

    if whole:
        ends = np.where(start[0].astype(bool).ravel(), 0.2, -3.0), np.full(classes**2, 3.0)
        ends[1][:: classes + 1] = 5.0
        bounds = [*zip(*ends, strict=True), *[(-3.0, 3.0)] * classes]
        first = np.append(*start)
    else:
        bounds, first = [(0.2, 5.0)], np.ones(1)
    found = minimize(loss, first, jac=True, method="L-BFGS-B", bounds=bounds).x
    matrix, biases = unpacked(found)
    return Calibration.of(matrix, biases - biases.mean())


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
    gaps = np.bincount(bin_of, np.asarray(confidence, dtype=np.float64) - correct)
    return float(np.abs(gaps).sum() / len(confidence))


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
