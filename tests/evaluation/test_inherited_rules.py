"""What a retraining leaves as its parent had it: the threshold, and bands of narrow bounds."""

import numpy as np
import pytest

from api.arrays import Float64Array
from api.evaluation.operating_points import (
    BALANCED,
    even_threshold,
    operating_points,
    with_known_bands,
    youden_threshold,
)
from api.model_card.decision_rules import Band, ReferRule


def rule(*bands: Band, max_error: float, unfamiliar: float | None = None) -> ReferRule:
    return ReferRule(
        chosen_on="validation",
        n=200,
        max_error=max_error,
        unfamiliar_max_error=unfamiliar,
        bands=bands,
    )


class TestTheThreshold:
    # Findings from 0.5 on but for two, healthy films below 0.5 but for one.
    SCORES = np.concatenate(
        [np.linspace(0.5, 0.99, 98), [0.3, 0.35], np.linspace(0, 0.45, 99), [0.6]]
    )
    POSITIVE = np.repeat([True, False], 100)

    def balanced(self, usual: float | None) -> float:
        points = operating_points(
            self.SCORES, self.POSITIVE, aims=0.97, chosen_on="validation", usual=usual
        )
        return points[BALANCED].threshold

    def test_the_parents_stays_where_another_is_hardly_better(self) -> None:
        best = youden_threshold(self.SCORES, self.POSITIVE)
        assert self.balanced(None) == best
        # Loses one film of a hundred: less than what luck moves.
        assert self.balanced(0.505) == 0.505 != best

    def test_a_clearly_better_one_takes_its_place(self) -> None:
        assert self.balanced(0.8) == youden_threshold(self.SCORES, self.POSITIVE)


class TestAThresholdThatLosesNeither:
    """A network whose scores have all moved is cut where its parent was as right as it is."""

    SCORES = np.concatenate([np.linspace(0.4, 1.0, 101), np.linspace(0.0, 0.6, 101)])
    POSITIVE = np.repeat([True, False], 101)

    def rates(self, scores: Float64Array, threshold: float) -> tuple[float, float]:
        found = scores >= threshold
        return float(found[self.POSITIVE].mean()), float((~found[~self.POSITIVE]).mean())

    def test_it_follows_scores_that_fell(self) -> None:
        before = self.rates(self.SCORES, 0.5)
        fallen = self.SCORES - 0.2

        found = even_threshold(fallen, self.POSITIVE, 0.5, before)

        assert found == pytest.approx(0.3, abs=0.01)
        assert self.rates(fallen, found) == pytest.approx(before, abs=0.011)

    def test_it_stays_where_nothing_is_lost(self) -> None:
        better = np.where(self.POSITIVE, self.SCORES + 0.1, self.SCORES - 0.1)

        usual = even_threshold(better, self.POSITIVE, 0.5, self.rates(self.SCORES, 0.5))

        assert usual == 0.5

    def test_what_must_be_lost_is_divided_evenly(self) -> None:
        worse = np.where(self.POSITIVE, self.SCORES - 0.1, self.SCORES)
        before = self.rates(self.SCORES, 0.5)

        after = self.rates(worse, even_threshold(worse, self.POSITIVE, 0.5, before))

        falls = [first - second for first, second in zip(before, after, strict=True)]
        assert falls[0] == pytest.approx(falls[1], abs=0.011)
        assert falls[0] > 0.05

    def test_the_card_says_what_it_was_chosen_for(self) -> None:
        points = operating_points(
            self.SCORES, self.POSITIVE, aims=0.97, chosen_on="validation", usual=0.5,
            usual_rates=self.rates(self.SCORES, 0.5),
        )  # fmt: skip

        assert points[BALANCED].threshold == 0.5
        assert points[BALANCED].aim == "sensitivity and specificity as they were"


class TestTheBands:
    KNOWN = rule(
        Band(max_error=0.005, low=0.02, high=0.98),
        Band(max_error=0.02, low=0.2, high=0.8),
        max_error=0.02,
        unfamiliar=0.005,
    )

    def test_bounds_that_few_images_cannot_tell_are_the_parents(self) -> None:
        found = rule(Band(max_error=0.02, low=0.3, high=0.7), max_error=0.02, unfamiliar=0.02)

        grown = with_known_bands(found, self.KNOWN)

        assert grown is not None
        assert [band.max_error for band in grown.bands] == [0.005, 0.02]
        assert grown.bands[0] == self.KNOWN.bands[0]
        assert grown.bands[1] == found.bands[0]
        assert grown.unfamiliar_max_error == 0.005
        assert grown.band_for(unfamiliar=True) == self.KNOWN.bands[0]

    def test_a_narrower_bound_never_answers_more(self) -> None:
        found = rule(Band(max_error=0.02, low=0.01, high=0.99), max_error=0.02)

        grown = with_known_bands(found, self.KNOWN)

        assert grown is not None
        assert (grown.bands[0].low, grown.bands[0].high) == (0.01, 0.99)

    def test_where_images_tell_every_bound_nothing_is_inherited(self) -> None:
        found = rule(Band(max_error=0.005, low=0.1, high=0.9), max_error=0.005)
        assert with_known_bands(found, self.KNOWN) is found

    @pytest.mark.parametrize("missing", ["found", "known"])
    def test_one_alone_is_what_there_is(self, missing: str) -> None:
        pair = (None, self.KNOWN) if missing == "found" else (self.KNOWN, None)
        assert with_known_bands(*pair) is self.KNOWN
