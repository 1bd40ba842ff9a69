"""For whom a challenger may answer: everybody, one site, nobody."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from api.arrays import BoolArray
from api.evaluation.gate.paired_evaluation import CheckpointPredictions, PairedEvaluation
from api.evaluation.gate.promotion_gate import evaluate_gate, for_one_site
from api.evaluation.sites.site_gate import SiteEvidence
from api.model_card.promotion_policy import Check, GatePolicy, Verdict
from api.records.retrainings.job_states import state_of
from tests.evaluation.site_images import (
    CLEAN,
    NO_DOUBTS,
    NO_LOSS,
    NORMAL,
    SITE,
    SOME_LOSS,
    UNKNOWN_HOSPITAL,
    check,
    images,
    judged,
    of_site,
)


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
