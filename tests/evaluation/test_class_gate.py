"""Champion against challenger where no class is negative."""

import numpy as np

from api.arrays import FloatArray
from api.evaluation.gate.class_gate import PairedRows, evaluate_class_gate
from api.evaluation.label_errors import LabelIssues
from api.model_card.promotion_policy import GatePolicy, Verdict
from api.model_card.verdicts.label_issue import LabelIssue
from api.model_card.verdicts.trade_counts import RightAnswers

CLASSES = ("a", "b", "c")
TARGETS = np.repeat(np.arange(3), 20)
ISSUE = LabelIssue("f" * 64, CLASSES[0], CLASSES[1], 0.8)
SOUND = LabelIssues(40, (), 0.0)


def answers(right: np.ndarray) -> FloatArray:
    """Probabilities whose largest names the true class where `right` says so."""
    predicted = np.where(right, TARGETS[: len(right)], (TARGETS[: len(right)] + 1) % 3)
    return np.eye(3)[predicted] * 0.9 + 0.03


def rows(first: int, second: int, n: int = 60) -> PairedRows:
    """Rows of which the champion gets all but `first` right, the challenger all but `second`."""
    order = np.random.default_rng(0).permutation(n)
    right = [np.isin(np.arange(n), order[wrong:]) for wrong in (first, second)]
    return PairedRows(TARGETS[:n], answers(right[0]), answers(right[1]), CLASSES)


def verdict(
    remembered: PairedRows, local: PairedRows, *, issues: LabelIssues = SOUND, covered: int = 5
) -> Verdict:
    return evaluate_class_gate(remembered, local, issues, [ISSUE], covered, GatePolicy())


class TestClassGate:
    def test_an_equal_challenger_that_covers_new_rows_is_promoted(self) -> None:
        found = verdict(rows(2, 2), rows(3, 3))

        assert found.promoted
        assert "5 new held-out rows are covered now" in found.reason

    def test_a_better_one_is_promoted(self) -> None:
        found = verdict(rows(5, 2), rows(10, 1), covered=0)

        assert found.promoted
        assert "Better than before on remembered rows and on new rows" in found.reason

    def test_one_that_forgot_is_kept(self) -> None:
        found = verdict(rows(1, 20), rows(10, 1))

        assert not found.promoted
        assert "balanced accuracy, remembered rows" in found.failed_checks

    def test_no_class_pays_for_the_others(self) -> None:
        champion, challenger = np.ones(60, dtype=bool), np.arange(60) >= 3
        local = rows(20, 0)
        remembered = PairedRows(TARGETS, answers(champion), answers(challenger), CLASSES)

        assert verdict(remembered, local).failed_checks == (
            "balanced accuracy, remembered rows", "each class",
        )  # fmt: skip

    def test_nothing_is_replaced_for_nothing(self) -> None:
        assert verdict(rows(2, 2), rows(3, 3), covered=0).failed_checks == ("something gained",)

    def test_too_few_new_rows_judge_nothing(self) -> None:
        assert "enough held-out rows" in verdict(rows(2, 2), rows(0, 0, n=3)).failed_checks

    def test_contradicted_classes_keep_it_back_and_are_named(self) -> None:
        found = verdict(rows(2, 2), rows(3, 1), issues=LabelIssues(40, tuple(range(20)), 0.36))

        assert found.failed_checks == ("labels",)
        assert next(c for c in found.checks if c.name == "labels").label_issues == (ISSUE,)

    def test_what_is_gained_and_lost_is_counted(self) -> None:
        counted = verdict(rows(0, 30), rows(3, 1)).counted

        assert counted is not None
        assert counted.here == (RightAnswers("", 60, 57, 59),)
        assert counted.remembered == RightAnswers("", 60, 60, 30)
        assert counted.fell_most is not None
        assert counted.fell_most.now < counted.fell_most.before == 1.0

    def test_without_remembered_rows_nothing_is_promoted(self) -> None:
        assert "remembered rows" in verdict(rows(0, 0, n=0), rows(3, 1)).failed_checks
