"""What a verdict says."""

import pytest

from api.model_card.promotion_policy import Check, GatePolicy, Verdict
from api.tasks.task import Task


class TestTheVerdict:
    def test_one_failed_check_decides_and_only_failures_are_the_reason(self) -> None:
        verdict = Verdict((Check("a", True, "A is fine."), Check("b", False, "B fell.")))

        assert not verdict.promoted
        assert verdict.reason == "B fell."

    def test_where_all_pass_the_reason_is_what_was_shown(self) -> None:
        verdict = Verdict((Check("a", True, "A is fine."), Check("b", True, "B rose.")))

        assert verdict.promoted
        assert verdict.reason == "A is fine. B rose."


class TestThePolicy:
    def test_the_task_writes_every_condition_down(self, task: Task) -> None:
        assert set(task.gate) == set(GatePolicy.model_fields)
        assert GatePolicy.model_validate(task.gate) == GatePolicy()

    def test_a_condition_that_nobody_knows_is_refused(self) -> None:
        with pytest.raises(ValueError, match="max_balanced_accuracy_drop"):
            GatePolicy.model_validate({"max_balanced_accuracy_drop": 0.1})
