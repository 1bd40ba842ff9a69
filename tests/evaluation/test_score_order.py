"""Ranks and ROC curves against SciPy's and scikit-learn's."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.stats import rankdata
from sklearn.metrics import roc_curve as roc_curve_of_scikit_learn

from api.arrays import BoolArray, Float64Array
from api.evaluation.score_order import ranks, roc_curve
from api.settings import ROOT

DRAWN = range(6)
# What a check of a site's films has to import: all that measures, nothing that trains.
CHECK = "api.evaluation_runs.folder_evaluation, api.evaluation_runs.row_evaluation"


def drawn(seed: int) -> tuple[BoolArray, Float64Array]:
    """More or fewer films, with more or fewer of them alike; both kinds are present."""
    rng = np.random.default_rng(seed)
    scores = rng.random(3 + 40 * seed).round(1 + seed % 3)
    positive = rng.random(len(scores)) < 0.4
    positive[:2] = True, False
    return positive, scores


@pytest.mark.parametrize("seed", DRAWN)
class TestAsTheLibrariesHaveIt:
    def test_ranks(self, seed: int) -> None:
        _, scores = drawn(seed)

        assert_array_equal(ranks(scores), rankdata(scores))
        assert_array_equal(ranks(scores.astype(np.float32)), rankdata(scores.astype(np.float32)))

    @pytest.mark.parametrize("only_corners", [False, True])
    def test_the_curve(self, seed: int, only_corners: bool) -> None:
        positive, scores = drawn(seed)

        found = roc_curve(positive, scores, only_corners=only_corners)

        expected = roc_curve_of_scikit_learn(positive, scores, drop_intermediate=only_corners)
        for mine, theirs in zip(found, expected, strict=True):
            assert_array_equal(mine, theirs)

    def test_the_curve_of_single_precision(self, seed: int) -> None:
        positive, scores = drawn(seed)

        found = roc_curve(positive, scores.astype(np.float32))

        expected = roc_curve_of_scikit_learn(
            positive, scores.astype(np.float32), drop_intermediate=False
        )
        for mine, theirs in zip(found, expected, strict=True):
            assert_array_equal(mine, theirs)


def test_two_films_have_a_curve() -> None:
    fpr, tpr, thresholds = roc_curve(np.array([True, False]), np.array([0.5, 0.5]))

    assert (fpr.tolist(), tpr.tolist(), thresholds.tolist()) == ([0, 1], [0, 1], [np.inf, 0.5])


def test_a_check_loads_neither_scikit_learn_nor_scipys_statistics() -> None:
    """They would take half of its time, and tens of megabytes."""
    program = (
        f"import sys, {CHECK}\n"
        "print({'sklearn', 'scipy.stats', 'scipy.optimize', 'pandas', 'keras'} & set(sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "set()"
