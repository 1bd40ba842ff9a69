"""What is no film is refused with one sentence, before it costs anything."""

import contextlib
import struct
import time
import zlib

import numpy as np
import pytest
from pydicom import uid

from api.errors import AppError, TooLarge, UnreadableImage, UnsupportedFormat
from api.inputs.images.decoding import Limits, decode
from tests.support import dicom_images
from tests.support.dicom_images import DX, PLANTED, dicom_image

VALUES = dicom_images.values()
STORAGE = "1.2.840.10008.5.1.4.1.1"


def refusal(content: bytes, limits: Limits | None = None) -> AppError:
    with pytest.raises(AppError) as caught:
        decode(content, limits or Limits())
    assert not [word for word in PLANTED if word in caught.value.message]
    return caught.value


class TestObjects:
    @pytest.mark.parametrize(
        ("tags", "words"),
        [
            ({"Modality": "CT", "SOPClassUID": f"{STORAGE}.2"}, "a CT image"),
            ({"Modality": "CT"}, "a CT image"),
            ({"SOPClassUID": f"{STORAGE}.4"}, "an MR image"),
            ({"Modality": "US"}, "an ultrasound image"),
            ({"Modality": "NM"}, "a nuclear medicine image"),
            ({"Modality": "XA"}, "an angiogram"),
            ({"Modality": "RF"}, "a fluoroscopic image"),
            ({"Modality": "PT"}, "a PET image"),
            ({"SOPClassUID": f"{STORAGE}.13.1.3"}, "tomosynthesis"),
            ({"SOPClassUID": f"{STORAGE}.104.1", "Modality": "DOC"}, "a PDF document"),
            ({"SOPClassUID": f"{STORAGE}.88.33", "Modality": "SR"}, "a structured report"),
            ({"SOPClassUID": f"{STORAGE}.11.1", "Modality": "PR"}, "a presentation state"),
            ({"SOPClassUID": f"{STORAGE}.88.59", "Modality": "KO"}, "a key object selection"),
            ({"Modality": "SEG"}, "a segmentation"),
            ({"SOPClassUID": f"{STORAGE}.481.1"}, "radiotherapy"),
            ({"SOPClassUID": f"{STORAGE}.1.1.1"}, "for processing"),
            ({"PresentationIntentType": "FOR PROCESSING"}, "for processing"),
        ],
    )
    def test_other_objects_are_unsupported_and_named(
        self, tags: dict[str, str], words: str
    ) -> None:
        refused = refusal(dicom_image(VALUES, **tags))

        assert isinstance(refused, UnsupportedFormat)
        assert words in refused.message

    @pytest.mark.parametrize(
        "modality", ["CR", "DX", "RG", "MG", "PX", "IO", "OT", "SC", "XR", None]
    )
    def test_radiographs_are_read(self, modality: str | None) -> None:
        assert decode(dicom_image(VALUES, Modality=modality), Limits()).shape == VALUES.shape

    def test_several_frames(self) -> None:
        refused = refusal(dicom_image(VALUES, NumberOfFrames=12))

        assert isinstance(refused, UnreadableImage)
        assert "holds 12 frames" in refused.message

    def test_a_value_that_the_standard_does_not_define_is_never_quoted(self) -> None:
        content = dicom_image(VALUES, Modality="QUILLON", BodyPartExamined="ZZYZX")

        assert decode(content, Limits()).shape == VALUES.shape


class TestPixels:
    @pytest.mark.parametrize(
        ("tags", "kind", "words"),
        [
            ({"Rows": None}, UnreadableImage, "how large"),
            ({"Columns": 0}, UnreadableImage, "how large"),
            ({"BitsAllocated": 32}, UnsupportedFormat, "32 bits"),
            ({"BitsAllocated": 1}, UnsupportedFormat, "1 bits"),
            ({"SamplesPerPixel": 4}, UnsupportedFormat, "4 samples"),
            ({"PixelData": b""}, UnreadableImage, "no pixels"),
            ({"PixelData": b"\0" * 100}, UnreadableImage, "cut short"),
            ({"Rows": 20, "Columns": 20}, UnreadableImage, "only 20 x 20"),
        ],
    )
    def test_tags_that_make_no_picture(
        self, tags: dict[str, object], kind: type[AppError], words: str
    ) -> None:
        refused = refusal(dicom_image(VALUES, **tags))

        assert isinstance(refused, kind)
        assert words in refused.message

    @pytest.mark.parametrize(
        "tags",
        [
            {"BitsStored": 99},
            {"HighBit": 3},
            {"PhotometricInterpretation": "MONOCHROME9"},
            {"SamplesPerPixel": None, "PhotometricInterpretation": None},
            {"WindowCenter": 1e300, "WindowWidth": 1e-300},
            {"RescaleSlope": 0, "RescaleIntercept": 1e300},
        ],
    )  # fmt: skip
    def test_tags_that_are_only_wrong_are_left_out(self, tags: dict[str, object]) -> None:
        assert decode(dicom_image(VALUES, **tags), Limits()).shape == VALUES.shape


