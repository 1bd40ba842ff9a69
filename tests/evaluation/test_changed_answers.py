"""Held-out inputs that champion and challenger answer differently."""

import numpy as np

from api.evaluation.gate.changed_answers import changed_images, changed_rows
from api.evaluation.gate.class_gate import PairedRows
from api.evaluation.gate.paired_evaluation import CheckpointPredictions, PairedEvaluation
from api.model_card.changed_answers import MAX_LISTED, Change, ChangedAnswers

CLASSES = ("A", "B", "Normal")
NEGATIVE = 2


def paired(
    targets: list[int], before: list[list[float]], after: list[list[float]]
) -> PairedEvaluation:
    return PairedEvaluation(
        targets=np.array(targets),
        sources=["ward"] * len(targets),
        champion=CheckpointPredictions(np.array(before), 0.5),
        challenger=CheckpointPredictions(np.array(after), 0.5),
        classes=CLASSES,
        negative_index=NEGATIVE,
    )


def found(evaluation: PairedEvaluation, *, remembered: int = 0) -> ChangedAnswers:
    n = len(evaluation)
    labels = [CLASSES[target] if target >= 0 else "Some finding" for target in evaluation.targets]
    return changed_images(
        evaluation, [f"film {row}" for row in range(n)], labels, remembered=remembered
    )


class TestImages:
    def test_what_was_right_and_is_wrong_comes_first_the_worst_before_all(self) -> None:
        a, b, none = [0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.1, 0.1, 0.8]
        result = found(
            paired(
                # Better; class wrong now; decision wrong now; decision right now; unchanged.
                [0, 0, 0, 1, 2],
                [none, a, a, none, none],
                [a, b, none, a, none],
            ),
            remembered=2,
        )

        assert [image.sha256 for image in result.listed] == ["film 2", "film 1", "film 3", "film 0"]
        assert [image.change for image in result.listed] == ["worse", "worse", "better", "better"]
        assert result.counts == {Change.WORSE: 2, Change.NEITHER: 0, Change.BETTER: 2}
        assert result.compared == 5
        worst = result.listed[0]
        assert (worst.before, worst.finding_before) == ("A", True)
        assert (worst.after, worst.finding_after) == ("Normal", False)
        assert worst.probabilities_after == (0.1, 0.1, 0.8)
        assert [image.remembered for image in result.listed] == [False, True, False, True]

    def test_a_coarse_label_has_no_wrong_kind(self) -> None:
        result = found(paired([-1], [[0.8, 0.1, 0.1]], [[0.1, 0.8, 0.1]]))

        assert [image.change for image in result.listed] == ["neither"]
        assert result.listed[0].truth == "Some finding"

    def test_all_are_counted_and_the_first_are_listed(self) -> None:
        n = MAX_LISTED + 3
        result = found(paired([0] * n, [[0.8, 0.1, 0.1]] * n, [[0.1, 0.1, 0.8]] * n))

        assert len(result.listed) == MAX_LISTED
        assert result.counts[Change.WORSE] == n


class TestRows:
    def test_where_classes_count_alike_nothing_is_decided(self) -> None:
        rows = PairedRows(
            np.array([0, 1]),
            np.array([[0.9, 0.1], [0.2, 0.8]]),
            np.array([[0.4, 0.6], [0.2, 0.8]]),
            ("x", "y"),
        )

        result = changed_rows(rows, ["r0", "r1"], ["", ""], remembered=0)

        (row,) = result.listed
        assert (row.sha256, row.change, row.finding_after) == ("r0", "worse", None)
        assert ChangedAnswers.from_json(result.to_json()) == result
