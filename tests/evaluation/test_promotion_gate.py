"""Who may replace the champion: tables small enough to check by hand."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from api.evaluation.gate.paired_evaluation import CheckpointPredictions, PairedEvaluation
from api.evaluation.gate.promotion_gate import LabelDoubts, evaluate_gate
from api.evaluation.gate.trade import counts_of
from api.evaluation.label_errors import LabelIssues
from api.model_card.promotion_policy import Check, GatePolicy, Verdict
from api.model_card.verdicts.label_issue import LabelIssue
from api.model_card.verdicts.trade_counts import FallenClass, RightAnswers, TradeCounts

CLASSES = ("COVID-19", "Normal", "Viral")
NORMAL = 1
CLEAN = LabelIssues(40, (), 0.0)
NO_DOUBTS = LabelDoubts(CLEAN, CLEAN, ())


def marks(targets: Sequence[int], wrong: Sequence[int] = ()) -> CheckpointPredictions:
    """Sure answers, wrong in some rows: the next class."""
    predicted = np.array(targets, dtype=np.int64)
    predicted[list(wrong)] = (predicted[list(wrong)] + 1) % len(CLASSES)
    return CheckpointPredictions(0.04 + 0.88 * np.eye(len(CLASSES))[predicted], threshold=0.5)


def paired(
    n: int = 120,
    *,
    before: Sequence[int] = (),
    now: Sequence[int] = (),
    sources: Sequence[str] | None = None,
) -> PairedEvaluation:
    """Films of all classes in turn; champion and challenger are wrong about the rows given."""
    targets = [row % len(CLASSES) for row in range(n)]
    return PairedEvaluation(
        targets=np.array(targets, dtype=np.int64),
        sources=sources or ["here"] * n,
        champion=marks(targets, before),
        challenger=marks(targets, now),
        classes=CLASSES,
        negative_index=NORMAL,
    )


def judged(
    remembered: PairedEvaluation,
    local: PairedEvaluation,
    label_issues: LabelDoubts = NO_DOUBTS,
    *,
    covered: int = 10,
) -> Verdict:
    return evaluate_gate(remembered, local, label_issues, covered, GatePolicy())


def doubt(sha256: str) -> LabelIssue:
    return LabelIssue(sha256, "Normal", "COVID-19", 0.93)


def check(verdict: Verdict, name: str) -> Check:
    return next(check for check in verdict.checks if check.name == name)


def failed(verdict: Verdict) -> set[str]:
    return {check.name for check in verdict.checks if not check.passed}


class TestPromotion:
    def test_better_on_the_new_images_and_no_worse_on_the_old_is_promoted(self) -> None:
        verdict = judged(paired(), paired(40, before=range(10)))

        assert verdict.promoted
        assert "Better than before: decisions on new films, labels on new films." in verdict.reason

    def test_as_good_as_before_is_promoted_for_the_images_it_covers(self) -> None:
        verdict = judged(paired(), paired(40))

        assert verdict.promoted
        assert "10 new held-out films are covered now" in verdict.reason

    def test_the_same_images_once_more_are_no_reason_to_change_anything(self) -> None:
        verdict = judged(paired(), paired(40), covered=0)

        assert failed(verdict) == {"something gained"}


class TestDecisions:
    def test_a_score_at_the_threshold_is_positive(self) -> None:
        ill = CheckpointPredictions(np.array([[0.75, 0.25, 0.0]]), threshold=0.75)
        image = replace(paired(1), challenger=ill)

        assert image.decision_is_right(ill).tolist() == [True]


class TestForgetting:
    def test_a_class_that_was_lost_keeps_it_a_challenger(self) -> None:
        viral = range(2, 120, 3)

        verdict = judged(paired(now=list(viral)[:20]), paired(40, before=range(10)))

        assert not verdict.promoted
        assert {
            "balanced accuracy, remembered films",
            "each source and class",
        } <= failed(verdict)
        assert "labels of here: 1.000 to 0.833 (McNemar p = 9.5e-07)" in verdict.reason
        assert check(verdict, "sensitivity, remembered films").passed

    def test_a_source_that_pays_for_the_others_is_named(self) -> None:
        sources = ["big"] * 570 + ["small"] * 30
        # Normal films that are called something else.
        lost = [row for row in range(570, 600) if row % 3 == NORMAL][:4]

        verdict = judged(paired(600, now=lost, sources=sources), paired(40, before=range(10)))

        assert "each source and class" in failed(verdict)
        assert "decisions on Normal of small: 1.000 to 0.600" in verdict.reason

    @pytest.mark.parametrize(("size", "is_judged"), [(27, False), (30, True)])
    def test_a_group_of_fewer_than_ten_images_says_nothing(
        self, size: int, is_judged: bool
    ) -> None:
        # A third of the small source is of each class; all of its normal films are lost.
        sources = ["big"] * 570 + ["small"] * size
        lost = [row for row in range(570, 570 + size) if row % 3 == NORMAL]

        verdict = judged(paired(570 + size, now=lost, sources=sources), paired(40))

        words = "decisions on Normal of small: 1.000 to 0.000"
        assert (words in check(verdict, "each source and class").detail) == is_judged

    def test_a_fall_of_just_the_margin_is_none_too_many(self) -> None:
        sources = ["big"] * 570 + ["small"] * 30
        normal = [row for row in range(570, 600) if row % 3 == NORMAL]

        one, two = (
            judged(paired(600, now=normal[:lost], sources=sources), paired(40)) for lost in (1, 2)
        )

        assert check(one, "each source and class").passed
        assert "the largest fall is decisions on Normal of small: 1.000 to 0.900" in one.reason
        assert not check(two, "each source and class").passed

    def test_normal_images_called_ill_are_no_loss_of_sensitivity(self) -> None:
        verdict = judged(paired(now=range(1, 46, 3)), paired(40))

        assert "specificity, remembered films" in failed(verdict)
        assert check(verdict, "sensitivity, remembered films").passed

    def test_too_few_images_to_show_that_nothing_was_lost_are_no_proof(self) -> None:
        small = paired(24, before=[0, 3], now=[6, 9])

        verdict = judged(small, paired(40))

        found = check(verdict, "balanced accuracy, remembered films")
        assert found.champion == found.challenger
        assert not found.passed
        assert "it may be lower by 0.050 or more" in found.detail

    def test_scores_in_a_worse_order_fail_even_where_decisions_stay(self) -> None:
        before = paired(600)
        weak = before.challenger.probabilities.copy()
        weak[::3, NORMAL] = 0.49
        weak[1::3, NORMAL] = 0.505
        weak[1:90:3, NORMAL] = 0.505
        weak[2::3, NORMAL] = np.linspace(0.3, 0.51, 200)
        challenger = CheckpointPredictions(weak, threshold=0.49)

        verdict = judged(replace(before, challenger=challenger), paired(40))

        assert not check(verdict, "AUROC, remembered films").passed

    def test_a_champion_that_remembers_nothing_cannot_be_replaced(self) -> None:
        verdict = judged(paired(0), paired(40, before=range(10)))

        assert failed(verdict) == {"remembered films"}


class TestNewImages:
    def test_too_few_of_them_are_no_ground_and_the_sentence_says_how_many_more(self) -> None:
        verdict = judged(paired(), paired(6, before=[0]))

        assert failed(verdict) == {"enough held-out films"}
        assert "upload about 8 more" in verdict.reason

    def test_just_enough_of_them_are_enough(self) -> None:
        least = GatePolicy().min_local_films

        assert check(judged(paired(), paired(least)), "enough held-out films").passed
        assert not check(judged(paired(), paired(least - 1)), "enough held-out films").passed

    def test_a_tenth_of_them_may_be_lost_and_no_more(self) -> None:
        # One of ten and two of ten decided wrong; neither is beyond luck.
        assert check(judged(paired(), paired(10, now=[1])), "decisions, new films").passed
        assert not check(judged(paired(), paired(10, now=[1, 4])), "decisions, new films").passed

    def test_worse_on_them_is_kept(self) -> None:
        verdict = judged(paired(), paired(40, now=range(0, 40, 3)))

        assert "balanced accuracy, new films" in failed(verdict)

    def test_half_of_a_few_is_lost_however_few(self) -> None:
        verdict = judged(paired(), paired(9, now=[1, 4, 7]))

        assert "decisions, new films" in failed(verdict)

    def test_one_image_of_many_is_luck(self) -> None:
        assert judged(paired(), paired(150, now=[0])).promoted


class TestTheTradeInCounts:
    def test_right_films_are_counted_and_the_class_that_lost_most_is_named(self) -> None:
        # Viral for COVID-19 is still a finding that was found.
        counted = judged(
            paired(now=range(0, 60, 3)), paired(40, before=range(10), now=range(4))
        ).counted

        assert counted is not None
        assert counted.here == (RightAnswers("", 40, before=33, now=37),)
        assert counted.remembered == RightAnswers("", 120, before=120, now=100)
        assert counted.fell_most == FallenClass("COVID-19", 1.0, 0.5)

    def test_what_is_referred_is_no_right_answer(self) -> None:
        local = paired(40)
        cautious = replace(local.challenger, referred=np.arange(40) < 5)
        sure = replace(local.champion, referred=np.zeros(40, dtype=bool))

        counted = counts_of(
            {"St. Anna": replace(local, champion=sure, challenger=cautious)}, paired(0)
        )

        assert counted == TradeCounts((RightAnswers("St. Anna", 40, 40, 35),), None, None)

    def test_where_nothing_fell_no_class_is_named(self) -> None:
        counted = judged(paired(), paired(40)).counted

        assert counted is not None
        assert counted.fell_most is None

    def test_it_comes_back_from_the_records_and_older_verdicts_have_none(self) -> None:
        verdict = judged(paired(), paired(40), LabelDoubts(CLEAN, CLEAN, (doubt("ab"),)))
        stored = verdict.to_json()

        assert Verdict.from_json(stored) == verdict
        former = {name: value for name, value in stored.items() if name != "counted"}
        assert Verdict.from_json(former).counted is None


class TestLabels:
    @pytest.mark.parametrize(
        ("findings", "classes"),
        [(LabelIssues(100, (), 0.11), CLEAN), (CLEAN, LabelIssues(100, (), 0.21))],
        ids=["ill or well", "classes"],
    )
    def test_contradicted_labels_are_never_promoted(
        self, findings: LabelIssues, classes: LabelIssues
    ) -> None:
        verdict = judged(
            paired(), paired(40, before=range(10)), LabelDoubts(findings, classes, (doubt("ab"),))
        )

        assert failed(verdict) == {"labels"}
        assert check(verdict, "labels").films == ("ab",)
        assert check(verdict, "labels").label_issues == (doubt("ab"),)
        assert "correct them on the page Films" in verdict.reason

    def test_doubt_of_just_the_limit_is_allowed(self) -> None:
        policy = GatePolicy()
        label_issues = LabelDoubts(
            LabelIssues(100, (), policy.max_doubtful_findings),
            LabelIssues(100, (), policy.max_doubtful_classes),
            tuple(doubt(f"{number:02}") for number in range(30)),
        )

        found = check(judged(paired(), paired(40), label_issues), "labels")

        assert found.passed
        # The most doubtful first, and no more than a person looks through.
        assert found.films == tuple(f"{number:02}" for number in range(20))

    def test_kinds_that_everybody_confuses_are_allowed_some_doubt(self) -> None:
        label_issues = LabelDoubts(CLEAN, LabelIssues(100, tuple(range(14)), 0.09), ())

        verdict = judged(paired(), paired(40), label_issues)

        assert verdict.promoted
        assert "14 of 100 as to class (14%, allowed 20%)" in verdict.reason


class TestFindingsOfUnknownKind:
    """Coarse labels: they count in what is decided, not in which class is named."""

    def test_better_decisions_on_them_are_a_gain(self) -> None:
        verdict = judged(paired(), coarse(paired(before=range(0, 60, 3))))

        assert verdict.promoted
        assert check(verdict, "balanced accuracy, new films").champion == pytest.approx(0.875)

    def test_lost_decisions_on_them_are_found_by_name(self) -> None:
        remembered = coarse(paired(now=range(0, 60, 3)))

        verdict = judged(remembered, paired(before=[0, 3]))

        words = check(verdict, "each source and class").detail
        assert "decisions on findings of unknown kind of here" in words
        assert not verdict.promoted

    def test_they_are_no_test_of_naming_the_class(self) -> None:
        remembered = coarse(paired(now=[]))

        verdict = judged(remembered, paired(before=[0, 3]))

        assert check(verdict, "balanced accuracy, remembered films").champion == 1.0

    def test_images_with_nothing_else_can_be_judged(self) -> None:
        remembered = coarse(paired())
        only = replace(
            remembered,
            targets=np.where(remembered.targets == NORMAL, NORMAL, -1),
        )

        verdict = judged(only, coarse(paired(before=[0, 3, 6])))

        assert verdict.promoted


def coarse(known: PairedEvaluation) -> PairedEvaluation:
    """The same answers; of the first class it is only known that there is a finding.

    A wrong answer to such a film is the negative class.
    """
    return replace(known, targets=np.where(known.targets == 0, -1, known.targets))
