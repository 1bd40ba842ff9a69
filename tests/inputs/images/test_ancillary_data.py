"""What lies beside the picture in its file neither refuses it nor changes it."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from api.errors import UnreadableImage
from api.inputs.images.decoding import GreyImage, Limits, decode
from tests.inputs.images import odd_files, odd_tiffs
from tests.support import images

GREY = odd_files.grey()
JUNK = bytes(range(256)) * 40


def jpeg(**options: object) -> bytes:
    return images.encoded(images.image(size_px=odd_files.SIZE_PX), "JPEG", quality=95, **options)


def plain_jpeg() -> GreyImage:
    return decode(jpeg(), Limits())


class TestPng:
    @pytest.mark.parametrize(
        "data",
        [
            odd_files.chunk(b"tEXt", b"Comment\0a film", checksum=1),
            odd_files.chunk(b"tEXt", b"Comment\0" + b"x" * 2_000_000),
            odd_files.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000))),
            odd_files.chunk(b"zTXt", b"Comment\0\0not compressed"),
            odd_files.chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(10**7))),
            odd_files.chunk(b"iTXt", b"XML:com.adobe.xmp"),
            odd_files.chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(bytes(10**7))),
            odd_files.chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 3\nabc"),
            odd_files.chunk(b"iCCP", b"profile\0\0" + zlib.compress(bytes(50_000_000))),
            odd_files.chunk(b"iCCP", JUNK),
            odd_files.chunk(b"eXIf", JUNK),
            odd_files.chunk(b"eXIf", b"II*\0\xff\xff\xff\xff"),
            odd_files.chunk(b"gAMA", b""),
            odd_files.chunk(b"pHYs", b"\0"),
            odd_files.chunk(b"tRNS", b"\0\0", checksum=1),
            odd_files.chunk(b"acTL", b"\0\0\0\5\0\0\0\0", checksum=1),
            odd_files.chunk(b"acTL", b"\0"),
            odd_files.chunk(b"fcTL", JUNK),
            odd_files.chunk(b"teSt", b"junk") * 3000,
        ],
        ids=lambda data: f"{data[4:8].decode()}-{len(data)}",
    )
    @pytest.mark.parametrize("place", ["before", "after"])
    def test_chunks_that_do_not_make_the_picture_do_not_matter(
        self, data: bytes, place: str
    ) -> None:
        content = (
            odd_files.png(GREY, before=data)
            if place == "before"
            else odd_files.png(GREY, after=data)
        )

        assert np.array_equal(decode(content, Limits()), GREY)

    def test_junk_behind_the_end_does_not_matter(self) -> None:
        assert np.array_equal(decode(odd_files.png(GREY) + JUNK, Limits()), GREY)

    def test_the_orientation_is_found_wherever_it_stands(self) -> None:
        turned = np.ascontiguousarray(np.rot90(GREY))
        exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
        xmp = b'<rdf:Description tiff:Orientation="6"/>'
        profile = b"\nexif\n%8d\n%s\n" % (len(exif) + 6, (b"Exif\0\0" + exif).hex().encode())

        for data in (
            odd_files.chunk(b"eXIf", exif),
            odd_files.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp),
            odd_files.chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0en\0\0" + zlib.compress(xmp)),
            odd_files.chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile)),
        ):
            assert np.array_equal(decode(odd_files.png(turned, before=data), Limits()), GREY)

    def test_more_chunks_than_a_picture_needs_are_refused(self) -> None:
        content = odd_files.png(GREY, before=odd_files.chunk(b"teSt", b"") * 100_001)

        with pytest.raises(UnreadableImage, match="more than 100000 chunks"):
            decode(content, Limits())

    def test_an_animation_of_one_frame_is_a_picture(self) -> None:
        one = odd_files.chunk(b"acTL", struct.pack(">II", 1, 0))

        assert np.array_equal(decode(odd_files.png(GREY, before=one), Limits()), GREY)

    def test_a_frame_behind_the_picture_makes_two(self) -> None:
        one = odd_files.chunk(b"acTL", struct.pack(">II", 1, 0))
        frame = odd_files.chunk(b"fcTL", bytes(26)) + odd_files.chunk(b"fdAT", bytes(40))

        with pytest.raises(UnreadableImage, match="several pictures"):
            decode(odd_files.png(GREY, before=one, after=frame), Limits())

    def test_a_wrong_checksum_of_the_header_is_damage(self) -> None:
        content = bytearray(odd_files.png(GREY))
        content[30] ^= 0xFF

        with pytest.raises(UnreadableImage, match="damaged"):
            decode(bytes(content), Limits())


class TestJpeg:
    @pytest.mark.parametrize(
        "segment",
        [
            odd_files.segment(0xE1, b"Exif\0\0" + JUNK),
            odd_files.segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff"),
            odd_files.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + JUNK),
            odd_files.segment(0xE2, b"ICC_PROFILE\0\x05\x01" + JUNK),
            odd_files.segment(0xE2, b"MPF\0" + JUNK),
            odd_files.segment(0xED, b"Photoshop 3.0\0" + JUNK),
            odd_files.segment(0xEE, b"Adobe"),
            odd_files.segment(0xE0, b"JFIF\0"),
            odd_files.segment(0xE0, b"JFXX\0" + JUNK),
            odd_files.segment(0xFE, JUNK) * 300,
        ],
        ids=lambda data: f"{data[1]:x}-{len(data)}",
    )
    def test_segments_that_do_not_make_the_picture_do_not_matter(self, segment: bytes) -> None:
        content = odd_files.with_segments(jpeg(), segment)

        assert np.array_equal(decode(content, Limits()), plain_jpeg())

    def test_a_cameras_preview_behind_the_picture_is_no_second_one(self) -> None:
        assert np.array_equal(decode(odd_files.mpo(), Limits()), plain_jpeg())

    @pytest.mark.parametrize("progressive", [False, True])
    def test_a_preview_within_the_exif_data_is_not_the_picture(self, progressive: bool) -> None:
        preview = b"Exif\0\0" + odd_files.scan_bomb(300)[:60_000]

        content = odd_files.with_segments(
            jpeg(progressive=progressive), odd_files.segment(0xE1, preview)
        )

        assert np.abs(decode(content, Limits()).astype(int) - plain_jpeg()).max() <= 1

    def test_a_value_that_does_not_fit_its_tag_does_not_matter(self) -> None:
        # One flipped byte makes the width (a long) the bits per sample (a short).
        exif = Image.Exif()
        exif[0x0112], exif[0x0100] = 6, 70000
        content = bytearray(jpeg(exif=exif.tobytes()))
        content[content.index(b"Exif\x00\x00") + 16] = 2

        assert np.array_equal(decode(bytes(content), Limits()), np.rot90(plain_jpeg(), -1))

    def test_more_segments_than_a_picture_needs_are_refused(self) -> None:
        content = odd_files.with_segments(jpeg(), odd_files.segment(0xFE, b"") * 5_000)

        with pytest.raises(UnreadableImage, match="more than 5000 segments"):
            decode(content, Limits())


class TestWebp:
    @pytest.mark.parametrize("name", [b"EXIF", b"XMP ", b"ICCP", b"junk"])
    def test_chunks_that_do_not_make_the_picture_do_not_matter(self, name: bytes) -> None:
        assert np.array_equal(decode(odd_files.webp_with_chunk(name, JUNK), Limits()), GREY)

    def test_more_chunks_than_a_picture_needs_are_refused(self) -> None:
        content = odd_files.webp_with_chunk(b"EXIF", b"") + (b"junk" + bytes(4)) * 1_000

        with pytest.raises(UnreadableImage, match="more than 1000 chunks"):
            decode(content, Limits())


class TestTiff:
    @pytest.mark.parametrize("flagged", [True, False])
    @pytest.mark.parametrize("preview_first", [True, False])
    def test_a_preview_is_no_page(self, flagged: bool, preview_first: bool) -> None:
        content = odd_files.tiff_with_preview(flagged=flagged, preview_first=preview_first)

        assert np.array_equal(decode(content, Limits()), GREY)

    def test_a_mask_is_no_page(self) -> None:
        mask = odd_tiffs.page((GREY > 9).astype(np.uint8), bits=1, tag254=[4])

        content = odd_tiffs.file_of(odd_tiffs.page(GREY), mask)

        assert np.array_equal(decode(content, Limits()), GREY)

    @pytest.mark.parametrize(
        "second",
        [
            odd_tiffs.page(GREY),
            odd_tiffs.page(np.ascontiguousarray(GREY[:100])),
            odd_tiffs.page(np.ascontiguousarray(GREY[::4, ::4]), tag254=[2]),
            odd_tiffs.page(np.ascontiguousarray(GREY[::4, ::2])),
        ],
    )
    def test_pages_that_are_no_previews_are_refused(self, second: odd_tiffs.Page) -> None:
        for big in (False, True):
            content = odd_tiffs.file_of(odd_tiffs.page(GREY), second, big=big)

            with pytest.raises(UnreadableImage, match="several pictures"):
                decode(content, Limits())

    @pytest.mark.parametrize("tag", [34675, 34665, 700, 33723, 37724, 42112, 65000])
    def test_tags_that_do_not_make_the_picture_do_not_matter(self, tag: int) -> None:
        page = odd_tiffs.page(GREY)
        page.raw[tag] = JUNK

        assert np.array_equal(decode(odd_tiffs.file_of(page), Limits()), GREY)

    def test_a_chain_that_leads_nowhere_or_in_a_circle_ends(self) -> None:
        content = odd_tiffs.tiff(GREY)
        at = 8 + 2 + 12 * int.from_bytes(content[8:10], "little")

        for target in (8, len(content) - 3, len(content) + 100, 0xFFFFFFFF):
            changed = content[:at] + struct.pack("<I", target) + content[at + 4 :]
            assert np.array_equal(decode(changed, Limits()), GREY)

    def test_a_tiff_without_byte_counts_is_read(self) -> None:
        for values, compression in ((GREY, "lzw"), (GREY.astype(np.uint16) << 4, "packbits")):
            content = odd_tiffs.tiff(values, compression=compression)
            without = content.replace(struct.pack("<HH", 279, 4), struct.pack("<HH", 60_000, 4))

            assert without != content
            assert np.array_equal(decode(without, Limits()), decode(content, Limits()))
