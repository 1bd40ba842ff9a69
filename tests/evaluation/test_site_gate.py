"""For whom a challenger may answer: everybody, one site, nobody."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from api.arrays import BoolArray
from api.evaluation.gate.paired_evaluation import CheckpointPredictions, PairedEvaluation
from api.evaluation.gate.promotion_gate import LabelDoubts, evaluate_gate, for_one_site
from api.evaluation.intervals import delong
from api.evaluation.label_errors import LabelIssues
from api.evaluation.sites.site_gate import SiteEvidence
from api.model_card.promotion_policy import Check, GatePolicy, SiteVerdict, Verdict
from api.records.retrainings.job_states import state_of

CLASSES = ("COVID-19", "Normal")
NORMAL = 1
SITE = "St. Anna, Röntgen"
CLEAN = LabelIssues(89, (), 0.0)
NO_DOUBTS = LabelDoubts(CLEAN, CLEAN, ())


def marks(predicted: Sequence[int]) -> CheckpointPredictions:
    """Sure answers."""
    return CheckpointPredictions(
        0.05 + 0.9 * np.eye(2)[np.array(predicted, dtype=np.int64)], threshold=0.5
    )


def images(
    ill: int,
    well: int,
    *,
    before: tuple[int, int] = (0, 0),
    now: tuple[int, int] = (0, 0),
    source: str = SITE,
) -> PairedEvaluation:
    """Films with a finding, then films without; of each so many are wrong before, and now."""
    targets = [0] * ill + [NORMAL] * well

    def predicted(wrong: tuple[int, int]) -> list[int]:
        return (
            [NORMAL] * wrong[0]
            + [0] * (ill - wrong[0])
            + [0] * wrong[1]
            + [NORMAL] * (well - wrong[1])
        )

    return PairedEvaluation(
        targets=np.array(targets, dtype=np.int64),
        sources=[source] * (ill + well),
        champion=marks(predicted(before)),
        challenger=marks(predicted(now)),
        classes=CLASSES,
        negative_index=NORMAL,
    )


# As it was measured: a hospital unknown to the model, 12 ill and 12 healthy films held out; of the
# remembered ones sensitivity falls from 0.962 to 0.927, more in one collection.
UNKNOWN_HOSPITAL = images(12, 12, before=(1, 11), now=(0, 0))
SOME_LOSS = images(300, 300, before=(11, 12), now=(22, 12), source="radiography")
NO_LOSS = images(300, 300, before=(11, 12), now=(11, 12), source="radiography")


def judged(
    local: PairedEvaluation,
    remembered: PairedEvaluation = SOME_LOSS,
    *,
    findings: LabelIssues = CLEAN,
    doubts: LabelDoubts = NO_DOUBTS,
    answered_by: str = "champion",
) -> Verdict:
    return evaluate_gate(
        remembered,
        local,
        doubts,
        len(local),
        GatePolicy(),
        sites={SITE: SiteEvidence(local, findings, answered_by)},
    )


def of_site(verdict: Verdict) -> SiteVerdict:
    (found,) = verdict.sites
    return found


def check(verdict: Verdict, name: str) -> Check:
    return next(check for check in of_site(verdict).checks if check.name == name)


class TestThreeOutcomes:
    def test_a_version_that_loses_nothing_is_promoted_for_everybody(self) -> None:
        verdict = judged(UNKNOWN_HOSPITAL, NO_LOSS)

        assert verdict.promoted
        assert state_of(verdict) == "promoted"
        assert verdict.promoted_sites == (SITE,)

    def test_one_that_cures_a_site_and_loses_some_elsewhere_answers_the_site(self) -> None:
        verdict = judged(UNKNOWN_HOSPITAL)

        assert not verdict.promoted
        assert verdict.promoted_sites == (SITE,)
        assert state_of(verdict) == "promoted_for_site"
        assert f"It answers '{SITE}' from now on." in verdict.reason
        assert "Not for everybody: On the 600 remembered held-out films" in verdict.reason

    def test_both_sides_are_said_in_one_sentence(self) -> None:
        trade = judged(UNKNOWN_HOSPITAL).trade

        assert trade.startswith(
            f"On 24 new films of '{SITE}' not learned from decisions went from 0.500 to 1.000 "
            "(+0.500, 90 % interval +0.4"
        )
        assert "sensitivity 0.917 to 1.000, specificity 0.083 to 1.000)" in trade
        assert "on 600 remembered ones decisions went from 0.962 to 0.943" in trade
        assert trade.endswith("labels of radiography 0.962 to 0.943.")
        assert "most on decisions on COVID-19 of radiography 0.963 to 0.927" in trade

    def test_a_gain_that_may_be_luck_is_kept(self) -> None:
        verdict = judged(images(12, 12, before=(2, 4), now=(1, 3)))

        assert state_of(verdict) == "kept"
        assert "gain at the site" in of_site(verdict).failed_checks
        assert "that may be luck" in check(verdict, "gain at the site").detail

    def test_without_sites_there_are_two_outcomes(self) -> None:
        verdict = evaluate_gate(SOME_LOSS, UNKNOWN_HOSPITAL, NO_DOUBTS, 24, GatePolicy())

        assert (verdict.sites, state_of(verdict)) == ((), "kept")
        assert verdict.trade.startswith("On 24 new films not learned from decisions went from")

    def test_only_the_site_that_gains_gets_it(self) -> None:
        other = images(12, 12, before=(1, 1), now=(1, 1), source="other")
        sites = {SITE: SiteEvidence(UNKNOWN_HOSPITAL, CLEAN), "other": SiteEvidence(other, CLEAN)}

        verdict = evaluate_gate(SOME_LOSS, other, NO_DOUBTS, 24, GatePolicy(), sites=sites)

        assert verdict.promoted_sites == (SITE,)

    def test_where_one_site_is_everybody_it_is_promoted_for_everybody(self) -> None:
        judged_as_any = judged(UNKNOWN_HOSPITAL)

        verdict = for_one_site(judged_as_any)

        assert state_of(verdict) == "promoted"
        assert "This installation serves one site" in verdict.reason
        assert "Overridden: On the 600 remembered held-out films sensitivity" in verdict.reason
        assert "It answers" not in verdict.reason
        assert "sensitivity, remembered films" in verdict.failed_checks
        assert (verdict.sites, verdict.trade) == (judged_as_any.sites, judged_as_any.trade)

    @pytest.mark.parametrize("local", [images(12, 12), images(12, 12, before=(2, 4), now=(1, 3))])
    def test_one_site_that_gains_nothing_changes_nothing(self, local: PairedEvaluation) -> None:
        verdict = judged(local)

        assert for_one_site(verdict) == verdict
        assert state_of(verdict) == "kept"

    def test_what_is_for_everybody_anyway_is_so_for_its_own_reason(self) -> None:
        verdict = judged(UNKNOWN_HOSPITAL, NO_LOSS)

        assert for_one_site(verdict) == verdict


class TestWhatASiteNeeds:
    @pytest.mark.parametrize("images_held_out", [(7, 30), (30, 7)])
    def test_enough_images_of_both_kinds(self, images_held_out: tuple[int, int]) -> None:
        ill, well = images_held_out

        verdict = judged(images(ill, well, before=(0, well), now=(0, 0)))

        assert of_site(verdict).failed_checks == ("enough held-out films of the site",)
        assert "upload about" in verdict.reason

    def test_what_is_gained_on_healthy_images_is_not_paid_by_ill_ones(self) -> None:
        verdict = judged(images(20, 20, before=(0, 19), now=(4, 0)))

        assert of_site(verdict).failed_checks == (
            "wrong answers at the site, films with a finding",
        )

    def test_a_collapse_elsewhere_is_too_high_a_price(self) -> None:
        collapsed = images(300, 300, before=(11, 12), now=(60, 12), source="radiography")

        verdict = judged(UNKNOWN_HOSPITAL, collapsed)

        assert "sensitivity elsewhere" in of_site(verdict).failed_checks
        assert state_of(verdict) == "kept"
        assert f"So it is not promoted for '{SITE}' alone either." in verdict.reason

    def test_a_group_that_collapses_is_too_high_a_price(self) -> None:
        small = images(20, 20, before=(0, 0), now=(5, 0), source="small")

        verdict = judged(UNKNOWN_HOSPITAL, NO_LOSS.joined(small))

        assert of_site(verdict).failed_checks == ("each source and class elsewhere",)

    def test_a_source_of_one_kind_may_be_cut_elsewhere_but_not_lose_its_order(self) -> None:
        """Six of its 20 findings fall below the threshold, or below all healthy films."""
        cut, lost = images(20, 0, source="small"), images(20, 0, now=(6, 0), source="small")
        score = np.full((20, 2), 0.95)
        score[:6, 0], score[:, NORMAL] = 0.4, 1 - score[:, 0]
        score[:6, NORMAL] = 0.6
        cut = replace(cut, challenger=CheckpointPredictions(score, threshold=0.5))

        passed, failed = (
            of_site(judged(UNKNOWN_HOSPITAL, NO_LOSS.joined(small))) for small in (cut, lost)
        )

        assert passed.promoted
        assert failed.failed_checks == ("sources with one kind of films elsewhere",)
        assert "The films of small, of one kind only" in failed.checks[-1].detail

    def test_a_champion_that_remembers_nothing_gives_no_ground(self) -> None:
        assert "remembered films" in of_site(judged(UNKNOWN_HOSPITAL, images(0, 0))).failed_checks

    def test_it_is_compared_with_what_answers_the_site_now(self) -> None:
        assert of_site(judged(UNKNOWN_HOSPITAL, answered_by="v4")).answered_by == "v4"


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


class TestAnswersAsServed:
    """A film that is referred is no right answer and no wrong one."""

    def served(
        self, *, before: Sequence[int], now: Sequence[int], wrong_now: tuple[int, int] = (0, 0)
    ) -> PairedEvaluation:
        """15 films of each kind, of which so many (ill, well) are answered before, and now."""
        paired = images(15, 15, now=wrong_now)
        return replace(
            paired,
            champion=replace(paired.champion, referred=all_but(before)),
            challenger=replace(paired.challenger, referred=all_but(now)),
        )

    def test_a_site_that_was_left_to_people_gains_answers(self) -> None:
        verdict = judged(self.served(before=(3, 2), now=(12, 11)))

        assert verdict.promoted_sites == (SITE,)
        assert "right answers went from 0.167 to 0.767" in verdict.trade
        assert "what is referred from 0.833 to 0.233" in verdict.trade

    def test_answers_that_are_wrong_are_no_gain(self) -> None:
        verdict = judged(self.served(before=(3, 2), now=(15, 15), wrong_now=(3, 0)))

        assert of_site(verdict).failed_checks == (
            "wrong answers at the site, films with a finding",
        )

    def test_silence_is_no_gain_although_nothing_is_wrong(self) -> None:
        verdict = judged(self.served(before=(12, 11), now=(3, 2)))

        assert "gain at the site" in of_site(verdict).failed_checks

    def test_a_version_that_answers_one_kind_only_is_not_good_enough(self) -> None:
        verdict = judged(self.served(before=(0, 0), now=(15, 0)))

        assert of_site(verdict).failed_checks == ("level at the site",)


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


class TestStored:
    def test_a_verdict_survives_the_records(self) -> None:
        verdict = judged(UNKNOWN_HOSPITAL)

        assert Verdict.from_json(verdict.to_json()) == verdict

    def test_one_of_a_former_release_has_no_sites(self) -> None:
        old = {"promoted": False, "reason": "It is worse.", "checks": []}

        assert Verdict.from_json(old) == Verdict(False, "It is worse.", ())

    def test_what_a_person_overrides_is_what_that_site_did_not_meet(self) -> None:
        verdict = judged(images(20, 20, before=(0, 19), now=(4, 0)))

        assert verdict.failed_for(SITE) == ("wrong answers at the site, films with a finding",)
        assert "sensitivity, remembered films" in verdict.failed_for(None)

    def test_one_that_could_not_be_promoted_is_for_nobody(self) -> None:
        verdict = judged(UNKNOWN_HOSPITAL).refused(Check("same champion", False, "Moved."))

        assert state_of(verdict) == "kept"
        assert verdict.reason.endswith("Moved.")


def all_but(answered: Sequence[int]) -> BoolArray:
    """(30,) True where films are referred: all but the last so many ill, and the last well ones."""
    ill, well = answered
    return np.array([True] * (15 - ill) + [False] * ill + [True] * (15 - well) + [False] * well)
