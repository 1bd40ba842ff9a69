"""DICOM films in every transfer syntax that is read, against the same film as PNG."""

import base64
import io
from pathlib import Path

import gdcm
import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread, uid
from pydicom.data import get_testdata_file
from pydicom.encaps import get_frame

from api.inputs.images.decoding import GreyImage, Limits, decode, read_image
from tests.inputs.images import odd_files
from tests.support import dicom_images, images

DEEP, FLAT = dicom_images.values(bits=12), dicom_images.values(bits=8)
EXACT = (
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
    uid.RLELossless,
    uid.JPEGLSLossless,
    uid.JPEG2000Lossless,
)
LOSSY = (uid.JPEGLSNearLossless, uid.JPEG2000)
BY_GDCM = (
    gdcm.TransferSyntax.JPEGLosslessProcess14,
    gdcm.TransferSyntax.JPEGLosslessProcess14_1,
)

# A ramp of 64 x 64 values of 16 bits that OpenJPH 0.26 wrote without loss.
HTJ2K = base64.b64decode(
    "/0//UQApQAAAAABAAAAAQAAAAAAAAAAAAAAAQAAAAEAAAAAAAAAAAAABDwEB/1AACAACAAAACv9SAAwAAgABAAUE"
    "BEAB/1wAEyCIkJCQkJCQkJCQkJCQiIiI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAASgAAf+TwAAr"
    "AP9/kfRH+tnuAoG0AMAAE8AAE4DatP0CAnQAtrXtAKNUAMAAFTAABVhsbGxsqnGCdQDaatOm7cBCAey2AMAAFfAA"
    "BaY0Go1Go9Fo58p6enECeABs2djY2NjY2P79jGB79jGB7LoAwAAWzAABdEAYhmEYhmEYhmEYhmH5/wp6enp6enpw"
    "gn0AsjKZTCaTyWQymUwmk8n+/3hghAe/YhAe/YhAe/YhAeyzAcAALqoAAXeAxhhjjDHGGGOMMcYYY4wxxhhjjDH+"
    "v/wKenp6enp6enp6enp6enpwAnYBTsdxHMdxHMdxHMdxHMdxHMdxHMdxHMdx/v9/2wBCB79hCB79hCB79hCB79hC"
    "B79hCB79hCB79hCB7LMC/9k="
)


def shown(content: bytes, **limits: str) -> GreyImage:
    return decode(content, Limits(**limits))  # type: ignore[arg-type]


def as_png(stored: dicom_images.Values) -> GreyImage:
    """The same values as a PNG of 8 or 16 bits, read as any PNG is."""
    return shown(odd_files.png(stored))


def difference(one: GreyImage, other: GreyImage) -> int:
    return int(np.abs(one.astype(np.int16) - other).max())


class TestTransferSyntaxes:
    @pytest.mark.parametrize("stored", [DEEP, FLAT], ids=["12 bits", "8 bits"])
    @pytest.mark.parametrize("syntax", EXACT, ids=lambda syntax: syntax.name)
    def test_without_loss_it_is_the_png_of_the_image(
        self, syntax: uid.UID, stored: dicom_images.Values
    ) -> None:
        assert (shown(dicom_images.dicom_image(stored, syntax=syntax)) == as_png(stored)).all()

    @pytest.mark.parametrize(
        "syntax", [uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K], ids=lambda s: s.name
    )
    def test_so_it_is_as_high_throughput_jpeg_2000(self, syntax: uid.UID) -> None:
        ramp = np.add.outer(np.arange(64) * 40, np.arange(64) * 20).astype(np.uint16)

        sent = dicom_images.with_codestream(HTJ2K, syntax, ramp, BitsStored=16, HighBit=15)

        assert (shown(sent) == as_png(ramp)).all()

    @pytest.mark.parametrize("stored", [DEEP, FLAT], ids=["12 bits", "8 bits"])
    @pytest.mark.parametrize("syntax", BY_GDCM)
    def test_so_it_is_as_lossless_jpeg(
        self, syntax: int, stored: dicom_images.Values, tmp_path: Path
    ) -> None:
        content = dicom_images.by_gdcm(stored, syntax, tmp_path)

        assert (shown(content) == as_png(stored)).all()

    @pytest.mark.parametrize("syntax", LOSSY, ids=lambda syntax: syntax.name)
    def test_with_loss_it_is_nearly_that(self, syntax: uid.UID) -> None:
        assert difference(shown(dicom_images.dicom_image(DEEP, syntax=syntax)), as_png(DEEP)) <= 3

    def test_jpeg_of_8_and_of_12_bits(self, tmp_path: Path) -> None:
        baseline = dicom_images.dicom_image(FLAT, syntax=uid.JPEGBaseline8Bit)
        extended = gdcm.TransferSyntax.JPEGExtendedProcess2_4

        assert difference(shown(baseline), as_png(FLAT)) <= 12
        deep = dicom_images.by_gdcm(DEEP, extended, tmp_path)
        assert difference(shown(deep), as_png(DEEP)) <= 2

    @pytest.mark.parametrize("syntax", EXACT[:-1], ids=lambda syntax: syntax.name)
    def test_signed_values_are_read(self, syntax: uid.UID) -> None:
        signed = (DEEP.astype(np.int16) - 2048).astype(np.int16)

        assert (shown(dicom_images.dicom_image(signed, syntax=syntax)) == as_png(DEEP)).all()

    def test_the_codestream_counts_where_the_transfer_syntax_is_wrong(self) -> None:
        made = dcmread(io.BytesIO(dicom_images.dicom_image(DEEP, syntax=uid.JPEGLSLossless)))
        frame = get_frame(made.PixelData, 0, number_of_frames=1)

        content = dicom_images.with_codestream(frame, uid.JPEG2000, DEEP)

        assert (shown(content) == as_png(DEEP)).all()

    def test_a_large_jpeg_2000_comes_at_reduced_scale_and_whole_where_it_is_stored(self) -> None:
        stored = dicom_images.values(size_px=905)
        window = {"WindowCenter": 2048, "WindowWidth": 4096}
        content = dicom_images.dicom_image(stored, syntax=uid.JPEG2000Lossless, **window)

        reduced, whole = (read_image(content, Limits(), whole=w).pixels for w in (False, True))

        assert (reduced.shape, whole.shape) == ((453, 453), (905, 905))
        assert (whole == shown(dicom_images.dicom_image(stored, **window))).all()
        halved = np.asarray(Image.fromarray(whole).resize((453, 453), Image.Resampling.BOX))
        assert np.abs(reduced.astype(float) - halved).mean() < 2