class TestTransferSyntaxes:
    @pytest.mark.parametrize("syntax", [uid.MPEG2MPML, uid.HEVCMP51, uid.JPEG2000MC])
    def test_one_that_is_not_decoded_is_named(self, syntax: uid.UID) -> None:
        refused = refusal(dicom_images.with_codestream(b"\0\0\1\xb3" * 50, syntax, VALUES))

        assert isinstance(refused, UnsupportedFormat)
        assert syntax.name in refused.message
        assert "export" in refused.message

    def test_one_that_is_not_known_is_not_quoted(self) -> None:
        refused = refusal(
            dicom_images.with_codestream(b"\1" * 60, uid.UID("1.2.3.77412987.9"), VALUES)
        )

        assert isinstance(refused, UnsupportedFormat)

    def test_arithmetic_coding(self) -> None:
        stream = b"\xff\xd8\xff\xc9\x00\x0b\x08\x00\x80\x00\x80\x01\x01\x11\x00" + bytes(50)

        refused = refusal(dicom_images.with_codestream(stream, uid.JPEGBaseline8Bit, VALUES))

        assert "arithmetic" in refused.message


class TestBounds:
    """Refused within the blink of an eye, whatever is claimed."""

    def test_a_size_beyond_the_limit_is_refused_before_decoding(self) -> None:
        refused = refusal(dicom_image(VALUES, Rows=60_000, Columns=60_000))

        assert isinstance(refused, TooLarge)
        assert "60000 x 60000" in refused.message

    def test_a_codestream_beyond_the_limit_is_refused_whatever_the_tags_say(self) -> None:
        size = struct.pack(">HIIIIIIII", 0, 60_000, 60_000, 0, 0, 60_000, 60_000, 0, 0)
        stream = b"\xff\x4f\xff\x51\x00\x29" + size + b"\x00\x01\x07\x01\x01" + bytes(90)

        refused = refusal(dicom_images.with_codestream(stream, uid.JPEG2000Lossless, VALUES))

        assert isinstance(refused, TooLarge)
        assert "60000 x 60000" in refused.message

    def test_run_lengths_that_cannot_fill_the_picture_are_refused(self) -> None:
        header = struct.pack("<16I", 2, 64, 66, *[0] * 13)
        content = dicom_images.with_codestream(
            header + b"\x81\x00" * 4, uid.RLELossless, VALUES, Rows=7000, Columns=7000
        )

        assert isinstance(refusal(content), UnreadableImage)

    def test_a_deflated_file_is_unpacked_up_to_an_image(self) -> None:
        plain = dicom_image(VALUES, syntax=uid.ExplicitVRLittleEndian)
        empty = dicom_image(VALUES, syntax=uid.DeflatedExplicitVRLittleEndian)
        meta_end = 132 + 12 + int.from_bytes(empty[140:144], "little")
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = (
            b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100"
            + b"\xe1\x7f\x10\x10OB\x00\x00"
            + (struct.pack("<I", 400_000_000))
        )
        bomb = empty[:meta_end] + packer.compress(data + bytes(120_000_000)) + packer.flush()
        assert len(bomb) < 200_000 < len(plain) * 10

        before = time.process_time()
        refused = refusal(bomb, Limits(max_pixels=5_000_000))

        assert isinstance(refused, TooLarge)
        assert "unpacks to more than" in refused.message
        assert time.process_time() - before < 5

    def test_sequences_in_sequences_are_refused_and_end_nothing(self) -> None:
        opening = b"\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
        content = dicom_images.bare(VALUES, implicit=False)
        at = content.index(b"\x28\x00\x02\x00US")

        refused = refusal(content[:at] + opening * 20_000)

        assert isinstance(refused, UnreadableImage)

    @pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.JPEGLSLossless])
    def test_cut_anywhere_it_is_read_or_refused(self, syntax: uid.UID) -> None:
        content = dicom_image(VALUES, syntax=syntax)

        for share in np.linspace(0.01, 0.99, 25):
            with contextlib.suppress(AppError):
                image = decode(content[: int(len(content) * share)], Limits())
                assert image.shape == VALUES.shape


class TestSniffing:
    """No other file becomes a DICOM."""

    @pytest.mark.parametrize(
        "content",
        [
            b"\x08\x00" * 200,
            b"\x02\x00\x00\x00UL\x04\x00" + bytes(300),
            b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100" + b"\x08\x00\x16\x00UI\x02\x001." + bytes(300),
            b"\x08\x00\x16\x00UI\x1a\x001.2.840.10008.5.1.4.1.1.2\x00",
            bytes(600),
            b"plain text " * 100,
        ],
    )
    def test_what_has_no_proof_is_unsupported(self, content: bytes) -> None:
        with pytest.raises(UnsupportedFormat):
            decode(content, Limits())

    def test_a_file_of_dicoms_own_class_without_pixels_is_named(self) -> None:
        assert DX.startswith(STORAGE)
        assert "no pixels" in refusal(dicom_image(VALUES, PixelData=b"")).message
