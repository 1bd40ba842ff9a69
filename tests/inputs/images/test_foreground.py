"""Cutting a picture to what stands before its dark background, and which way it looks."""

import numpy as np
import pytest

from api.inputs.images.decoding import GreyImage
from api.inputs.images.pixels.foreground import only_foreground, with_bright_side_left
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.synthetic import BREAST_FINDINGS, synthetic_image

SPEC = PreprocessingSpec(foreground=0.1, bright_side="left")


def xray(*, label: bool = True) -> GreyImage:
    """A bright thing at the right, darker towards the middle, and a label in the corner."""
    image = np.full((300, 400), 4, dtype=np.uint8)
    image[100:250, 240:400] = np.linspace(200, 31, 160, dtype=np.uint8)[::-1]
    if label:
        image[10:40, 20:60] = 255
    return image


class TestOnlyForeground:
    def test_it_cuts_to_the_largest_thing(self) -> None:
        cut = only_foreground(xray(), 0.1)

        # To the next of the pixels that it was looked for in.
        assert cut.shape == pytest.approx((150, 160), abs=8)
        assert cut.max() == 200

    def test_what_lies_beside_it_within_the_cut_is_black(self) -> None:
        image = xray(label=False)
        image[105:115, 380:400] = 255
        image[100:125, 370:400][image[100:125, 370:400] < 255] = 4

        cut = only_foreground(image, 0.1)

        assert cut[2:12, -15:].max() < 255

    @pytest.mark.parametrize("grey", [0, 128, 255])
    def test_a_picture_of_one_grey_stays_as_it_is(self, grey: int) -> None:
        image = np.full((50, 70), grey, dtype=np.uint8)

        assert (only_foreground(image, 0.1) == image).all()

    def test_a_speck_is_no_subject(self) -> None:
        image = np.zeros((400, 400), dtype=np.uint8)
        image[10:14, 10:14] = 255

        assert only_foreground(image, 0.1).shape == (400, 400)

    @pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (33, 47)])
    def test_any_size_is_taken(self, shape: tuple[int, int]) -> None:
        image = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)

        cut = only_foreground(image, 0.1)

        assert 0 < cut.size <= image.size


class TestBrightSide:
    def test_both_breasts_of_a_woman_look_the_same_way(self) -> None:
        image = xray()

        left, right = SPEC.apply(image), SPEC.apply(np.ascontiguousarray(image[:, ::-1]))

        # They are cut at the next of the pixels that the breast was looked for in.
        assert np.abs(left - right).mean() < 0.2
        assert left[:, :112].mean() > left[:, 112:].mean()

    def test_it_is_not_mirrored_twice(self) -> None:
        once = with_bright_side_left(xray())

        assert (with_bright_side_left(once) == once).all()


class TestTheSpec:
    def test_without_both_steps_nothing_has_changed(self) -> None:
        plain = PreprocessingSpec()

        assert (plain.foreground, plain.bright_side) == (0.0, "any")
        assert plain.model_dump(exclude_defaults=True) == {}

    @pytest.mark.parametrize("finding", BREAST_FINDINGS)
    def test_a_generated_breast_fills_the_networks_input(self, finding: str) -> None:
        cut = SPEC.resize(synthetic_image(finding, seed=3))  # type: ignore[arg-type]

        assert cut.shape == (224, 224)
        assert (cut > 30).mean() > 0.6
