"""Figures with their intervals."""

import numpy as np
import pytest

from api.evaluation.estimate import (
    UNDEFINED,
    Estimate,
    estimate_auroc,
    estimate_resampled,
    estimate_share,
)
from api.evaluation.intervals import delong, resampled, wilson

POSITIVE = np.array([True, True, False, False])
SCORES = np.array([0.8, 0.4, 0.2, 0.5])


def mean(values: "np.typing.NDArray[np.floating]") -> float:
    return float(values.mean())


class TestShare:
    @pytest.mark.parametrize("hits", [0, 3, 4])
    def test_it_is_the_share_with_wilsons_interval(self, hits: int) -> None:
        assert estimate_share(hits, 4) == Estimate(hits / 4, wilson(hits, 4))

    def test_of_nothing_it_is_undefined(self) -> None:
        assert estimate_share(0, 0) == UNDEFINED == Estimate(None, None)


class TestAuroc:
    def test_it_is_the_area_with_delongs_interval(self) -> None:
        found = delong(POSITIVE, SCORES)

        assert found is not None
        assert estimate_auroc(POSITIVE, SCORES) == Estimate(0.75, found[1])

    @pytest.mark.parametrize("positive", [np.ones(4, bool), np.zeros(4, bool)])
    def test_of_one_kind_it_is_undefined(self, positive: "np.typing.NDArray[np.bool_]") -> None:
        assert estimate_auroc(positive, SCORES) == UNDEFINED


class TestResampled:
    def test_it_is_the_figure_with_the_bootstrap_interval(self) -> None:
        found = estimate_resampled(mean, SCORES)

        assert found.value == pytest.approx(0.475)
        assert found.interval == resampled(mean, SCORES)

    def test_one_image_has_a_value_and_no_interval(self) -> None:
        assert estimate_resampled(mean, SCORES[:1]) == Estimate(0.8, None)

    def test_of_nothing_it_is_undefined(self) -> None:
        assert estimate_resampled(mean, SCORES[:0]) == UNDEFINED
