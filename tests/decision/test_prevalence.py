"""Probabilities where disease is rarer or commoner, on simulated films and by hand."""

import numpy as np
import numpy.typing as npt
import pytest

from api.decision.prevalence import predictive_values, shift_prior, shift_score

FloatArray = npt.NDArray[np.float64]
NEGATIVE = 1
MEANS = np.array([[1.0, 0.5], [-1.0, 0.0], [0.5, 1.5]])
# How findings are mixed among each other, wherever.
MIXTURE = np.array([0.3, 0.0, 0.7])


def priors(prevalence: float) -> FloatArray:
    mixed = MIXTURE * prevalence
    mixed[NEGATIVE] = 1 - prevalence
    return mixed


def images(prevalence: float, *, n: int) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Two features of n films of a site, and their classes."""
    rng = np.random.default_rng(1)
    targets = rng.choice(3, size=n, p=priors(prevalence))
    return MEANS[targets] + rng.normal(size=(n, 2)), targets


def posterior(features: FloatArray, prevalence: float) -> FloatArray:
    """What an ideal classifier that learned at a prevalence says."""
    likelihood = np.exp(-((features[:, np.newaxis] - MEANS) ** 2).sum(axis=-1) / 2)
    joint = likelihood * priors(prevalence)
    return np.asarray(joint / joint.sum(axis=1, keepdims=True))


def gap(scores: FloatArray, positive: npt.NDArray[np.bool_]) -> float:
    """The largest gap between promise and outcome over tenths of films."""
    tenths = np.array_split(np.argsort(scores), 10)
    return max(abs(float(scores[rows].mean() - positive[rows].mean())) for rows in tenths)


class TestShifting:
    @pytest.mark.parametrize(("learned", "actual"), [(0.6, 0.1), (0.2, 0.7), (0.5, 0.02)])
    def test_what_was_calibrated_there_is_calibrated_here(
        self, learned: float, actual: float
    ) -> None:
        features, targets = images(actual, n=40_000)
        learned_there = posterior(features, learned)

        here = shift_prior(learned_there, negative_index=NEGATIVE, learned=learned, actual=actual)

        positive = targets != NEGATIVE
        assert gap(1 - here[:, NEGATIVE], positive) < 0.025
        assert gap(1 - learned_there[:, NEGATIVE], positive) > 0.1

    def test_it_is_bayes_rule_for_every_class(self) -> None:
        features, _ = images(0.3, n=200)

        here = shift_prior(
            posterior(features, 0.6), negative_index=NEGATIVE, learned=0.6, actual=0.3
        )

        assert here == pytest.approx(posterior(features, 0.3))

    def test_by_hand(self) -> None:
        # Odds of 4 : 6 times (0.2 / 0.5) / (0.8 / 0.5) are 1 : 6.
        here = shift_prior(np.array([0.1, 0.6, 0.3]), negative_index=1, learned=0.5, actual=0.2)

        assert here == pytest.approx([1 / 28, 6 / 7, 3 / 28])

    def test_at_the_same_prevalence_nothing_changes(self) -> None:
        before = np.array([0.05, 0.6, 0.35])

        after = shift_prior(before, negative_index=1, learned=0.37, actual=0.37)

        assert after == pytest.approx(before)
        assert shift_score(0.4, learned=0.37, actual=0.37) == pytest.approx(0.4)

    def test_there_and_back_again_is_where_it_was(self) -> None:
        there = shift_score(0.4, learned=0.6, actual=0.03)

        assert shift_score(there, learned=0.03, actual=0.6) == pytest.approx(0.4)


class TestTheScoreAlone:
    def test_it_is_the_complement_of_the_negative_class(self) -> None:
        rows = np.random.default_rng(1).dirichlet(np.ones(4), 50)

        shifted = shift_prior(rows, negative_index=2, learned=0.6, actual=0.05)

        for before, after in zip(rows, shifted, strict=True):
            assert shift_score(1 - before[2], learned=0.6, actual=0.05) == pytest.approx(
                1 - after[2]
            )

    def test_the_order_of_images_is_kept(self) -> None:
        scores = np.sort(np.random.default_rng(1).random(500))

        shifted = [shift_score(score, learned=0.6, actual=0.02) for score in scores.tolist()]

        assert (np.diff(shifted) > 0).all()

    def test_certainty_stays_certainty(self) -> None:
        assert shift_score(0.0, learned=0.5, actual=0.1) == 0.0
        assert shift_score(1.0, learned=0.5, actual=0.1) == 1.0


class TestPredictiveValues:
    def test_by_hand(self) -> None:
        # Of 1000 films 100 have a finding: 90 found and 10 missed, 180 false alarms, 720 right.
        values = predictive_values(0.9, 0.8, 0.1)

        assert values.ppv == pytest.approx(90 / 270)
        assert values.npv == pytest.approx(720 / 730)

    def test_sensitivity_and_specificity_are_not_confused(self) -> None:
        values = predictive_values(1.0, 0.5, 0.5)

        assert values.ppv == pytest.approx(2 / 3)
        assert values.npv == 1.0

    def test_where_nothing_is_called_positive_there_is_no_ppv(self) -> None:
        values = predictive_values(0.0, 1.0, 0.3)

        assert values.ppv is None
        assert values.npv == pytest.approx(0.7)

    def test_they_are_what_is_counted_on_simulated_images(self) -> None:
        rng = np.random.default_rng(1)
        positive = rng.random(50_000) < 0.07
        flagged = rng.random(50_000) < np.where(positive, 0.92, 0.15)

        values = predictive_values(0.92, 0.85, 0.07)

        assert values.ppv == pytest.approx(positive[flagged].mean(), abs=0.01)
        assert values.npv == pytest.approx((~positive)[~flagged].mean(), abs=0.01)
