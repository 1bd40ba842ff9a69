"""What remembered films are taught as, by hand."""

import numpy as np
import pytest

from api.tasks.task import Task
from api.training.pipelines.fine_tune import taught

PROBABILITIES = np.array([[0.1, 0.5, 0.1, 0.3]], dtype=np.float32)


class TestTaught:
    def test_a_known_class_is_the_truth_with_a_share_of_the_answer(self, task: Task) -> None:
        rows = taught(np.array([0]), PROBABILITIES, task, distillation=0.5)

        assert rows[0] == pytest.approx([0.55, 0.25, 0.05, 0.15])

    def test_a_coarse_label_is_divided_as_the_parent_would(self, task: Task) -> None:
        rows = taught(np.array([-1]), PROBABILITIES, task, distillation=0.0)

        assert rows[0] == pytest.approx([0.2, 0.0, 0.2, 0.6], abs=1e-5)

    def test_with_a_parent_that_is_sure_of_none_it_still_is_a_finding(self, task: Task) -> None:
        sure = np.array([[0, 1, 0, 0]], dtype=np.float32)

        rows = taught(np.array([-1]), sure, task, distillation=0.0)

        assert rows[0] == pytest.approx([1 / 3, 0, 1 / 3, 1 / 3], abs=1e-3)
