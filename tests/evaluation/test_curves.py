"""The curves of a card: ROC, reliability, coverage against error."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from api.evaluation.metrics import ROC_POINTS, Predictions, coverage_curve, curves
from api.model_card.decision_rules import Band, ReferRule
from api.model_card.metrics import CoveragePoint
from tests.evaluation.hand_computed import HAND, HAND_TARGETS, decision_rules, scoring


class TestCurves:
    def test_the_roc_is_thinned_but_keeps_both_ends(self) -> None:
        rng = np.random.default_rng(1)
        positive = rng.random(4000) < 0.5
        scores = np.clip(rng.normal(np.where(positive, 0.6, 0.4), 0.2), 0, 1)
        answers = Predictions(scoring(*scores.tolist()), np.where(positive, 0, 1))

        roc = curves(answers, decision_rules()).roc

        assert len(roc) == ROC_POINTS
        assert (roc[0], roc[-1]) == ((0.0, 0.0), (1.0, 1.0))
        assert sorted(roc) == list(roc)
        # Each point lies on the whole curve, and they are spread over it.
        fpr, tpr, _ = roc_curve(positive, 1 - answers.probabilities[:, 1], drop_intermediate=False)
        whole = set(zip(fpr.round(5).tolist(), tpr.round(5).tolist(), strict=True))
        assert set(roc) <= whole
        assert max(after[0] - before[0] for before, after in pairwise(roc)) < 0.2

    def test_a_short_roc_is_whole(self) -> None:
        found = curves(Predictions(HAND, HAND_TARGETS), decision_rules())

        assert found.roc == ((0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0))
        assert [one.n for one in found.reliability] == [1, 1, 1, 1]

    def test_one_kind_has_no_roc(self) -> None:
        assert curves(Predictions(HAND[:2], HAND_TARGETS[:2]), decision_rules()).roc == ()


class TestCoverage:
    SCORES = np.array([0.1, 0.35, 0.5, 0.9, 0.2, 0.4, 0.7, 0.05])

    def curve(self, *bands: tuple[float, float, float]) -> tuple[CoveragePoint, ...]:
        """With a finding are the first four; each band is a bound and its ends."""
        rule = ReferRule(
            chosen_on="validation",
            n=8,
            max_error=0.1,
            bands=tuple(Band(max_error=e, low=low, high=high) for e, low, high in bands),
        )
        return coverage_curve(self.SCORES, np.arange(8) < 4, decision_rules(refer=rule))

    def test_each_bound_by_hand(self) -> None:
        wide, narrow = self.curve((0.05, 0.3, 0.65), (0.1, 0.45, 0.55))

        # Answered: 0.1 and 0.9 with, 0.2, 0.7 and 0.05 without; 0.1 and 0.7 are wrong.
        assert (wide.max_error, wide.coverage, wide.error) == (0.05, 5 / 8, 2 / 5)
        assert (wide.missed, wide.false_alarms) == (1 / 4, 1 / 4)
        # Only 0.5 is left; 0.35 is missed too.
        assert narrow.coverage == 7 / 8
        assert narrow.error == pytest.approx(3 / 7)
        assert (narrow.missed, narrow.false_alarms) == (2 / 4, 1 / 4)

    def test_a_band_with_its_ends_crossed_leaves_nothing_out(self) -> None:
        (everything,) = self.curve((0.1, 0.6, 0.4))

        # At 0.45: 0.1 and 0.35 are missed, 0.7 is a false alarm.
        assert (everything.coverage, everything.error) == (1.0, 3 / 8)
        assert (everything.missed, everything.false_alarms) == (2 / 4, 1 / 4)

    def test_where_nothing_is_answered_there_is_no_error(self) -> None:
        (nothing,) = self.curve((0.01, 0.0, 1.0))

        assert (nothing.coverage, nothing.error) == (0.0, None)
        assert (nothing.missed, nothing.false_alarms) == (0.0, 0.0)

    def test_a_score_at_the_threshold_is_positive(self) -> None:
        band = Band(max_error=0.1, low=0.6, high=0.4)
        rule = ReferRule(chosen_on="validation", n=2, max_error=0.1, bands=(band,))

        (point,) = coverage_curve(
            np.array([0.45, 0.1]), np.array([True, False]), decision_rules(refer=rule)
        )

        assert (point.error, point.missed) == (0.0, 0.0)
