"""What is too poor to be read, each complaint alone."""

import numpy as np
import pytest
from pydantic import ValidationError

from api.inputs.images.decoding import GreyImage
from api.inputs.images.quality import QualityBounds, quality_issues
from api.inputs.images.synthetic import FINDINGS, synthetic_image
from api.tasks.labels import Finding
from api.tasks.task import Task


def noise(height: int, width: int) -> GreyImage:
    """Grey levels of all kinds, none of them often."""
    return np.random.default_rng(1).integers(0, 256, (height, width), dtype=np.uint8)


@pytest.fixture
def bounds(task: Task) -> QualityBounds:
    return QualityBounds.model_validate(task.quality)


class TestAGoodImage:
    @pytest.mark.parametrize("finding", FINDINGS)
    @pytest.mark.parametrize("size_px", [160, 320])
    def test_nobody_complains(self, bounds: QualityBounds, finding: Finding, size_px: int) -> None:
        for seed in range(3):
            assert (
                quality_issues(synthetic_image(finding, seed=seed, size_px=size_px), bounds) == ()
            )

    def test_exactly_at_the_bounds_is_good_enough(self) -> None:
        exact = QualityBounds(min_side_px=100, max_aspect=2.0, min_grey_range=50, max_clipped=0.5)
        image = np.full((200, 100), 90, dtype=np.uint8)
        image[:50], image[150:] = 70, 120

        assert quality_issues(image, exact) == ()

    def test_without_bounds_anything_is(self) -> None:
        for image in (np.zeros((1, 90), dtype=np.uint8), noise(1, 1)):
            assert quality_issues(image, QualityBounds()) == ()


class TestEachIssue:
    @pytest.mark.parametrize(("height", "width"), [(127, 200), (200, 127)])
    def test_too_small(self, bounds: QualityBounds, height: int, width: int) -> None:
        (issue,) = quality_issues(noise(height, width), bounds)

        assert issue == (
            f"The picture is only {width} x {height} pixels; below 128 on the shorter side fine "
            "signs are lost."
        )

    @pytest.mark.parametrize(("height", "width"), [(200, 500), (500, 200)])
    def test_too_long(self, bounds: QualityBounds, height: int, width: int) -> None:
        (issue,) = quality_issues(noise(height, width), bounds)

        assert issue == ("The picture is 2.5 times as long as wide; a whole film is at most 2.2.")

    def test_nearly_constant(self, bounds: QualityBounds) -> None:
        faint = (noise(200, 200) // 8 + 100).astype(np.uint8)
        # A burnt-in mark is not contrast.
        faint[:5, :20] = 255

        (issue,) = quality_issues(faint, bounds)

        assert issue == (
            "The picture is nearly constant: its grey levels span 31 of 255, and 60 are needed."
        )

    @pytest.mark.parametrize("level", [0, 255])
    def test_clipped_at_either_end(self, bounds: QualityBounds, level: int) -> None:
        image = np.clip(noise(200, 200), 1, 254)
        image[:150] = level

        (issue,) = quality_issues(image, bounds)

        assert issue.startswith("75% of the pixels are at the darkest or brightest level")

    def test_clipped_at_both_ends_together(self, bounds: QualityBounds) -> None:
        image = np.clip(noise(200, 200), 1, 254)
        image[:75], image[125:] = 0, 255

        (issue,) = quality_issues(image, bounds)

        assert issue.startswith("75% of the pixels")


class TestSeveral:
    def test_an_empty_strip_is_complained_of_four_times(self, bounds: QualityBounds) -> None:
        assert len(quality_issues(np.full((40, 400), 7, dtype=np.uint8), bounds)) == 4


class TestTheBounds:
    @pytest.mark.parametrize(
        "values", [{"min_side_px": 0}, {"max_aspect": 0.5}, {"max_clipped": 1.1}, {"sharp": 1}]
    )
    def test_nonsense_is_refused(self, values: dict[str, float]) -> None:
        with pytest.raises(ValidationError):
            QualityBounds.model_validate(values)
