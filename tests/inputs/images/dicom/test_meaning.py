"""What a stored value means: modality LUT, VOI LUT or window, presentation LUT, one inversion."""

import numpy as np
import pytest
from pydicom import Dataset

from api.inputs.images.decoding import GreyImage, Limits, decode
from tests.inputs.images import odd_files
from tests.support import dicom_images
from tests.support.dicom_images import dicom_image

DEEP, FLAT = dicom_images.values(bits=12), dicom_images.values(bits=8)
RAMP = np.repeat(np.arange(0, 4096, 32, dtype=np.uint16)[:, np.newaxis], 64, axis=1)
FULL_RANGE = {"WindowCenter": 2048, "WindowWidth": 4096}


def shown(content: bytes, window: str = "") -> GreyImage:
    return decode(content, Limits(dicom_window=window))


def lut_item(values: np.ndarray, *, first: int = 0, bits: int = 16, name: str = "") -> Dataset:
    item = Dataset()
    item.LUTDescriptor = [len(values) % 65536, first, bits]
    item["LUTDescriptor"].VR = "US"
    item.LUTData = values.astype("<u2").tobytes()
    item["LUTData"].VR = "OW"
    if name:
        item.LUTExplanation = name
    return item


class TestInversion:
    """A film and its negative that says so are one film."""

    @pytest.mark.parametrize("window", [{}, FULL_RANGE], ids=["no window", "window"])
    @pytest.mark.parametrize(
        "tags",
        [
            {"PhotometricInterpretation": "MONOCHROME1"},
            {"PresentationLUTShape": "INVERSE"},
            {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"},
            {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "IDENTITY"},
        ],
        ids=["MONOCHROME1", "INVERSE", "both", "MONOCHROME1 and IDENTITY"],
    )
    def test_the_negative_is_inverted_once(
        self, tags: dict[str, str], window: dict[str, int]
    ) -> None:
        negative = (4095 - DEEP).astype(np.uint16)
        mirrored = {**window, "WindowCenter": 2048} if window else {}

        assert (
            shown(dicom_image(negative, **tags, **mirrored)) == shown(dicom_image(DEEP, **window))
        ).all()

    def test_of_8_bits_too(self) -> None:
        negative = (255 - FLAT).astype(np.uint8)

        assert (shown(dicom_image(negative, PhotometricInterpretation="MONOCHROME1")) == FLAT).all()


class TestWindows:
    def test_the_first_of_several_counts(self) -> None:
        several = dicom_image(RAMP, WindowCenter=[2048, 100], WindowWidth=[4096, 10])

        assert (shown(several) == shown(dicom_image(RAMP, **FULL_RANGE))).all()

    def test_one_that_is_wanted_by_name_counts_more(self) -> None:
        several = dicom_image(
            RAMP,
            WindowCenter=[100, 2048],
            WindowWidth=[10, 4096],
            WindowCenterWidthExplanation=["BONE", "Lungs"],
        )

        assert (shown(several, "LUNGS") == shown(dicom_image(RAMP, **FULL_RANGE))).all()
        assert (shown(several, "unknown") == shown(several)).all()
        assert (shown(several, "LUNGS") != shown(several)).any()

    def test_linear_as_the_standard_says(self) -> None:
        grey = shown(dicom_image(RAMP, WindowCenter=2048, WindowWidth=1024))[:, 0]

        places = np.clip((RAMP[:, 0] - 2047.5) / 1023 + 0.5, 0, 1)
        assert (grey == np.round(places * 255)).all()

    @pytest.mark.parametrize(
        ("function", "expected"),
        [
            ("LINEAR_EXACT", lambda x: np.clip((x - 2048) / 1024 + 0.5, 0, 1)),
            ("SIGMOID", lambda x: 1 / (1 + np.exp(-4 * (x - 2048) / 1024))),
        ],
    )
    def test_other_functions(self, function: str, expected) -> None:  # type: ignore[no-untyped-def]
        grey = shown(
            dicom_image(RAMP, WindowCenter=2048, WindowWidth=1024, VOILUTFunction=function)
        )

        assert (grey[:, 0] == np.round(expected(RAMP[:, 0].astype(float)) * 255)).all()

    @pytest.mark.parametrize(
        "tags",
        [
            {"WindowCenter": 90_000, "WindowWidth": 10},
            {"WindowCenter": 2048, "WindowWidth": 0},
            {"WindowCenter": 2048},
        ],
        ids=["shows nothing", "no width", "half of one"],
    )
    def test_one_that_shows_nothing_is_left_out(self, tags: dict[str, int]) -> None:
        assert (shown(dicom_image(DEEP, **tags)) == shown(dicom_image(DEEP))).all()

    def test_without_one_an_image_is_stretched_as_a_png_of_16_bits(self) -> None:
        assert (shown(dicom_image(DEEP)) == decode(odd_files.png(DEEP), Limits())).all()

    def test_without_one_8_bits_stay_as_they_are(self) -> None:
        dim = (FLAT // 2).astype(np.uint8)

        assert (shown(dicom_image(dim)) == dim).all()
        assert (shown(dicom_image(dim.astype(np.uint16), bits=8)) == dim).all()


class TestModality:
    def test_the_window_is_in_units_of_the_rescaled_values(self) -> None:
        rescaled = dicom_image(
            RAMP, RescaleSlope=2, RescaleIntercept=-4096, WindowCenter=0, WindowWidth=2048
        )

        values = RAMP[:, 0] * 2.0 - 4096
        expected = np.round(np.clip((values + 0.5) / 2047 + 0.5, 0, 1) * 255)
        assert (shown(rescaled)[:, 0] == expected).all()

    def test_a_modality_lut_comes_before_the_window(self) -> None:
        table = np.arange(4096)[::-1]

        grey = shown(dicom_image(RAMP, ModalityLUTSequence=[lut_item(table)], **FULL_RANGE))

        assert (grey == shown(dicom_image((4095 - RAMP).astype(np.uint16), **FULL_RANGE))).all()


class TestTables:
    def test_a_voi_lut_counts_more_than_a_window(self) -> None:
        table = np.round(np.linspace(0, 1, 4096) ** 2 * 4095)

        grey = shown(dicom_image(RAMP, VOILUTSequence=[lut_item(table)], **FULL_RANGE))

        assert (grey[:, 0] == np.round(table[RAMP[:, 0]] / 4095 * 255)).all()

    def test_it_begins_where_it_says_and_ends_go_on(self) -> None:
        table = np.arange(0, 4096, 4)

        grey = shown(dicom_image(RAMP, VOILUTSequence=[lut_item(table, first=1000)]))[:, 0]

        assert (grey[RAMP[:, 0] <= 1000] == 0).all()
        assert (grey[RAMP[:, 0] >= 2024] == 255).all()
        assert grey[np.flatnonzero(RAMP[:, 0] == 1504)[0]] == round(table[504] / 4095 * 255)

    def test_one_that_is_wanted_by_name(self) -> None:
        up, down = np.arange(4096), np.arange(4096)[::-1]
        items = [lut_item(up, name="NORMAL"), lut_item(down, name="Hard")]

        grey = shown(dicom_image(RAMP, VOILUTSequence=items), "hard")

        assert (grey[:, 0] == np.round(down[RAMP[:, 0]] / 4095 * 255)).all()

    def test_a_presentation_lut_comes_behind_the_window(self) -> None:
        table = np.round(np.linspace(0, 1, 256) ** 2 * 65535)

        tags = {"PresentationLUTSequence": [lut_item(table)], **FULL_RANGE}
        grey = shown(dicom_image(RAMP, **tags))[:, 0]

        places = np.round(np.clip((RAMP[:, 0] - 2047.5) / 4095 + 0.5, 0, 1) * 255).astype(int)
        assert (grey == np.round(table[places] / 65535 * 255)).all()

    def test_a_malformed_one_is_left_out(self) -> None:
        broken = Dataset()
        broken.LUTExplanation = "broken"

        assert (shown(dicom_image(DEEP, VOILUTSequence=[broken])) == shown(dicom_image(DEEP))).all()


class TestPadding:
    @pytest.mark.parametrize("tags", [{}, FULL_RANGE], ids=["no window", "window"])
    @pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
    def test_it_is_black_and_darkens_nothing(self, photometric: str, tags: dict[str, int]) -> None:
        measured = np.clip(DEEP, 10, 4000)
        padded = measured.copy()
        padded[:, :20] = 4095
        one = {"PhotometricInterpretation": photometric, **tags}

        grey = shown(dicom_image(padded, PixelPaddingValue=4095, **one))

        assert (grey[:, :20] == 0).all()
        assert (grey[:, 20:] == shown(dicom_image(measured[:, 20:].copy(), **one))).all()

    def test_a_range_of_values_and_signs(self) -> None:
        signed = (DEEP.astype(np.int16) - 2048).astype(np.int16)
        signed[:, :20], signed[:, 20:30] = -2048, -2040

        grey = shown(dicom_image(signed, PixelPaddingValue=-2048, PixelPaddingRangeLimit=-2040))

        assert (grey[:, :30] == 0).all()

    def test_an_image_that_is_nothing_else_is_shown(self) -> None:
        flat = np.full((64, 64), 7, dtype=np.uint16)
        flat[0, 0] = 8

        grey = shown(
            dicom_image(flat, PixelPaddingValue=0, PixelPaddingRangeLimit=4095, **FULL_RANGE)
        )

        assert grey.shape == (64, 64)


class TestBits:
    def test_only_the_stored_ones_count(self) -> None:
        with_overlay = (DEEP | 0x8000).astype(np.uint16)
        left = (DEEP << 4).astype(np.uint16)

        assert (shown(dicom_image(with_overlay)) == shown(dicom_image(DEEP))).all()
        assert (shown(dicom_image(left, HighBit=15)) == shown(dicom_image(DEEP))).all()

    def test_signed_ones_keep_their_sign(self) -> None:
        signed = (DEEP.astype(np.int16) - 2048).astype(np.int16)
        left = (signed << 4).astype(np.int16)

        assert (shown(dicom_image(left, HighBit=15)) == shown(dicom_image(DEEP))).all()

    def test_planes_of_overlays_are_not_drawn(self) -> None:
        drawn = dicom_images.dataset(DEEP)
        drawn.add_new(0x60000010, "US", 128)
        drawn.add_new(0x60000011, "US", 128)
        drawn.add_new(0x60003000, "OW", b"\xff" * (128 * 128 // 8))

        assert (
            shown(dicom_images.written(drawn, "1.2.840.10008.1.2.1")) == shown(dicom_image(DEEP))
        ).all()
