"""Figures of a film that can be checked by eye."""

import numpy as np
import pytest

from api.inputs.images.statistics import image_statistics
from api.inputs.images.synthetic import synthetic_image


class TestFigures:
    def test_a_flat_image_has_its_grey_no_edges_and_one_bin(self) -> None:
        figures = image_statistics(np.full((50, 50), 100, dtype=np.uint8))

        assert figures.brightness == 100
        assert figures.edge_density == 0
        assert figures.histogram[6] == 1
        assert sum(figures.histogram) == 1

    def test_half_black_half_white(self) -> None:
        image = np.zeros((10, 10), dtype=np.uint8)
        image[:, 5:] = 255

        figures = image_statistics(image)

        assert figures.brightness == 127.5
        assert figures.edge_density == pytest.approx(1 / 9)
        assert figures.histogram[0] == figures.histogram[15] == 0.5

    def test_a_step_counts_from_twelve_grey_levels_on(self) -> None:
        image = np.zeros((4, 4), dtype=np.uint8)
        image[2:] = 11
        assert image_statistics(image).edge_density == 0

        image[2:] = 12

        assert image_statistics(image).edge_density == pytest.approx(1 / 3)

    def test_shares_sum_to_one(self) -> None:
        figures = image_statistics(synthetic_image("lobar", seed=1))

        assert len(figures.histogram) == 16
        assert sum(figures.histogram) == pytest.approx(1, abs=1e-4)
