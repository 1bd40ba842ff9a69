"""The same film in every depth, sign, order and compression gives the same grey levels."""

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.errors import UnreadableImage
from api.inputs.images.decoding import GreyImage, Limits, decode
from api.inputs.images.pixels.intensity import BAND_PIXELS, robust_range, stretched
from tests.inputs.images import odd_files, odd_tiffs
from tests.support import images
from tests.support.examples import examples

GREY = odd_files.grey()
Values = npt.NDArray[Any]


def full_range(grey: Values) -> Values:
    """A film whose darkest level is black and whose brightest is white."""
    low, high = float(grey.min()), float(grey.max())
    return (grey.astype(np.float64) - low) * 255 / (high - low)


def difference(actual: GreyImage, expected: Values) -> float:
    return float(np.abs(actual.astype(np.float64) - expected).max())


def as_depth(depth: str) -> Values:
    """The film in numbers of this type, over a good part of its range."""
    grey = GREY.astype(np.float64)
    return {
        "u1": grey,
        "i1": grey - 128,
        "u2": grey * 16 + 7,
        "i2": grey * 200 - 25_000,
        "u4": grey * 4096 + 2_000_000_000,
        "i4": grey * 5e6 - 6e8,
        "u8": grey * 1e12,
        "i8": grey * 1e12 - 1e14,
        "f2": grey / 256,
        "f4": grey / 255 - 0.5,
        "f8": grey * 1e100,
    }[depth].astype(depth)


DEPTHS = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8")
EIGHT_BITS = frozenset({"u1", "i1"})


class TestDepthsOfTiff:
    @pytest.mark.parametrize("depth", DEPTHS)
    @pytest.mark.parametrize("photometric", [odd_tiffs.WHITE_IS_ZERO, odd_tiffs.BLACK_IS_ZERO])
    @pytest.mark.parametrize("compression", sorted(odd_tiffs.COMPRESSIONS))
    def test_every_depth_sign_order_and_compression_shows_the_image(
        self, depth: str, photometric: int, compression: str
    ) -> None:
        expected = GREY if depth in EIGHT_BITS else full_range(GREY)
        if photometric == odd_tiffs.WHITE_IS_ZERO:
            expected = 255 - expected

        for order, big in product("<>", (False, True)):
            content = odd_tiffs.tiff(
                as_depth(depth),
                order=order,
                big=big,
                photometric=photometric,
                compression=compression,
            )
            assert difference(decode(content, Limits()), expected) <= 1, (order, big)

    @given(data=st.data())
    @settings(max_examples=examples(150), deadline=None)
    def test_no_way_of_storing_changes_what_is_seen(self, data: st.DataObject) -> None:
        depth = data.draw(st.sampled_from(DEPTHS))
        samples = data.draw(st.sampled_from([1, 3]))
        predictors = [1, 3] if depth[0] == "f" else [1, 2]
        values = as_depth(depth)
        negative = samples == 1 and data.draw(st.booleans())
        compression = data.draw(st.sampled_from(["none", "lzw", "deflate"]))
        order = data.draw(st.sampled_from("<>"))
        content = odd_tiffs.tiff(
            values if samples == 1 else np.stack([values] * samples, axis=2),
            order=order,
            big=data.draw(st.booleans()),
            photometric=None if samples == 3 else int(not negative),
            compression=compression,
            predictor=1 if compression == "none" else data.draw(st.sampled_from(predictors)),
            rows_per_strip=data.draw(st.integers(1, 200)),
            tile=data.draw(st.sampled_from([None, 16, 48, 144])),
            planar=samples > 1 and data.draw(st.booleans()),
            # Pillow itself reads 8 bits, and knows no 8-bit pixels in reverse but plain ones.
            fill_order=1 if depth == "u1" else data.draw(st.sampled_from([1, 2])),
        )

        grey = decode(content, Limits())

        expected = GREY if depth in EIGHT_BITS else full_range(GREY)
        assert difference(grey, 255 - expected if negative else expected) <= 1

    @pytest.mark.parametrize("bits", [10, 12, 14])
    @pytest.mark.parametrize("compression", ["none", "lzw"])
    def test_values_that_are_packed_bit_beside_bit_are_read(
        self, bits: int, compression: str
    ) -> None:
        values = GREY.astype(np.uint16) << (bits - 8)

        content = odd_tiffs.tiff(values, bits=bits, compression=compression)

        assert difference(decode(content, Limits()), full_range(GREY)) <= 1

    @pytest.mark.parametrize("depth", ["u1", "u2"])
    def test_the_brightness_of_ycbcr_is_what_is_seen(self, depth: str) -> None:
        values = np.dstack([as_depth(depth), *[np.full_like(as_depth(depth), 99)] * 2])

        content = odd_tiffs.tiff(values, photometric=6, compression="lzw", tag530=[1, 1])

        expected = GREY if depth in EIGHT_BITS else full_range(GREY)
        assert difference(decode(content, Limits()), expected) <= 1

    @pytest.mark.parametrize("depth", ["u1", "u2"])
    def test_inks_take_light_away(self, depth: str) -> None:
        grey = as_depth(depth)
        none, black = np.zeros_like(grey), grey.max() - grey

        content = odd_tiffs.tiff(np.dstack([none, none, none, black]), photometric=5)

        assert np.corrcoef(decode(content, Limits()).ravel(), GREY.ravel())[0, 1] > 0.999

    @pytest.mark.parametrize("white", [True, False])
    def test_one_bit_is_black_and_white_whichever_is_zero(self, white: bool) -> None:
        bits = (GREY > 128).astype(np.uint8)

        content = odd_tiffs.tiff(bits, bits=1, photometric=int(not white))

        assert np.array_equal(decode(content, Limits()), (bits ^ white) * 255)

    def test_alpha_of_16_bits_lies_on_black(self) -> None:
        deep = GREY.astype(np.uint16) * 256
        alpha = np.full_like(deep, 65535)
        alpha[:32] = 0

        for values in (np.dstack([deep, alpha]), np.dstack([deep, deep, deep, alpha])):
            for content in (odd_files.png(values), odd_tiffs.tiff(values)):
                image = decode(content, Limits())
                assert image[:32].max() == 0
                assert difference(image[32:], full_range(GREY[32:])) <= 2

    def test_orientation_of_a_deep_page_is_applied(self) -> None:
        turned = np.ascontiguousarray(np.rot90(GREY.astype(np.uint16) * 16))

        content = odd_tiffs.tiff(turned, tag274=[6])

        assert difference(decode(content, Limits()), full_range(GREY)) <= 1


