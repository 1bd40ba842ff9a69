"""The training range, and what lies beyond it."""

import numpy as np
import pytest

from api.inputs.tabular.spec import MAX_DEVIATIONS, TableSpec
from api.tasks.table_task import TableTask
from api.tasks.task_files import load_task

# Four columns; the second is 1 to 3 with a deviation of 1.
ROWS = np.array([[5.0, 1.0, 2.0, 7.0], [6.0, 3.0, 2.0, 9.0]])


@pytest.fixture
def spec() -> TableSpec:
    task = load_task("iris")
    assert isinstance(task, TableTask)
    return TableSpec.of(ROWS, task)


class TestRange:
    def test_it_is_the_training_rows_own(self, spec: TableSpec) -> None:
        second = spec.features[1]

        assert (second.name, second.unit) == ("sepal_width", "cm")
        assert (second.low, second.high, second.mean, second.deviation) == (1, 3, 2, 1)

    @pytest.mark.parametrize(
        ("value", "is_beyond"), [(6.0, False), (6.01, True), (-2.0, False), (-2.01, True)]
    )
    def test_three_deviations_beyond_its_ends_are_allowed(
        self, spec: TableSpec, value: float, is_beyond: bool
    ) -> None:
        assert MAX_DEVIATIONS == 3
        assert spec.out_of_range((5.0, value, 2.0, 7.0)) == (("sepal_width",) if is_beyond else ())

    def test_any_other_value_of_a_constant_column_is_beyond(self, spec: TableSpec) -> None:
        assert spec.out_of_range((5.0, 2.0, 2.1, 7.0)) == ("petal_length",)

    def test_rows_learned_later_widen_it_and_leave_the_scale(self, spec: TableSpec) -> None:
        wider = spec.widened(np.array([[5.0, 10.0, 2.0, 8.0]]))

        assert (wider.features[1].low, wider.features[1].high) == (1, 10)
        assert (wider.features[1].mean, wider.features[1].deviation) == (2, 1)
        assert spec.widened(np.zeros((0, 4))) == spec
