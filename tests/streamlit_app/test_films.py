"""Pictures of films for the browser."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from films import DISPLAY_PX, picture
from tests.streamlit_app.fake_api import png


class TestPicture:
    def test_a_large_film_is_shrunk(self) -> None:
        buffer = BytesIO()
        Image.new("RGB", (2000, 1000)).save(buffer, "JPEG")

        image = picture(buffer.getvalue())

        assert image is not None
        assert max(image.size) <= DISPLAY_PX

    @pytest.mark.parametrize("mode", ["I;16", "F", "I"])
    def test_a_deep_tiff_is_stretched_to_what_a_screen_shows(self, mode: str) -> None:
        buffer = BytesIO()
        pixels = np.linspace(100, 4000, 64 * 64).reshape(64, 64)
        dtype = {"I;16": np.uint16, "F": np.float32, "I": np.int32}[mode]
        Image.fromarray(pixels.astype(dtype)).save(buffer, "TIFF")

        image = picture(buffer.getvalue())

        assert image is not None
        assert image.mode == "L"
        assert image.getextrema() == (0, 255)

    def test_what_is_no_image_has_no_picture(self) -> None:
        assert picture(b"%PDF-1.7") is None
        assert picture(png()[:40]) is None