class TestWithoutMetaInformation:
    @pytest.mark.parametrize("implicit", [True, False], ids=["implicit", "explicit"])
    def test_the_tags_prove_what_it_is(self, implicit: bool) -> None:
        assert (shown(dicom_images.bare(DEEP, implicit=implicit)) == as_png(DEEP)).all()

    def test_so_they_do_behind_a_preamble_without_meta_information(self) -> None:
        content = bytes(128) + b"DICM" + dicom_images.bare(DEEP, implicit=False)

        assert (shown(content) == as_png(DEEP)).all()

    def test_a_preamble_that_begins_like_another_format_changes_nothing(self) -> None:
        content = b"II*\x00\x08\x00\x00\x00" + dicom_images.dicom_image(DEEP)[8:]

        assert (shown(content) == as_png(DEEP)).all()


class TestColour:
    def test_a_capture_in_colour_becomes_its_luminance(self) -> None:
        colour = np.asarray(images.image(size_px=64).convert("RGB")).copy()
        colour[:20, :20] = (200, 30, 90)

        grey = shown(dicom_images.dicom_image(colour, Modality="OT"))

        assert (grey == np.asarray(Image.fromarray(colour).convert("L"))).all()

    @pytest.mark.parametrize(
        "name",
        [
            "SC_rgb_rle.dcm", "SC_rgb_gdcm_KY.dcm", "SC_rgb_jpeg_dcmtk.dcm",
            "SC_ybr_full_422_uncompressed.dcm", "SC_rgb_jpeg_lossy_gdcm.dcm",
            "SC_rgb_dcmtk_+eb+cy+np.dcm", "SC_rgb_jls_lossy_line.dcm",
        ],
    )  # fmt: skip
    def test_pydicoms_own_captures_agree_with_pydicom(self, name: str) -> None:
        path = Path(str(get_testdata_file(name, download=False)))

        grey = shown(path.read_bytes())

        expected = np.asarray(Image.fromarray(dcmread(path).pixel_array).convert("L"))
        # Colours that are no colours are cut off on the way to RGB and back.
        assert difference(grey, expected) <= 10
        assert np.abs(grey.astype(float) - expected).mean() < 0.5

    def test_a_palette_is_looked_up(self) -> None:
        ramp = np.arange(256, dtype=np.uint16)
        tags = {
            f"{colour}PaletteColorLookupTable{part}": value
            for colour in ("Red", "Green", "Blue")
            for part, value in (
                ("Descriptor", [256, 0, 16]),
                ("Data", (ramp[::-1] * 257).astype("<u2").tobytes()),
            )
        }

        grey = shown(
            dicom_images.dicom_image(
                FLAT, PhotometricInterpretation="PALETTE COLOR", Modality="SC", **tags
            )
        )

        assert difference(grey, (255 - FLAT).astype(np.uint8)) == 0


class TestPydicomsOwnFiles:
    """Each of those that ship with pydicom is read, or refused with a sentence."""

    def test_none_of_them_is_a_surprise(self) -> None:
        folder = Path(str(get_testdata_file("CT_small.dcm", download=False))).parent
        outcomes = {path.name: _outcome(path.read_bytes()) for path in folder.glob("*.dcm")}

        assert len(outcomes) > 70
        assert outcomes["CT_small.dcm"].startswith("This is a CT image")
        assert outcomes["MR_small_bigendian.dcm"].startswith("This is an MR image")
        assert outcomes["test-SR.dcm"].startswith("This is a structured report")
        assert outcomes["SC_rgb_rle_2frame.dcm"].startswith("The DICOM file holds 2 frames")
        assert outcomes["SC_rgb_rle_32bit.dcm"].startswith("The DICOM file has 32 bits")
        assert outcomes["examples_palette.dcm"].startswith("This is an ultrasound image")
        read = {name for name, outcome in outcomes.items() if outcome == "read"}
        assert {"SC_rgb_rle.dcm", "image_dfl.dcm", "SC_rgb_jpeg_dcmtk.dcm"} <= read
        assert all(name.startswith(("SC_", "image_dfl", "GDCMJ2K")) for name in read)


def _outcome(content: bytes) -> str:
    from api.errors import AppError

    try:
        decode(content, Limits())
    except AppError as exc:
        return exc.message
    return "read"
