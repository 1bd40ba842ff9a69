"""From which confidence on decisions count as right, chosen on validation films."""

import numpy as np
import pytest

from api.evaluation.metrics import DecisionRules
from api.tasks.task import Task
from api.training.assessment.decision_rules import SplitPredictions, confidence_rule
from tests.support.cards import REFER, card


def rules(task: Task, *, refers: bool) -> DecisionRules:
    return DecisionRules(
        classes=task.labels,
        negative_index=task.negative_index,
        operating_points=card().operating_points,
        refer_rule=REFER if refers else None,
    )


def predictions(n: int, task: Task) -> SplitPredictions:
    """Scores that are spread evenly, each right with its own probability; kinds are coarse."""
    rng = np.random.default_rng(0)
    scores = rng.uniform(0.02, 0.98, size=n)
    logits = np.full((n, len(task.labels)), -20.0)
    logits[:, 0] = np.log(scores)
    logits[:, task.negative_index] = np.log(1 - scores)
    ill = rng.random(n) < scores
    return SplitPredictions(logits, np.where(ill, -1, task.negative_index), ["here"] * n)


class TestConfidenceRule:
    @pytest.mark.parametrize("refers", [False, True])
    def test_as_many_decisions_lie_below_it_as_are_wrong(self, task: Task, refers: bool) -> None:
        seen = predictions(400, task)

        rule = confidence_rule(seen, rules(task, refers=refers), None)

        assert rule is not None
        scores = 1 - seen.probabilities[:, task.negative_index]
        decided = np.ones(400, np.bool_) if not refers else (scores < 0.2) | (scores > 0.6)
        right = (scores >= 0.5) == (seen.targets != task.negative_index)
        confidence = np.maximum(scores, 1 - scores)[decided]
        assert rule.n == decided.sum()
        assert rule.accuracy == pytest.approx(right[decided].mean())
        assert (confidence < rule.threshold).sum() == (~right[decided]).sum()
        assert rule.chosen_on == "validation"

    def test_of_few_images_there_is_none(self, task: Task) -> None:
        assert confidence_rule(predictions(49, task), rules(task, refers=False), None) is None
