"""Where the network looked: what was planted is found, and nothing else is shown."""

import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from api.decision.heatmap import INFERNO, evidence, heat, render

SIZE = 224


def activation(
    *, index: int = 2, row: int = 1, column: int = 5, strength: float = 4.0
) -> npt.NDArray[np.float32]:
    """7 x 7 places that all speak for class 0 a little, one of them for a class a lot."""
    maps = np.zeros((7, 7, 4), dtype=np.float32)
    maps[..., 0] = 1.0
    maps[row, column, index] = strength
    return maps


def pixels(png: bytes) -> npt.NDArray[np.uint8]:
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGBA"))


def drawn(maps: npt.NDArray[np.float32], index: int) -> npt.NDArray[np.uint8]:
    return pixels(render(maps, index, height=SIZE, width=SIZE))


def luminance(colour: tuple[int, ...]) -> float:
    """Relative luminance of an sRGB colour (WCAG 2)."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (level / 255 for level in colour)
    ]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


class TestEvidence:
    def test_it_is_the_map_less_what_all_classes_share(self) -> None:
        maps = np.array([[[3.0, 1.0, 2.0, 2.0]]])

        assert evidence(maps, 0)[0, 0] == pytest.approx(1.0)
        assert evidence(maps, 1)[0, 0] == pytest.approx(-1.0)

    def test_what_speaks_for_every_class_alike_speaks_for_none(self) -> None:
        maps = np.random.default_rng(1).normal(size=(7, 7, 4))
        lifted = maps + np.random.default_rng(2).normal(size=(7, 7, 1))

        assert evidence(lifted, 1) == pytest.approx(evidence(maps, 1))

    def test_over_the_places_it_sums_to_the_logits_lead(self) -> None:
        maps = np.random.default_rng(1).normal(size=(7, 7, 4))
        logits = maps.mean(axis=(0, 1))

        assert evidence(maps, 3).mean() == pytest.approx(logits[3] - logits.mean())


class TestAPlantedPatch:
    @pytest.mark.parametrize(("row", "column"), [(0, 0), (1, 5), (6, 6), (3, 0)])
    def test_it_is_opaque_and_bright_there_and_transparent_elsewhere(
        self, row: int, column: int
    ) -> None:
        picture = drawn(activation(row=row, column=column), 2)

        opacity = picture[..., 3]
        top, left = row * 32, column * 32
        centre = picture[top + 16, left + 16]
        assert centre[3] > 240
        assert luminance(tuple(centre[:3].tolist())) > 0.7
        around = np.ones_like(opacity, dtype=bool)
        around[max(top - 64, 0) : top + 96, max(left - 64, 0) : left + 96] = False
        assert not opacity[around].any()

    def test_the_hottest_pixel_is_in_it(self) -> None:
        shares = heat(activation(row=4, column=2), 2, height=SIZE, width=SIZE)

        row, column = np.unravel_index(shares.argmax(), shares.shape)

        assert (int(row) // 32, int(column) // 32) == (4, 2)

    def test_it_does_not_show_for_another_class(self) -> None:
        assert not drawn(activation(index=2), 1)[..., 3].any()

    def test_a_fainter_place_is_fainter(self) -> None:
        maps = activation(row=1, column=1, strength=8.0)
        maps[5, 5, 2] = 4.5

        opacity = drawn(maps, 2)[..., 3]

        # (4.5 - 5.5 / 4) / (8 - 9 / 4) of the largest.
        assert opacity[5 * 32 + 16, 5 * 32 + 16] == pytest.approx(255 * 3.125 / 5.75, abs=12)
        assert opacity[48, 48] > 240


class TestSizes:
    @pytest.mark.parametrize("shape", [(224, 224), (100, 333), (7, 7), (1024, 64)])
    def test_it_is_as_large_as_asked_for(self, shape: tuple[int, int]) -> None:
        height, width = shape

        assert heat(activation(), 2, height=height, width=width).shape == shape
        assert pixels(render(activation(), 2, height=height, width=width)).shape == (*shape, 4)

    def test_shares_stay_between_nothing_and_all(self) -> None:
        maps = np.random.default_rng(1).normal(size=(7, 7, 4)).astype(np.float32)

        shares = heat(maps, 1, height=300, width=200)

        assert shares.min() == 0
        assert 0.8 < shares.max() <= 1


class TestNothingToShow:
    @pytest.mark.parametrize("level", [0.0, 3.0])
    def test_where_nothing_speaks_for_a_class_all_is_transparent(self, level: float) -> None:
        maps = np.full((7, 7, 4), level, dtype=np.float32)
        maps[..., 1] -= 1

        assert not drawn(maps, 1)[..., 3].any()

    def test_an_empty_map_is_transparent(self) -> None:
        assert not drawn(np.zeros((7, 7, 4), dtype=np.float32), 0)[..., 3].any()


class TestColours:
    def test_brighter_is_always_more(self) -> None:
        levels = [luminance(colour) for colour in INFERNO]

        assert (np.diff(levels) > 0).all()
        assert levels[0] < 0.001
        assert levels[-1] > 0.9
