"""Small changes of a film, and counting the labels that survive them."""

import numpy as np
import numpy.typing as npt
import pytest

from api.inputs.images.synthetic import FINDINGS, synthetic_image
from api.training.assessment.assess import stability
from api.training.assessment.robustness import CHANGES, changed
from api.training.models.inference import BatchPredictor, NetworkOutputs


class Fixed(BatchPredictor):
    """Says the same of every film."""

    def __init__(self) -> None:
        pass

    def predict(self, images: npt.NDArray[np.uint8]) -> NetworkOutputs:
        n = len(images)
        labels = self.labels(images).astype(int)
        return NetworkOutputs(
            logits=np.eye(2, dtype=np.float32)[labels],
            early_features=np.zeros((n, 576), dtype=np.float32),
            activation=np.zeros((n, 7, 7, 2), dtype=np.float32),
        )

    def labels(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
        return np.zeros(len(images), dtype=bool)


class AfraidOfBlackLeftEdges(Fixed):
    """Changes its mind where the left edge is black."""

    def labels(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
        return np.asarray(images[:, :, 0].max(axis=1) == 0)


def bright_images(count: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(100, 200, (count, 64, 64), dtype=np.uint8)


class TestCounting:
    def test_a_network_that_never_changes_its_mind_keeps_every_label(self) -> None:
        result = stability(Fixed(), bright_images(5))

        assert result is not None
        assert (result.split, result.n) == ("holdout", 5)
        assert result.kept == dict.fromkeys(CHANGES, 1.0)

    def test_a_change_that_flips_labels_is_counted_under_its_name(self) -> None:
        xrays = bright_images(4)
        xrays[0, :, :32] = 0  # black on the left from the start, and after every change

        result = stability(AfraidOfBlackLeftEdges(), xrays)

        assert result is not None
        flipped = {name: share for name, share in result.kept.items() if share < 1}
        assert flipped == {"shifted right by 8%": 0.25}

    def test_of_no_image_nothing_is_said(self) -> None:
        assert stability(Fixed(), bright_images(0)) is None


class TestChanges:
    @pytest.mark.parametrize("name", CHANGES)
    def test_each_changes_an_image_a_little_and_keeps_its_size(self, name: str) -> None:
        for finding in FINDINGS:
            image = synthetic_image(finding, seed=1)

            result = changed(image, CHANGES[name])

            assert result.shape == image.shape
            assert result.dtype == np.uint8
            assert not np.array_equal(result, image)
            assert result.mean() == pytest.approx(image.mean(), abs=25)
