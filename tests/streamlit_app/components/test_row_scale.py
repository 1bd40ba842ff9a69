"""Steps of a number that a form asks for."""

import pytest

from components.answers.row_scale import begin_at, step_of


class TestSteps:
    @pytest.mark.parametrize(
        ("low", "high", "step"),
        [
            (0.0009, 0.004, 1e-5),
            (0.1, 2.5, 0.01),
            (4.3, 7.9, 0.1),
            (0.0, 9.6, 0.1),
            (7.0, 28.0, 0.1),
            (278.0, 1678.0, 10.0),
            (-5e14, 5e14, 1e13),
        ],
    )
    def test_they_fit_the_range(self, low: float, high: float, step: float) -> None:
        found = step_of(low, high)

        assert isinstance(found, float)
        assert found == step
        assert 30 <= (high - low) / found <= 320

    @pytest.mark.parametrize(("mean", "step"), [(0.0, 0.01), (5.0, 0.1), (-0.002, 1e-5)])
    def test_a_number_that_never_changed_has_one_too(self, mean: float, step: float) -> None:
        assert step_of(mean, mean, mean=mean) == step

    def test_a_range_of_nothing_but_rounding_has_one_too(self) -> None:
        assert step_of(0.0, 5e-324) > 0


class TestWhereItBegins:
    @pytest.mark.parametrize(
        ("mean", "step", "begun"),
        [(0.00379496, 1e-5, 0.003795), (5.84333, 0.1, 5.84), (746.8933, 10.0, 747.0)],
    )
    def test_a_small_mean_is_not_moved(self, mean: float, step: float, begun: float) -> None:
        assert begin_at(mean, step) == begun
