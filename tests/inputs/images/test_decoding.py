"""Every kind of still picture becomes the same grey film; everything else is refused."""

import numpy as np
import pytest
from PIL import Image

from api.errors import TooLarge, UnreadableImage, UnsupportedFormat
from api.inputs.images.decoding import GreyImage, Limits, decode
from tests.support import images

LIMITS = Limits(max_bytes=3_000_000)
GREY = np.asarray(images.image())


def difference(actual: GreyImage, expected: GreyImage) -> float:
    """Mean distance in grey levels."""
    return float(np.abs(actual.astype(float) - expected.astype(float)).mean())


class TestDecoding:
    @pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
    def test_lossless_formats_give_the_exact_pixels(self, kind: str) -> None:
        image = decode(images.encoded(images.image(), kind), LIMITS)

        assert image.dtype == np.uint8
        assert np.array_equal(image, GREY)

    @pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
    def test_lossy_formats_give_nearly_the_same_pixels(self, kind: str) -> None:
        image = decode(images.encoded(images.image(), kind, quality=95), LIMITS)

        assert image.shape == GREY.shape
        assert difference(image, GREY) < 2

    @pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
    @pytest.mark.parametrize("kind", ["PNG", "TIFF"])
    def test_colour_modes_of_a_grey_image_change_nothing(self, mode: str, kind: str) -> None:
        image = decode(images.encoded(images.image().convert(mode), kind), LIMITS)

        assert difference(image, GREY) <= 1

    def test_a_cmyk_jpeg_is_read(self) -> None:
        content = images.encoded(images.image().convert("RGB").convert("CMYK"), "JPEG", quality=95)

        assert difference(decode(content, LIMITS), GREY) < 3

    def test_colour_becomes_luminance(self) -> None:
        green = Image.new("RGB", (64, 64), (0, 255, 0))

        assert decode(images.encoded(green, "PNG"), LIMITS)[0, 0] == 150

    def test_one_bit_becomes_black_and_white(self) -> None:
        image = decode(images.encoded(images.image().convert("1"), "PNG"), LIMITS)

        assert set(np.unique(image)) == {0, 255}

    def test_what_is_transparent_is_black(self) -> None:
        xray = images.image().convert("RGBA")
        xray.paste((255, 255, 255, 0), (0, 0, 100, 100))

        image = decode(images.encoded(xray, "PNG"), LIMITS)

        assert image[:100, :100].max() == 0
        assert difference(image[100:, 100:], GREY[100:, 100:]) <= 1

    def test_a_transparent_colour_of_a_palette_is_black(self) -> None:
        xray = Image.new("P", (64, 64), 0)
        xray.putpalette([255, 255, 255, 128, 128, 128])
        xray.paste(1, (0, 0, 64, 32))

        image = decode(images.encoded(xray, "PNG", transparency=0), LIMITS)

        assert image[0, 0] == 128
        assert image[63, 0] == 0

    def test_sixteen_bit_png_is_stretched_to_the_full_range(self) -> None:
        image = decode(images.sixteen_bit_png(), LIMITS)

        low, high = float(GREY.min()), float(GREY.max())
        assert (image.min(), image.max()) == (0, 255)
        assert difference(image, ((GREY - low) * 255 / (high - low)).astype(np.uint8)) <= 1

    @pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
    def test_deep_tiffs_are_stretched_to_the_full_range(self, dtype: type) -> None:
        deep = Image.fromarray(GREY.astype(dtype) * 16)

        image = decode(images.encoded(deep, "TIFF"), LIMITS)

        assert (image.min(), image.max()) == (0, 255)
        assert np.corrcoef(image.ravel(), GREY.ravel())[0, 1] > 0.999

    def test_a_deep_picture_of_one_level_is_black(self) -> None:
        flat = Image.fromarray(np.full((64, 64), 5000, dtype=np.uint16))

        assert decode(images.encoded(flat, "PNG"), LIMITS).max() == 0

    @pytest.mark.parametrize(
        ("orientation", "undo"),
        [
            (3, Image.Transpose.ROTATE_180),
            (6, Image.Transpose.ROTATE_90),
            (8, Image.Transpose.ROTATE_270),
            (2, Image.Transpose.FLIP_LEFT_RIGHT),
        ],
    )
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_the_orientation_that_the_camera_noted_is_applied(
        self, orientation: int, undo: Image.Transpose, kind: str
    ) -> None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        content = images.encoded(images.image().transpose(undo), kind, exif=exif, quality=95)

        assert difference(decode(content, LIMITS), GREY) < 3

    def test_a_large_jpeg_is_decoded_at_reduced_scale_but_not_below_the_networks_need(
        self,
    ) -> None:
        content = images.encoded(images.image(size_px=2048), "JPEG")

        height, width = decode(content, LIMITS).shape

        assert 448 <= height == width <= 1024

    def test_a_very_long_image_keeps_its_shape(self) -> None:
        long = images.image().resize((1600, 40))

        assert decode(images.encoded(long, "PNG"), LIMITS).shape == (40, 1600)


class TestRefusing:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
    @pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
    def test_a_file_that_was_cut_short_is_refused_with_a_reason(
        self, kind: str, share: float
    ) -> None:
        content = images.encoded(images.image(), kind)

        with pytest.raises(UnreadableImage, match="damaged or cut short"):
            decode(content[: int(len(content) * share)], LIMITS)

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
    def test_only_the_magic_bytes_are_refused(self, kind: str) -> None:
        with pytest.raises(UnreadableImage, match=kind):
            decode(images.encoded(images.image(), kind)[:12], LIMITS)

    @pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
    def test_animations_and_pages_are_refused(self, kind: str) -> None:
        with pytest.raises(UnreadableImage, match="several pictures"):
            decode(images.animation(kind), LIMITS)

    def test_an_animated_gif_is_refused(self) -> None:
        with pytest.raises(UnsupportedFormat, match="GIF"):
            decode(images.animation("GIF"), LIMITS)

    @pytest.mark.parametrize("side", [60_000, 2_000_000_000])
    def test_a_header_that_claims_billions_of_pixels_is_refused_undecoded(self, side: int) -> None:
        with pytest.raises(TooLarge, match="At most 50 million pixels"):
            decode(images.png_claiming(side, side), LIMITS)

    def test_a_picture_just_over_the_pixel_limit_is_refused_with_its_size(self) -> None:
        limits = Limits(max_pixels=256 * 256 - 1)

        with pytest.raises(TooLarge, match="256 x 256"):
            decode(images.png(), limits)
        assert decode(images.png(), Limits(max_pixels=256 * 256)).shape == (256, 256)

    def test_a_tiny_picture_is_refused_with_its_size(self) -> None:
        with pytest.raises(UnreadableImage, match="only 31 x 200"):
            decode(images.encoded(images.image().resize((31, 200)), "PNG"), LIMITS)

    def test_a_header_with_no_pixels_is_refused(self) -> None:
        with pytest.raises(UnreadableImage):
            decode(images.png_claiming(0, 100), LIMITS)

    @pytest.mark.parametrize("seed", range(40))
    def test_random_damage_never_escapes_as_a_foreign_error(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        kind = ["JPEG", "PNG", "WEBP", "TIFF", "BMP"][seed % 5]
        content = np.frombuffer(images.encoded(images.image(), kind), dtype=np.uint8).copy()
        content[rng.integers(8, min(len(content), 400), size=12)] = rng.integers(0, 256, size=12)

        try:
            image = decode(content.tobytes(), LIMITS)
        except (UnreadableImage, TooLarge, UnsupportedFormat):
            return
        assert image.dtype == np.uint8
        assert image.ndim == 2
