"""Intervals against published values, direct computation and simulation."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from api.evaluation.intervals import delong, resampled, wilson

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def drawn(
    seed: int, *, findings: int = 40, clear: int = 60, apart: float = 1.5
) -> tuple[BoolArray, FloatArray]:
    rng = np.random.default_rng(seed)
    positive = np.arange(findings + clear) < findings
    return positive, rng.normal(np.where(positive, apart, 0.0), 1.0)


def direct_deviation(positive: BoolArray, score: FloatArray) -> float:
    """DeLong's standard deviation of the AUROC, pair by pair as in the paper of 1988."""
    higher = score[positive][:, np.newaxis] - score[~positive]
    wins = (higher > 0) + 0.5 * (higher == 0)
    of_findings, of_clear = wins.mean(axis=1), wins.mean(axis=0)
    s10 = float(((of_findings - wins.mean()) ** 2).sum() / (len(of_findings) - 1))
    s01 = float(((of_clear - wins.mean()) ** 2).sum() / (len(of_clear) - 1))
    return float(np.sqrt(s10 / len(of_findings) + s01 / len(of_clear)))


class TestWilson:
    @pytest.mark.parametrize(
        ("hits", "n", "interval"),
        [
            # Newcombe 1998, table I, method 3.
            (81, 263, (0.2553, 0.3662)),
            (15, 148, (0.0624, 0.1605)),
            (0, 20, (0.0, 0.1611)),
            (1, 29, (0.0061, 0.1718)),
            # The mirror of nothing.
            (20, 20, (0.8389, 1.0)),
        ],
    )
    def test_it_is_what_was_published(
        self, hits: int, n: int, interval: tuple[float, float]
    ) -> None:
        assert wilson(hits, n) == pytest.approx(interval, abs=5e-5)

    def test_of_nothing_there_is_none(self) -> None:
        assert wilson(0, 0) is None


class TestDeLong:
    @pytest.mark.parametrize("seed", range(5))
    def test_the_auroc_is_scikit_learns_with_ties_too(self, seed: int) -> None:
        positive, score = drawn(seed)
        for scores in (score, score.round(0)):
            found = delong(positive, scores)

            assert found is not None
            assert found[0] == pytest.approx(roc_auc_score(positive, scores))

    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize("digits", [8, 0])
    def test_the_variance_is_that_of_all_pairs(self, seed: int, digits: int) -> None:
        positive, score = drawn(seed, findings=23, clear=37)
        score = score.round(digits)

        found = delong(positive, score)

        assert found is not None
        auroc, (low, high) = found
        half = norm.ppf(0.975) * direct_deviation(positive, score) / (auroc * (1 - auroc))
        assert low == pytest.approx(expit(logit(auroc) - half))
        assert high == pytest.approx(expit(logit(auroc) + half))

    def test_by_hand(self) -> None:
        # Wins over (0.1, 0.5): 2 of 2 and 1 of 2; each S is 1/8, the deviation sqrt(1/8).
        found = delong(np.array([True, True, False, False]), np.array([0.8, 0.4, 0.1, 0.5]))

        assert found is not None
        assert found[0] == 0.75
        assert found[1][1] == pytest.approx(expit(logit(0.75) + 1.959964 * 0.125**0.5 / 0.1875))

    def test_it_covers_the_truth_about_as_often_as_it_says(self) -> None:
        truth = float(norm.cdf(1.5 / np.sqrt(2)))

        covered = []
        for seed in range(400):
            found = delong(*drawn(seed))
            assert found is not None
            covered.append(found[1][0] <= truth <= found[1][1])

        assert 0.92 <= np.mean(covered) <= 0.98

    def test_more_images_make_it_narrower(self) -> None:
        def width(times: int) -> float:
            found = delong(*drawn(1, findings=40 * times, clear=60 * times))
            assert found is not None
            return found[1][1] - found[1][0]

        assert width(16) == pytest.approx(width(1) / 4, rel=0.4)

    def test_a_perfect_separation_is_as_sure_as_its_rarer_split(self) -> None:
        positive = np.arange(50) < 12

        assert delong(positive, positive.astype(float)) == (1.0, wilson(12, 12))
        assert delong(positive, -positive.astype(float)) == (0.0, wilson(0, 12))

    def test_the_interval_stays_within_its_range(self) -> None:
        positive, score = drawn(3, findings=6, clear=6, apart=2.5)

        found = delong(positive, score)

        assert found is not None
        assert 0 < found[1][0] < found[0] < found[1][1] < 1

    def test_one_image_of_a_kind_still_gives_an_interval(self) -> None:
        found = delong(np.array([True, False, False]), np.array([0.9, 0.1, 0.2]))

        assert found == (1.0, wilson(1, 1))

    @pytest.mark.parametrize("kind", [True, False])
    def test_of_one_kind_there_is_none(self, kind: bool) -> None:
        assert delong(np.full(5, kind), np.arange(5.0)) is None


class TestResampling:
    def test_of_a_mean_it_is_what_theory_says(self) -> None:
        values = np.random.default_rng(1).normal(3.0, 2.0, 400)

        found = resampled(lambda sample: float(sample.mean()), values)

        half = 1.96 * values.std() / 20
        assert found == pytest.approx((values.mean() - half, values.mean() + half), abs=0.03)

    def test_the_same_seed_gives_the_same_interval(self) -> None:
        values = np.random.default_rng(1).random(50)

        def interval(seed: int) -> tuple[float, float] | None:
            return resampled(lambda sample: float(sample.mean()), values, seed=seed)

        assert interval(1) == interval(1)
        assert interval(1) != interval(2)

    def test_samples_are_drawn_together(self) -> None:
        values = np.random.default_rng(1).random(30)

        def difference(one: FloatArray, other: FloatArray) -> float:
            return float(np.abs(one - other).max())

        assert resampled(difference, values, values.copy()) == (0.0, 0.0)

    @pytest.mark.parametrize("n", [0, 1])
    def test_of_fewer_than_two_images_there_is_none(self, n: int) -> None:
        assert resampled(lambda sample: float(sample.sum()), np.ones(n)) is None
