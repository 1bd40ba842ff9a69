"""Labels that the other films contradict: mistakes, or somebody poisoning the well.

Confident learning (Northcutt et al. 2021): a linear classifier on a network's pooled features is
asked about films that it was not fitted on. A label is doubtful where another class is more likely
than not, and as likely as it is, on average, for new films that have that class.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from api.arrays import BoolArray, FloatArray, IntArray

FOLDS = 5
# Strong, for there are more features than films.
INVERSE_PENALTY = 1e-3
ITERATIONS = 300
# Of a class's probability that contradicts a label: more likely than all others together.
CONFIDENT = 0.5


@dataclass(frozen=True, slots=True)
class LabelIssues:
    """How many labels of n films the others contradict.

    Attributes:
        rows: of the doubtful ones, the most doubtful first.
        low: one-sided 95 % lower bound of the share (Clopper & Pearson 1934).
        expected: for each of `rows` the class number that the others expect, and its probability.
    """

    n: int
    rows: tuple[int, ...]
    low: float
    expected: tuple[tuple[int, float], ...] = ()

    @property
    def share(self) -> float:
        return len(self.rows) / self.n if self.n else 0.0

    def among(self, members: IntArray) -> "LabelIssues":
        """Those of some of the films alone.

        Args:
            members: (m,) row numbers.
        """
        own = set(members.tolist())
        rows = tuple(row for row in self.rows if row in own)
        expected = tuple(
            found for row, found in zip(self.rows, self.expected, strict=False) if row in own
        )
        return LabelIssues(len(own), rows, _lower_bound(len(rows), len(own)), expected)


def find_label_errors(
    features: FloatArray, targets: IntArray, known: FloatArray, known_targets: IntArray
) -> LabelIssues:
    """Which of the new films' labels are contradicted by the other new and the known films.

    Args:
        features: (n, features) of new films.
        targets: (n,) their labels as class numbers.
        known, known_targets: the same of films whose labels are trusted.
    """
    n = len(targets)
    everything = np.concatenate([features, known])
    labels = np.concatenate([targets, known_targets])
    kinds, rows = np.unique(labels, return_inverse=True)
    common = np.bincount(rows, minlength=len(kinds))[rows] >= FOLDS
    if not common.all():
        return _without_rare(features, targets, known, known_targets, common)
    if not n or len(kinds) < 2:
        return LabelIssues(n, (), 0.0)
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=INVERSE_PENALTY, max_iter=ITERATIONS)
    )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        # A little short of the optimum is near enough to ask.
        warnings.simplefilter("ignore", ConvergenceWarning)
        likely = cross_val_predict(model, everything, rows, cv=folds, method="predict_proba")
    # Of the new films alone: films of another site are answered less surely.
    usual = np.array([_mean(likely[:n][rows[:n] == kind, kind]) for kind in range(len(kinds))])
    # And never below one half: where nothing can be told apart, nothing is contradicted.
    excess = likely[:n] - np.maximum(usual, CONFIDENT)
    excess[np.arange(n), rows[:n]] = -np.inf
    found = np.flatnonzero(excess.max(axis=1) >= 0)
    order = found[np.argsort(-excess[found].max(axis=1), kind="stable")]
    best = excess.argmax(axis=1)
    expected = tuple((int(kinds[best[row]]), float(likely[row, best[row]])) for row in order)
    return LabelIssues(n, tuple(order.tolist()), _lower_bound(len(found), n), expected)


def _lower_bound(found: int, n: int) -> float:
    """One-sided, 95 %, of a share (Clopper & Pearson 1934)."""
    if not n:
        return 0.0
    return float(binomtest(found, n, alternative="greater").proportion_ci(0.95, "exact").low)


def _without_rare(
    features: FloatArray,
    targets: IntArray,
    known: FloatArray,
    known_targets: IntArray,
    common: BoolArray,
) -> LabelIssues:
    """Of a class with a handful of films nothing can be said; of the others it can."""
    n = len(targets)
    used = np.flatnonzero(common[:n])
    issues = find_label_errors(
        features[used], targets[used], known[common[n:]], known_targets[common[n:]]
    )
    rows = tuple(int(used[row]) for row in issues.rows)
    return LabelIssues(issues.n, rows, issues.low, issues.expected)


def _mean(values: FloatArray) -> float:
    """One where there is none: nothing is more likely than that."""
    return float(values.mean()) if len(values) else 1.0
