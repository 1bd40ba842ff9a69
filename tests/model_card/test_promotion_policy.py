"""What a verdict says."""

import json

import pytest

from api.model_card.promotion_policy import Check, GatePolicy, Verdict
from api.tasks.task import Task


class TestTheVerdict:
    def test_one_failed_check_decides_and_only_failures_are_the_reason(self) -> None:
        verdict = Verdict.of([Check("a", True, "A is fine."), Check("b", False, "B fell.")])

        assert not verdict.promoted
        assert verdict.reason == "B fell."

    def test_where_all_pass_the_reason_is_what_was_shown(self) -> None:
        verdict = Verdict.of([Check("a", True, "A is fine."), Check("b", True, "B rose.")])

        assert verdict.promoted
        assert verdict.reason == "A is fine. B rose."

    def test_it_is_read_as_it_was_stored(self) -> None:
        checks = [Check("a", True, "A.", 0.25, 0.5), Check("b", False, "B.", films=("ab",))]
        verdict = Verdict.of(checks).not_promoted("The trainer was lost.")

        read = Verdict.from_json(json.loads(json.dumps(verdict.to_json())))

        assert read == verdict
        assert read.failed_checks == ("b",)
        assert (read.promoted, read.reason) == (False, "The trainer was lost.")

    def test_one_of_a_former_release_has_no_images_or_figures(self) -> None:
        check = {"name": "a", "passed": True, "detail": "A."}

        read = Verdict.from_json({"promoted": True, "reason": "A.", "checks": [check]})

        assert read == Verdict.of([Check("a", True, "A.")])


class TestThePolicy:
    def test_the_task_writes_every_condition_down(self, task: Task) -> None:
        assert set(task.gate) == set(GatePolicy.model_fields)
        assert GatePolicy.model_validate(task.gate) == GatePolicy()

    def test_a_condition_that_nobody_knows_is_refused(self) -> None:
        with pytest.raises(ValueError, match="max_balanced_accuracy_drop"):
            GatePolicy.model_validate({"max_balanced_accuracy_drop": 0.1})

    @pytest.mark.parametrize(
        ("name", "lowest"),
        [
            ("min_local_films", 1),
            ("margin", 0.0),
            ("label_margin", 0.0),
            ("auroc_margin", 0.0),
            ("kind_margin", 0.0),
            ("local_margin", 0.0),
        ],
    )
    def test_a_margin_may_be_nothing_but_not_less(self, name: str, lowest: float) -> None:
        assert getattr(GatePolicy.model_validate({name: lowest}), name) == lowest

        with pytest.raises(ValueError, match=name):
            GatePolicy.model_validate({name: lowest - 1 if lowest else -0.001})

    @pytest.mark.parametrize(
        ("name", "limit"),
        [("significance", 0.5), ("max_doubtful_findings", 1.0), ("max_doubtful_classes", 1.0)],
    )
    def test_a_chance_lies_strictly_between_nothing_and_its_limit(
        self, name: str, limit: float
    ) -> None:
        for allowed in (0.001, limit - 0.001):
            assert getattr(GatePolicy.model_validate({name: allowed}), name) == allowed
        for refused in (0.0, limit):
            with pytest.raises(ValueError, match=name):
                GatePolicy.model_validate({name: refused})
