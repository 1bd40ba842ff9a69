"""Figures over films that were each left out once."""

import numpy as np
import pytest

from api.training.pipelines.cross_validation import FoldAnswers, summary


def part(
    scores: list[float], positive: list[bool], threshold: float = 0.5, **more: float
) -> FoldAnswers:
    return FoldAnswers(np.array(scores), np.array(positive), {"balanced": threshold, **more})


class TestSummary:
    def test_all_parts_are_measured_together(self) -> None:
        found = summary(
            [
                part([0.9, 0.2, 0.6], [True, False, False]),
                part([0.4, 0.1], [True, False], threshold=0.3),
            ]
        )

        assert found is not None
        assert (found.folds, found.n) == (2, 5)
        # Of six pairs, one is the wrong way round: 0.4 with a finding, 0.6 without.
        assert found.auroc == pytest.approx(5 / 6)
        # Each part at its own threshold.
        assert found.at["balanced"].sensitivity == 1
        assert found.at["balanced"].specificity == pytest.approx(2 / 3)

    def test_few_images_are_not_better_than_chance_however_good(self) -> None:
        found = summary([part([0.9, 0.1], [True, False]), part([0.8, 0.85], [True, False])])

        assert found is not None
        assert found.auroc == 0.75
        assert not found.is_better_than_chance

    def test_many_are(self) -> None:
        scores = [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9] * 5

        found = summary([part(scores, [score > 0.5 for score in scores])])

        assert found is not None
        assert found.is_better_than_chance

    def test_of_one_kind_only_there_is_nothing_to_say(self) -> None:
        assert summary([part([0.1, 0.2], [False, False])]) is None

    def test_a_point_that_a_part_could_not_choose_is_left_out(self) -> None:
        found = summary(
            [part([0.9, 0.1], [True, False], screening=0.2), part([0.9, 0.1], [True, False])]
        )

        assert found is not None
        assert set(found.at) == {"balanced"}
