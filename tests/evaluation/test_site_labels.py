"""Labels of a site that cannot be right: what the gate makes of them."""

from dataclasses import replace

import numpy as np
import pytest

from api.evaluation.gate.promotion_gate import LabelDoubts, evaluate_gate
from api.evaluation.intervals import delong
from api.evaluation.label_errors import LabelIssues
from api.evaluation.sites.site_gate import SiteEvidence
from api.model_card.promotion_policy import GatePolicy, SiteVerdict
from api.records.retrainings.job_states import state_of
from tests.evaluation.site_images import (
    CLEAN,
    NO_DOUBTS,
    SITE,
    SOME_LOSS,
    UNKNOWN_HOSPITAL,
    images,
    judged,
    of_site,
)


class TestPoison:
    def test_contradicted_labels_of_the_site_are_never_promoted(self) -> None:
        wrong = LabelIssues(89, tuple(range(20)), 0.155)

        verdict = judged(UNKNOWN_HOSPITAL, findings=wrong)

        assert of_site(verdict).failed_checks == ("labels of the site",)
        assert state_of(verdict) == "kept"

    def test_contradicted_labels_of_other_images_neither(self) -> None:
        doubts = LabelDoubts(LabelIssues(200, (), 0.2), CLEAN, ())

        verdict = judged(UNKNOWN_HOSPITAL, doubts=doubts)

        assert of_site(verdict).failed_checks == ("labels",)
        assert state_of(verdict) == "kept"

    def test_a_gain_that_leaves_a_third_wrong_is_what_wrong_labels_look_like(self) -> None:
        # Of labels turned over at random, the best model there is gets so many right.
        verdict = judged(images(30, 30, before=(9, 27), now=(9, 9)))

        assert of_site(verdict).failed_checks == ("level at the site",)

    def test_doubts_are_counted_among_the_sites_own_images(self) -> None:
        issues = LabelIssues(200, tuple(range(12)), 0.03)

        own = issues.among(np.arange(40))

        assert (own.n, len(own.rows)) == (40, 12)
        assert own.low == pytest.approx(0.1831, abs=1e-3)
        assert issues.among(np.arange(0)).low == 0.0


class TestTheDirectionOfLabels:
    @pytest.mark.parametrize(
        ("area", "is_turned"),
        [((0.2, (0.12, 0.31)), True), ((0.43, (0.31, 0.56)), False), (None, False)],
    )
    def test_labels_that_are_all_turned_over_are_seen(
        self, area: tuple[float, tuple[float, float]] | None, is_turned: bool
    ) -> None:
        evidence = SiteEvidence(UNKNOWN_HOSPITAL, CLEAN, champion_auroc=area)

        verdict = evaluate_gate(
            SOME_LOSS, UNKNOWN_HOSPITAL, NO_DOUBTS, 24, GatePolicy(), sites={SITE: evidence}
        )

        assert of_site(verdict).promoted != is_turned
        assert ("direction of the site's labels" in of_site(verdict).failed_checks) == is_turned


# What a champion that knows nothing of a site, and one that does, make of its films' order.
BY_CHANCE, BETTER = (0.57, (0.47, 0.66)), (0.85, (0.77, 0.91))
CONTRADICTED = LabelIssues(200, tuple(range(80)), 0.34)
SURE = (0.86, (0.79, 0.92))


class TestLabelsThatCanBeLearned:
    """Networks that did not learn them cannot agree with labels that are turned over by chance."""

    def judged(
        self,
        learned: tuple[float, tuple[float, float]],
        *,
        champion: tuple[float, tuple[float, float]] = BETTER,
        findings: LabelIssues = CLEAN,
    ) -> SiteVerdict:
        evidence = SiteEvidence(
            UNKNOWN_HOSPITAL, findings, champion_auroc=champion, cross_fitted_auroc=learned
        )
        doubts = LabelDoubts(findings, CLEAN, ())
        policy = GatePolicy()
        return of_site(
            evaluate_gate(SOME_LOSS, UNKNOWN_HOSPITAL, doubts, 24, policy, sites={SITE: evidence})
        )

    def test_a_third_of_wrong_labels_must_be_ruled_out(self) -> None:
        # As it was measured: 30 % turned over, and the same labels as they are.
        poisoned = self.judged((0.74, (0.63, 0.83)))

        assert poisoned.failed_checks == ("labels of the site can be learned",)
        assert self.judged((0.91, (0.85, 0.96))).promoted

    def test_a_champion_that_knows_nothing_contradicts_nobody(self) -> None:
        assert self.judged(SURE, champion=BY_CHANCE, findings=CONTRADICTED).promoted

    def test_one_that_knows_the_site_does(self) -> None:
        found = self.judged(SURE, champion=BETTER, findings=CONTRADICTED)

        assert found.failed_checks == ("labels", "labels of the site")

    def test_nor_does_one_that_knows_nothing_excuse_labels_nobody_can_learn(self) -> None:
        found = self.judged((0.6, (0.5, 0.7)), champion=BY_CHANCE, findings=CONTRADICTED)

        assert found.failed_checks == (
            "labels", "labels of the site", "labels of the site can be learned",
        )  # fmt: skip

    def test_turned_over_labels_that_are_learned_well_are_kept_by_their_direction(self) -> None:
        turned = self.judged(SURE, champion=(0.2, (0.12, 0.31)), findings=CONTRADICTED)

        assert "direction of the site's labels" in turned.failed_checks

    @pytest.mark.parametrize("share", [0.2, 0.3, 0.4])
    def test_even_one_that_is_always_right_orders_wrong_labels_so_well_only(
        self, share: float
    ) -> None:
        rng = np.random.default_rng(0)
        truth = np.arange(40_000) % 2 == 0
        labels = truth ^ (rng.random(len(truth)) < share)
        area = delong(labels, truth + 0.001 * rng.random(len(truth)))

        assert area is not None
        assert area[0] == pytest.approx(1 - share, abs=0.01)


class TestImagesThatWereLearnedInFolds:
    def test_they_are_judged_beside_those_that_are_held_out(self) -> None:
        held_out = images(4, 4, before=(1, 3))
        learned = images(12, 12, before=(1, 9))
        evidence = SiteEvidence(held_out.joined(learned), CLEAN, held_out=8)

        verdict = evaluate_gate(
            SOME_LOSS, held_out, NO_DOUBTS, 8, GatePolicy(), sites={SITE: evidence}
        )

        site = of_site(verdict)
        assert site.promoted
        assert site.checks[0].detail.startswith(
            "16 of the site's films with a finding and 16 without are judged: 8 that were held out"
        )

    def test_rules_made_without_an_image_decide_about_it_whatever_the_threshold(self) -> None:
        first = images(1, 1)
        learned = replace(
            first,
            challenger=replace(
                first.challenger, referred=np.array([False, True]), decided=np.array([False, False])
            ),
        )

        both = first.joined(learned)

        assert both.is_answered_right(both.challenger).tolist() == [True, True, False, False]
        assert both.is_answered_wrong(both.challenger).tolist() == [False, False, True, False]
        assert both.challenger.referred is not None
        assert both.champion.referred is None
        ill = both.at(both.positive)
        assert ill.is_answered_wrong(ill.challenger).tolist() == [False, True]
