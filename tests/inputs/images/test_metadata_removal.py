"""Files without what is beside the picture."""

import contextlib
import io
import random

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from api.errors import AppError, UnsupportedFormat
from api.inputs.images import metadata_removal
from api.inputs.images.decoding import GreyImage, Limits, decode
from api.inputs.images.metadata_removal import without_metadata
from tests.support import images

NAME = b"MUELLER"
SIDEWAYS = 6


def exif() -> Image.Exif:
    block = Image.Exif()
    block[0x010E] = NAME.decode()
    block[0x0112] = SIDEWAYS
    return block


def text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Patient", NAME.decode())
    info.add_itxt("XML:com.adobe.xmp", NAME.decode())
    return info


def encoded(kind: str, **options: object) -> bytes:
    return images.encoded(images.image(), kind, **options)


PLAIN = {
    "jpeg": encoded("JPEG"),
    "jpeg with a density": encoded("JPEG", dpi=(300, 300)),
    "progressive jpeg": encoded("JPEG", progressive=True),
    "png": encoded("PNG"),
    "png with a density": encoded("PNG", dpi=(300, 300)),
    "webp": encoded("WEBP"),
    "bmp": encoded("BMP"),
}
NAMED = {
    "jpeg exif": encoded("JPEG", exif=exif()),
    "jpeg comment": encoded("JPEG", comment=NAME),
    "jpeg profile": encoded("JPEG", icc_profile=NAME * 20),
    "jpeg tail": encoded("JPEG") + NAME,
    "progressive jpeg exif": encoded("JPEG", progressive=True, exif=exif()),
    "coarse jpeg": encoded("JPEG", quality=3, comment=NAME),
    "png text": encoded("PNG", pnginfo=text()),
    "png exif": encoded("PNG", exif=exif()),
    "png tail": encoded("PNG") + NAME,
    "webp exif": encoded("WEBP", exif=exif()),
    "webp xmp": encoded("WEBP", xmp=NAME, lossless=True),
    "tiff description": encoded("TIFF", description=NAME.decode()),
    "tiff exif": encoded("TIFF", exif=exif(), compression="tiff_lzw"),
    "tiff jpeg": encoded("TIFF", description=NAME.decode(), compression="jpeg"),
    "bmp tail": encoded("BMP") + NAME,
}


def pixels(content: bytes) -> GreyImage:
    return decode(content, Limits())


class TestFilesWithNothingBeside:
    @pytest.mark.parametrize("name", PLAIN)
    def test_they_stay_byte_for_byte(self, name: str) -> None:
        assert without_metadata(PLAIN[name]) == PLAIN[name]


class TestFilesThatNameSomebody:
    @pytest.mark.parametrize("name", NAMED)
    def test_the_name_goes_and_the_pixels_stay(self, name: str) -> None:
        content = NAMED[name]
        assert NAME in content

        plain = without_metadata(content)

        assert NAME not in plain
        assert np.array_equal(pixels(plain), pixels(content))
        assert without_metadata(plain) == plain

    @pytest.mark.parametrize("name", [name for name in NAMED if "exif" in name])
    def test_which_way_up_it_is_shown_stays(self, name: str) -> None:
        with Image.open(io.BytesIO(without_metadata(NAMED[name]))) as image:
            block = image.getexif()

        assert dict(block)[0x0112] == SIDEWAYS
        assert 0x010E not in block


class TestDamagedFiles:
    @pytest.mark.parametrize("name", NAMED)
    def test_they_are_refused_or_have_no_name_either(self, name: str) -> None:
        content, chance = NAMED[name], random.Random(name)

        for _ in range(40):
            damaged = bytearray(content)
            for _ in range(chance.randint(1, 8)):
                damaged[chance.randrange(12, len(damaged))] = chance.randrange(256)
            with contextlib.suppress(AppError):
                plain = without_metadata(bytes(damaged[: chance.randint(12, len(damaged))]))
                assert NAME not in plain

    def test_a_kind_whose_metadata_cannot_be_left_out_is_not_stored(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delitem(metadata_removal.WRITERS, "WEBP")

        with pytest.raises(UnsupportedFormat, match="export the film as PNG"):
            without_metadata(PLAIN["webp"])