class TestColourOf16Bits:
    @pytest.mark.parametrize("channels", [1, 2, 3, 4])
    @pytest.mark.parametrize("interlaced", [False, True])
    def test_png_shows_12_bits_in_16_as_the_grey_one(self, channels: int, interlaced: bool) -> None:
        deep = GREY.astype(np.uint16) * 16
        colours = [deep] * (channels if channels % 2 else channels - 1)
        opaque = [np.full_like(deep, 65535)] * (1 - channels % 2)

        content = odd_files.png(np.dstack([*colours, *opaque]), interlaced=interlaced)

        assert difference(decode(content, Limits()), full_range(GREY)) <= 1

    def test_colours_become_luminance_before_they_are_stretched(self) -> None:
        ramp = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
        values = np.dstack([ramp, ramp[:, ::-1], ramp[::-1]])
        luminance = values @ np.array([0.299, 0.587, 0.114])

        for content in (odd_files.png(values), odd_tiffs.tiff(values)):
            assert difference(decode(content, Limits()), full_range(luminance)) <= 1

    @pytest.mark.parametrize("channels", [1, 3])
    def test_the_transparent_colour_is_black_by_all_its_bits(self, channels: int) -> None:
        values = np.repeat(GREY.astype(np.uint16)[..., None] * 16 + 3, channels, axis=2)
        values[:16], values[16:32] = 1000, 1001
        key = np.full(channels, 1000, dtype=">u2").tobytes()

        content = odd_files.png(values, before=odd_files.chunk(b"tRNS", key))

        image = decode(content, Limits())
        assert image[:16].max() == 0
        assert image[16:32].min() > 30


