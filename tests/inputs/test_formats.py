"""The first bytes decide what a file is."""

import pytest

from api.errors import TooLarge, UnreadableImage, UnsupportedFormat
from api.inputs.formats import EXTENSIONS, sniff
from tests import films

MAX_BYTES = 1_000_000


class TestSniffing:
    @pytest.mark.parametrize("kind", sorted(EXTENSIONS))
    def test_every_accepted_format_is_recognised(self, kind: str) -> None:
        content = films.encoded(films.film(), kind)

        assert sniff(content, max_bytes=MAX_BYTES) == kind

    def test_a_big_endian_tiff_is_recognised(self) -> None:
        assert sniff(b"MM\x00*" + bytes(20), max_bytes=MAX_BYTES) == "TIFF"

    def test_no_bytes_are_refused(self) -> None:
        with pytest.raises(UnreadableImage, match=r"empty \(0 bytes\)"):
            sniff(b"", max_bytes=MAX_BYTES)

    def test_one_byte_too_many_is_refused_with_both_sizes(self) -> None:
        content = films.png()

        with pytest.raises(TooLarge, match="at most"):
            sniff(content, max_bytes=len(content) - 1)
        assert sniff(content, max_bytes=len(content)) == "PNG"

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (films.dicom(), "DICOM"),
            (films.pdf(), "PDF"),
            (films.animation("GIF"), "GIF"),
            (b"BMW is a maker of cars", "not an image"),
            (b"RIFF\x00\x00\x00\x00WAVEfmt ", "not an image"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image"),
            (b"PK\x03\x04", "not an image"),
            (b"\x00", "not an image"),
        ],
    )
    def test_other_formats_are_refused_by_name_with_the_accepted_ones(
        self, content: bytes, reason: str
    ) -> None:
        with pytest.raises(UnsupportedFormat, match=f"{reason}.*JPEG, PNG, BMP, TIFF or WebP"):
            sniff(content, max_bytes=MAX_BYTES)
