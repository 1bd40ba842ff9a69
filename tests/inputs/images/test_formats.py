"""The first bytes decide what a file is."""

import gzip

import pytest

from api.errors import TooLarge, UnreadableImage, UnsupportedFormat
from api.inputs.images.formats import EXTENSIONS, sniff
from tests.support import images

MAX_BYTES = 1_000_000


class TestSniffing:
    @pytest.mark.parametrize("kind", sorted(EXTENSIONS))
    def test_every_accepted_format_is_recognised(self, kind: str) -> None:
        content = images.encoded(images.image(), kind)

        assert sniff(content, max_bytes=MAX_BYTES) == kind

    def test_a_big_endian_tiff_is_recognised(self) -> None:
        assert sniff(b"MM\x00*" + bytes(20), max_bytes=MAX_BYTES) == "TIFF"

    def test_no_bytes_are_refused(self) -> None:
        with pytest.raises(UnreadableImage, match=r"empty \(0 bytes\)"):
            sniff(b"", max_bytes=MAX_BYTES)

    def test_one_byte_too_many_is_refused_with_both_sizes(self) -> None:
        content = images.png()

        with pytest.raises(TooLarge, match="at most"):
            sniff(content, max_bytes=len(content) - 1)
        assert sniff(content, max_bytes=len(content)) == "PNG"

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (images.dicom(), "DICOM"),
            (images.pdf(), "PDF"),
            (images.animation("GIF"), "GIF"),
            (b"BMW is a maker of cars", "not an image"),
            (b"RIFF\x00\x00\x00\x00ACON", "not an image"),
            (b'{"json": 1}', "not an image"),
            (b"<html><body>no film</body></html>", "not an image"),
            (b"\x00", "not an image"),
        ],
    )
    def test_other_formats_are_refused_by_name_with_the_accepted_ones(
        self, content: bytes, reason: str
    ) -> None:
        with pytest.raises(
            UnsupportedFormat, match=f"{reason}.*JPEG, PNG, BMP, TIFF, WebP or DICOM"
        ):
            sniff(content, max_bytes=MAX_BYTES)


def _media(*brands: bytes) -> bytes:
    box = b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:])
    return (len(box) + 4).to_bytes(4, "big") + box + bytes(100)


def _nifti(at: int, magic: bytes) -> bytes:
    return bytes(at) + magic + bytes(400)


class TestForeignFormats:
    """Each is named, and what to export instead; none is called damaged."""

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (_media(b"heic"), "HEIC"),
            (_media(b"mif1", b"heic", b"miaf"), "HEIC"),
            (_media(b"avif"), "AVIF"),
            (_media(b"mif1", b"avif"), "AVIF"),
            (_media(b"crx "), "CR3"),
            (_media(b"isom"), "video"),
            (b"\xff\x0a" + bytes(50), "JPEG XL"),
            (b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(50), "JPEG XL"),
            (b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(50), "JPEG 2000"),
            (b"\xff\x4f\xff\x51" + bytes(50), "JPEG 2000"),
            (b"\x00" * 128 + b"DICM" + bytes(200), "DICOM"),
            (b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100" + bytes(200), "DICOM"),
            (b"\x08\x00\x05\x00\x0a\x00\x00\x00ISO_IR 100" + bytes(200), "DICOM"),
            (b"\x08\x00\x00\x00\x04\x00\x00\x00" + bytes(200), "DICOM"),
            (b"\x02\x00\x00\x00UL\x04\x00" + bytes(200), "DICOM"),
            (b"\x00\x08\x00\x05CS\x00\x0aISO_IR 100" + bytes(200), "DICOM"),
            (images.pdf(), "PDF"),
            (b"\n\njunk before\n" + images.pdf(), "PDF"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
            (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a film -->\n<svg/>", "SVG"),
            (_nifti(344, b"n+1\0"), "NIfTI"),
            (_nifti(344, b"ni1\0"), "NIfTI"),
            (_nifti(4, b"n+2\0"), "NIfTI"),
            (gzip.compress(_nifti(344, b"n+1\0"), mtime=0), "NIfTI"),
            (gzip.compress(b"something else", mtime=0), "gzip"),
            (b"II\xbc\x01" + bytes(50), "JPEG XR"),
            (b"FUJIFILMCCD-RAW 0201", "camera"),
            (b"IIU\x00" + bytes(50), "camera"),
            (b"8BPS\x00\x01", "Photoshop"),
            (b"P5\n640 480\n255\n", "Netpbm"),
            (b"PK\x03\x04" + bytes(50), "ZIP"),
            (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio"),
            (b"NRRD0004\n", "NRRD"),
            (b"ObjectType = Image\n", "MetaImage"),
        ],
    )
    def test_it_is_named(self, content: bytes, name: str) -> None:
        with pytest.raises(UnsupportedFormat, match=f"{name}.*export the film as JPEG") as caught:
            sniff(content, max_bytes=MAX_BYTES)
        assert "damaged" not in caught.value.message

    def test_a_bigtiff_is_a_tiff(self) -> None:
        assert sniff(b"II+\x00\x08\x00", max_bytes=MAX_BYTES) == "TIFF"
        assert sniff(b"MM\x00+\x00\x08", max_bytes=MAX_BYTES) == "TIFF"
