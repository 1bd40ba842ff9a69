"""The heat map of a film: only where the body is."""

import io

import pytest
from PIL import Image, ImageDraw

from charts.heatmap_overlay import body, heat_map, is_empty, size_of_heat, within
from client import RoentgenClient
from tests.streamlit_app.fake_api import FakeApi, heat_png, png


def chest() -> Image.Image:
    """A grey body with a dark lung and a white marker, in black air."""
    image = Image.new("L", (200, 200), 2)
    draw = ImageDraw.Draw(image)
    draw.rectangle((50, 20, 150, 199), fill=140)
    draw.rectangle((70, 60, 95, 150), fill=5)
    draw.rectangle((10, 10, 14, 14), fill=255)
    return image


class TestBody:
    def test_lungs_belong_to_it_and_the_air_around_does_not(self) -> None:
        mask = body(chest())

        scale = mask.width / 200
        assert mask.getpixel((round(82 * scale), round(105 * scale))) == 255
        assert mask.getpixel((round(20 * scale), round(120 * scale))) == 0
        assert mask.getpixel((round(180 * scale), round(120 * scale))) == 0

    def test_an_image_without_air_is_all_body(self) -> None:
        assert body(Image.new("L", (64, 64), 90)).getextrema() == (255, 255)


class TestWithin:
    def test_there_is_no_heat_beside_the_body(self) -> None:
        heat = Image.new("RGBA", (200, 200), (255, 0, 0, 200))

        shown = within(heat, body(chest()))

        assert shown.getpixel((82, 105)) == (255, 0, 0, 200)
        beside = shown.getpixel((180, 120))
        assert isinstance(beside, tuple)
        assert beside[3] == 0


class TestSizeOfHeat:
    @pytest.mark.parametrize(
        ("image", "size"),
        [((900, 900), (512, 512)), ((900, 450), (512, 256)), ((2, 900), (7, 512))],
    )
    def test_it_has_the_images_proportions(
        self, image: tuple[int, int], size: tuple[int, int]
    ) -> None:
        assert size_of_heat(image) == size


class TestHeatMap:
    def test_it_is_fetched_once_a_class(self, api: FakeApi) -> None:
        client = RoentgenClient()

        for label in ("Normal", "Normal", "COVID-19"):
            assert heat_map(client, "p1", label, png())

        paths = [request.path for request in api.requests]
        assert paths == [
            "/predictions/p1/heatmap.png?label=Normal&width=512&height=512",
            "/predictions/p1/heatmap.png?label=COVID-19&width=512&height=512",
        ]

    def test_one_without_heat_is_known_to_be_empty(self) -> None:
        with Image.open(io.BytesIO(heat_png())) as heat:
            assert not is_empty(heat)
        assert is_empty(Image.new("RGBA", (7, 7)))
