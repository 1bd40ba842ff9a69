"""The heat map over the film."""

import io

import pytest
from PIL import Image

from charts.heatmap_overlay import heat_map, is_empty, overlay, size_of_heat
from client import RoentgenClient
from tests.streamlit_app.fake_api import FakeApi, heat_png

IMAGE = Image.new("L", (64, 32), 90)


def heat() -> Image.Image:
    return Image.open(io.BytesIO(heat_png()))


class TestLaidOver:
    def test_at_nothing_it_is_the_plain_image(self) -> None:
        assert overlay(IMAGE, heat(), 0.0) is IMAGE

    def test_at_full_opacity_the_hot_half_covers_the_image(self) -> None:
        shown = overlay(IMAGE, heat(), 1.0)

        assert shown.size == IMAGE.size
        assert shown.getpixel((4, 16)) == (255, 0, 0)
        assert shown.getpixel((60, 16)) == (90, 90, 90)

    def test_between_them_the_image_shines_through(self) -> None:
        assert overlay(IMAGE, heat(), 0.4).getpixel((4, 16)) == (156, 54, 54)


class TestSizeOfHeat:
    @pytest.mark.parametrize(
        ("image", "size"),
        [((900, 900), (336, 336)), ((900, 450), (336, 168)), ((2, 900), (7, 336))],
    )
    def test_it_has_the_images_proportions(
        self, image: tuple[int, int], size: tuple[int, int]
    ) -> None:
        assert size_of_heat(image) == size


class TestHeatMap:
    def test_it_is_fetched_once_a_class(self, api: FakeApi) -> None:
        client = RoentgenClient()

        for label in ("Normal", "Normal", "COVID-19"):
            heat_map(client, "p1", label, (64, 32))

        paths = [request.path for request in api.requests]
        assert paths == [
            "/predictions/p1/heatmap.png?label=Normal&width=336&height=168",
            "/predictions/p1/heatmap.png?label=COVID-19&width=336&height=168",
        ]

    def test_one_without_heat_is_known_to_be_empty(self) -> None:
        assert is_empty(Image.new("RGBA", (7, 7)))
        assert not is_empty(heat())
