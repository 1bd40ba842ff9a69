"""What a heat map is worth, shown on a network that looks at one place only."""

import numpy as np
import numpy.typing as npt
import pytest

from api.training.assessment.deletion_test import SHARE, deletion_test, without
from api.training.models.inference import BatchPredictor, NetworkOutputs

ROW, COLUMN, PLACE_PX = 3, 2, 32
SIDE = 7 * PLACE_PX


class OnePlace(BatchPredictor):
    """Takes texture at one place for the second class, and looks nowhere else."""

    def __init__(self, *, shown_row: int = ROW) -> None:
        self._shown_row = shown_row
        faint = np.random.default_rng(1).normal(0, 0.01, (7, 7, 2)).astype(np.float32)
        self._background = faint - faint.mean(axis=(0, 1))

    def predict(self, images: npt.NDArray[np.uint8]) -> NetworkOutputs:
        top, left = ROW * PLACE_PX, COLUMN * PLACE_PX
        place = images[:, top : top + PLACE_PX, left : left + PLACE_PX]
        activation = np.repeat(self._background[np.newaxis], len(images), axis=0)
        activation[:, self._shown_row, COLUMN, 1] += place.std(axis=(1, 2)) / 20 * 49
        features = np.zeros((len(images), 576), dtype=np.float32)
        return NetworkOutputs(activation.mean(axis=(1, 2)), features, activation)


def textures(count: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (count, SIDE, SIDE), dtype=np.uint8)


class TestDeletion:
    def test_blurring_what_a_true_map_shows_costs_more_than_blurring_anything(self) -> None:
        result = deletion_test(OnePlace(), textures(40), temperature=1.0, n_images=40)

        assert result is not None
        assert (result.n, result.share) == (40, SHARE)
        assert result.hottest > 0.3
        assert result.hottest_interval is not None
        assert result.random_interval is not None
        assert result.hottest_interval[0] > result.random_interval[1]

    def test_a_map_that_shows_another_place_is_found_out(self) -> None:
        misled = deletion_test(OnePlace(shown_row=6), textures(40), temperature=1.0, n_images=40)

        assert misled is not None
        assert misled.hottest <= misled.random

    def test_no_more_images_are_used_than_asked_for(self) -> None:
        result = deletion_test(OnePlace(), textures(9), temperature=1.0, n_images=4)

        assert result is not None
        assert result.n == 4

    def test_of_no_image_nothing_is_said(self) -> None:
        assert deletion_test(OnePlace(), textures(0), temperature=1.0, n_images=4) is None


class TestBlurring:
    def test_a_fifth_is_blurred_where_it_is_hottest_and_the_rest_is_left(self) -> None:
        image = textures(1)[0]
        heat = np.zeros((7, 7))
        heat[0, 0] = 1.0
        heat += np.linspace(0.1, 0.0, 49).reshape(7, 7)

        changed = without(image, heat) != image

        assert changed.mean() == pytest.approx(SHARE, abs=0.02)
        assert changed[:PLACE_PX, :PLACE_PX].mean() > 0.9
        assert not changed[-PLACE_PX:].any()