class TestOutliers:
    """What is burnt in, hot or dark beside the film does not darken it."""

    LABEL = (slice(2, 18), slice(2, 18))
    BORDER = (slice(110, None), slice(None))

    @pytest.mark.parametrize("depth", ["u2", "i2", "u4", "f4"])
    @pytest.mark.parametrize("kind", ["hot pixel", "burnt in", "border", "all"])
    @pytest.mark.parametrize("negative", [False, True])
    def test_the_rest_stays_as_it_is(self, depth: str, kind: str, negative: bool) -> None:
        values = (GREY.astype(np.int64) * 16 + 500).astype(depth)
        plain = decode(odd_tiffs.tiff(values, photometric=int(not negative)), Limits())
        brightest = 3.4e38 if depth == "f4" else np.iinfo(depth).max
        seen = np.ones(GREY.shape, dtype=bool)
        spoilt = values.copy()
        for name, place, value in (
            ("hot pixel", (64, 64), brightest),
            ("burnt in", self.LABEL, brightest),
            ("border", self.BORDER, 0),
        ):
            if kind in {name, "all"}:
                spoilt[place], seen[place] = value, False

        image = decode(odd_tiffs.tiff(spoilt, photometric=int(not negative)), Limits())

        assert difference(image[seen], plain[seen].astype(float)) <= 2

    def test_text_with_soft_edges_costs_little_contrast(self) -> None:
        values = GREY.astype(np.uint16) * 16
        values[10, :100] = np.linspace(4200, 65535, 100)

        image = decode(odd_files.png(values), Limits())

        assert np.ptp(image[20:]) > 150

    def test_two_levels_are_black_and_white(self) -> None:
        values = np.full((64, 64), 1000, dtype=np.uint16)
        values[:20] = 3000

        assert set(np.unique(decode(odd_files.png(values), Limits()))) == {0, 255}


class TestFloats:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("depth", ["f2", "f4", "f8"])
    def test_what_is_not_a_number_is_refused(self, value: float, depth: str) -> None:
        values = (GREY / 255).astype(depth)
        values[100, 100] = value

        with pytest.raises(UnreadableImage, match="not numbers"):
            decode(odd_tiffs.tiff(values), Limits())

    def test_values_too_far_apart_are_refused(self) -> None:
        values = np.linspace(-1, 1, 64 * 64).reshape(64, 64) * 1.7e308

        with pytest.raises(UnreadableImage, match="too far apart"):
            decode(odd_tiffs.tiff(values), Limits())


class TestEightBits:
    @pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "CMYK", "1"])
    def test_levels_are_those_that_pillow_gives(self, mode: str) -> None:
        xray = images.image(size_px=300).convert("RGB").convert(mode)
        kinds = {"CMYK": ["TIFF", "JPEG"], "RGBA": ["PNG", "TIFF", "WEBP"]}.get(
            mode, ["PNG", "TIFF"]
        )
        grey = np.asarray(xray.convert("RGB").convert("L"))

        for kind in kinds:
            image = decode(images.encoded(xray, kind, quality=100, lossless=True), Limits())
            assert difference(image, grey.astype(float)) <= (3 if kind == "JPEG" else 1), kind


class TestPicturesOfSeveralBands:
    """Large pictures are read in bands of rows; what is darkest may lie in any of them."""

    ROWS, COLUMNS = 12 * BAND_PIXELS // 1600, 1600

    def values(self) -> Values:
        noise = np.random.default_rng(4).normal(1000, 100, (self.ROWS, self.COLUMNS))
        return noise.astype(np.float32)

    @pytest.mark.parametrize("band", [0, 1, 2])
    def test_bright_rows_count_wherever_they_are(self, band: int) -> None:
        height = self.ROWS // 3
        values = self.values()
        values[band * height : (band + 1) * height] += 5000
        levels, counts = np.unique(values.astype(np.float64), return_counts=True)
        low, high = robust_range(levels, counts)

        grey = stretched(values)

        expected = np.clip((values - low) * 255 / (high - low), 0, 255)
        assert difference(grey, expected) <= 1

    def test_numbers_too_far_apart_are_refused_wherever_they_are(self) -> None:
        for row in (0, -1):
            values = self.values().astype(np.float64)
            values[row, :2] = 1e308, -1e308

            with pytest.raises(UnreadableImage, match="too far apart"):
                stretched(values)
