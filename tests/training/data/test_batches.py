"""Films with a share of others in them."""

from dataclasses import dataclass

import numpy as np
import pytest

from api.training.data.batches import mixed
from api.training.loss import with_no_doubt

IMAGES = np.arange(4, dtype=np.float32)[:, None, None, None] * np.ones((4, 2, 2, 1), np.float32)
TARGETS = with_no_doubt(np.eye(4, dtype=np.float32))
WEIGHTS = np.array([1, 2, 3, 4], dtype=np.float32)


@dataclass
class Drawn:
    """Gives what it was told instead of drawing."""

    shares: list[float]
    order: list[int]

    def beta(self, a: float, b: float, size: int) -> np.ndarray:
        assert (a, b, size) == (0.2, 0.2, 4)
        return np.array(self.shares)

    def permutation(self, n: int) -> np.ndarray:
        return np.array(self.order[:n])


class TestMixing:
    def test_picture_class_and_weight_have_the_same_share(self) -> None:
        drawn = Drawn([0.75, 1.0, 1.0, 0.9], [2, 0, 1, 3])

        images, targets, weights = mixed((IMAGES, TARGETS, WEIGHTS), 0.2, drawn)  # type: ignore[arg-type]

        assert images[0] == pytest.approx(0.75 * 0 + 0.25 * 2)
        assert targets[0].tolist() == [0.75, 0, 0.25, 0, 0]
        assert weights[0] == pytest.approx(0.75 * 1 + 0.25 * 3)

    def test_an_image_keeps_the_larger_share_of_itself(self) -> None:
        drawn = Drawn([0.25, 0.0, 0.5, 0.4], [1, 2, 3, 0])

        _, targets, _ = mixed((IMAGES, TARGETS, WEIGHTS), 0.2, drawn)  # type: ignore[arg-type]

        assert np.diag(targets) == pytest.approx([0.75, 1.0, 0.5, 0.6])

    def test_mixed_with_itself_an_image_stays_as_it_is(self) -> None:
        drawn = Drawn([0.6] * 4, [0, 1, 2, 3])

        images, targets, weights = mixed((IMAGES, TARGETS, WEIGHTS), 0.2, drawn)  # type: ignore[arg-type]

        assert images == pytest.approx(IMAGES)
        assert targets == pytest.approx(TARGETS)
        assert weights == pytest.approx(WEIGHTS)

    def test_an_image_with_a_coarse_label_is_mixed_with_no_other(self) -> None:
        targets = TARGETS.copy()
        targets[0] = [1, 0, 1, 1, 0]
        drawn = Drawn([0.75] * 4, [1, 0, 3, 2])

        images, mixed_targets, _ = mixed((IMAGES, targets, WEIGHTS), 0.2, drawn)  # type: ignore[arg-type]

        assert mixed_targets[:2].tolist() == targets[:2].tolist()
        assert images[:2] == pytest.approx(IMAGES[:2])
        assert mixed_targets[2].tolist() == [0, 0, 0.75, 0.25, 0]
