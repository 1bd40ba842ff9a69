"""What costs too much, or crashes a decoder, is refused before it is decoded, by its name."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from api.errors import TooLarge, UnreadableImage, UnsupportedFormat
from api.inputs.images.decoding import Limits, decode
from tests.inputs.images import odd_files, odd_tiffs
from tests.inputs.images.decoder_process import decoded_alone
from tests.support import images

GREY = odd_files.grey()


def refused(content: bytes) -> str:
    """The sentence for a format that is not read; it never says that a file is damaged."""
    with pytest.raises(UnsupportedFormat) as caught:
        decode(content, Limits())
    assert "damaged" not in caught.value.message
    assert "export the " in caught.value.message
    return caught.value.message


class TestJpegFrames:
    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (odd_files.lossless_jpeg(GREY), r"lossless JPEG \(SOF3\)"),
            (odd_files.jpeg_with_frame(0xC1, bits=12), "12-bit JPEG"),
            (odd_files.jpeg_with_frame(0xC2, bits=12), "12-bit JPEG"),
            (odd_files.jpeg_with_frame(0xC0, bits=16), "16-bit JPEG"),
            (odd_files.jpeg_with_frame(0xC0, height=0), "DNL"),
            (odd_files.jpeg_with_frame(0xF7), "JPEG-LS"),
            (odd_files.jpeg_with_frame(0xDE), "hierarchical"),
            *((odd_files.jpeg_with_frame(m), "hierarchical") for m in (0xC5, 0xC6, 0xC7, 0xCD)),
            *((odd_files.jpeg_with_frame(m), "arithmetic") for m in (0xC9, 0xCA, 0xCB)),
            (b"\xff\xd8\xff\xf7\x00\x0b\x08\x00\x40\x00\x40\x01\x01\x11\x00\xff\xd9", "JPEG-LS"),
        ],
    )
    def test_frames_that_are_not_taken_are_named(self, content: bytes, name: str) -> None:
        with pytest.raises(UnsupportedFormat, match=name):
            decode(content, Limits())
        assert "baseline JPEG" in refused(content)

    def test_a_second_frame_is_looked_at_too(self) -> None:
        frame = odd_files.segment(0xC3, struct.pack(">BHHBBBB", 8, 900, 900, 1, 1, 0x11, 0))
        jpeg = odd_files.jpeg_with_frame(0xC2)

        for content in (
            odd_files.with_segments(jpeg, frame),
            jpeg.replace(b"\xff\xda", frame + b"\xff\xda", 1),
            odd_files.with_segments(jpeg, b"\xff\xff\xff" + frame[1:]),
            odd_files.with_segments(jpeg, odd_files.segment(0xFE, b"a") + b"junk" + frame),
        ):
            assert "lossless" in refused(content)

    def test_two_colour_channels_are_named(self) -> None:
        frame = struct.pack(">BHHB", 8, 64, 64, 2) + bytes([1, 0x11, 0, 2, 0x11, 0])
        content = b"\xff\xd8" + odd_files.segment(0xC0, frame) + b"\xff\xd9"

        assert "2 colour channels" in refused(content)

    @pytest.mark.parametrize("side", [128, 1024])
    def test_a_lossless_jpeg_leaves_the_process_alive(self, side: int, tmp_path: Path) -> None:
        jpeg = odd_files.lossless_jpeg(odd_files.grey(side))
        path = tmp_path / "film.jpg"

        for content in (
            jpeg,
            odd_tiffs.jpeg_in_tiff(jpeg, (side, side)),
            odd_tiffs.jpeg_in_tiff(jpeg, (side, side), tiled=True),
            odd_tiffs.jpeg_in_tiff(jpeg, (side, side), compression=6),
        ):
            path.write_bytes(content)
            answer = decoded_alone(path)
            assert answer["error"] == "UnsupportedFormat"
            assert "lossless JPEG" in str(answer["message"])


class TestScans:
    def test_200_scans_are_read_and_201_are_not(self) -> None:
        assert decode(odd_files.scan_bomb(200), Limits()).shape == GREY.shape
        with pytest.raises(UnreadableImage, match="more than 200 scans"):
            decode(odd_files.scan_bomb(201), Limits())

    def test_a_bomb_of_80000_is_refused(self) -> None:
        with pytest.raises(UnreadableImage, match="more than 200 scans"):
            decode(odd_files.scan_bomb(80_000)[: Limits().max_bytes], Limits())

    @pytest.mark.parametrize("compression", [6, 7])
    def test_a_bomb_within_a_tiff_is_refused(self, compression: int) -> None:
        bomb = odd_files.scan_bomb(300)

        with pytest.raises(UnreadableImage, match="more than 200 scans"):
            decode(odd_tiffs.jpeg_in_tiff(bomb, (128, 128), compression=compression), Limits())

    def test_scans_of_one_channel_each_are_counted_in_a_baseline_jpeg_too(self) -> None:
        colour = images.encoded(images.image(size_px=128).convert("RGB"), "JPEG")
        at = colour.index(b"\xff\xda")
        scan = odd_files.segment(0xDA, bytes([1, 1, 0, 0, 63, 0])) + b"\x00"

        with pytest.raises(UnreadableImage, match="more than 200 scans"):
            decode(colour[:at] + scan * 201 + b"\xff\xd9", Limits())

    def test_a_jpeg_within_a_tiff_may_not_claim_more_than_its_strip(self) -> None:
        jpeg = odd_files.jpeg_with_frame(0xC2, height=60_000)

        with pytest.raises(UnreadableImage, match="damaged"):
            decode(odd_tiffs.jpeg_in_tiff(jpeg, (128, 128)), Limits())


class TestTiffBounds:
    def test_strips_without_number_are_refused(self) -> None:
        tall = np.zeros((70_000, 40), dtype=np.uint8)

        with pytest.raises(UnreadableImage, match="more than 65536 strips"):
            decode(odd_tiffs.tiff(tall, rows_per_strip=1), Limits())

    def test_strips_that_all_lie_over_each_other_are_refused(self) -> None:
        content = odd_tiffs.tiff(GREY.astype(np.uint16), rows_per_strip=1, compression="lzw")
        page = odd_tiffs.page(GREY.astype(np.uint16), rows_per_strip=1, compression="lzw")
        sizes = [len(content) - 1000 - at for at in range(128)]
        found = content.index(struct.pack("<128I", *map(len, page.blocks)))
        overlapping = content[:found] + struct.pack("<128I", *sizes) + content[found + 512 :]

        with pytest.raises(UnreadableImage, match="over each other"):
            decode(overlapping, Limits())

    def test_a_directory_of_too_many_tags_is_refused(self) -> None:
        content = b"II*\0\x08\0\0\0" + struct.pack("<H", 60_000) + bytes(12 * 60_000 + 4)

        with pytest.raises(UnreadableImage, match="more than 4096 tags"):
            decode(content, Limits())

    def test_a_tag_of_too_many_values_is_refused(self) -> None:
        content = bytearray(odd_tiffs.tiff(GREY))
        at = content.index(struct.pack("<HH", 273, 4))
        content[at + 4 : at + 8] = struct.pack("<I", 5_000_000)

        with pytest.raises(UnreadableImage, match="5000000 parts"):
            decode(bytes(content), Limits())

    def test_a_huge_tile_around_a_small_picture_is_refused(self) -> None:
        content = bytearray(odd_tiffs.tiff(GREY.astype(np.uint16), tile=128, compression="lzw"))
        for tag in (322, 323):
            at = content.index(struct.pack("<HH", tag, 4))
            content[at + 8 : at + 12] = struct.pack("<I", 1_000_000)

        with pytest.raises(TooLarge, match="too much memory"):
            decode(bytes(content), Limits())

    @pytest.mark.parametrize(
        ("number", "name"),
        [
            (33003, "JPEG 2000"),
            (33005, "JPEG 2000"),
            (34712, "JPEG 2000"),
            (50002, "JPEG XL"),
            (50001, "WebP"),
            (34887, "LERC"),
            (34661, "JBIG"),
            (34677, "SGI LogLuv"),
            (12345, "number 12345"),
        ],
    )
    def test_compressions_that_are_not_read_are_named(self, number: int, name: str) -> None:
        for values in (GREY, GREY.astype(np.uint16), np.dstack([GREY] * 3)):
            assert f"compressed as {name}" in refused(odd_tiffs.tiff(values, tag259=[number]))

    @pytest.mark.parametrize(
        "content",
        [
            odd_tiffs.tiff(GREY, photometric=8),
            odd_tiffs.tiff(GREY.astype(np.uint16), photometric=3),
            odd_tiffs.tiff(GREY.astype(np.uint16), tag339=[5]),
            odd_tiffs.tiff(np.dstack([GREY] * 3), photometric=8),
            odd_tiffs.tiff(np.dstack([GREY] * 3), photometric=6),
            odd_tiffs.tiff(GREY.astype(np.float32), tag258=[24]),
        ],
    )
    def test_pixels_that_are_not_read_are_described(self, content: bytes) -> None:
        assert "holds pixels that are not read" in refused(content)

    @pytest.mark.parametrize("tags", [{"tag50706": [1]}, {"photometric": 32803}])
    def test_raw_files_of_cameras_are_named(self, tags: dict[str, Any]) -> None:
        assert "raw file of a camera" in refused(odd_tiffs.tiff(GREY, **tags))


class TestBmp:
    def bmp(self, *, compression: int, side: int = 128) -> bytes:
        content = bytearray(images.encoded(images.image(size_px=128), "BMP"))
        content[18:26] = struct.pack("<ii", side, side)
        content[30:34] = struct.pack("<I", compression)
        return bytes(content)

    @pytest.mark.parametrize(("compression", "name"), [(4, "JPEG"), (5, "PNG")])
    def test_a_shell_around_another_format_is_named(self, compression: int, name: str) -> None:
        assert f"with a {name} picture inside" in refused(self.bmp(compression=compression))

    @pytest.mark.parametrize("compression", [1, 2])
    def test_run_lengths_may_not_claim_many_pixels(self, compression: int) -> None:
        with pytest.raises(TooLarge, match="run-length"):
            decode(self.bmp(compression=compression, side=4_000), Limits())


class TestWebp:
    def test_a_webp_that_takes_too_much_memory_is_refused_undecoded(self) -> None:
        wide = Image.new("L", (6_000, 5_001))

        with pytest.raises(TooLarge, match="At most 30 million pixels"):
            decode(images.encoded(wide, "WEBP", method=0), Limits())


class TestMemory:
    """450 MB for 50 million pixels: 8 bytes for each, and 50 MB whatever the size."""

    SHAPE = (2_000, 4_096)
    MAX_EXTRA_MB = 50 + 8 * 2_000 * 4_096 / 1e6

    @pytest.mark.parametrize(
        ("kind", "channels"), [("PNG", 1), ("PNG", 3), ("PNG", 4), ("TIFF", 1), ("TIFF", 3)]
    )
    def test_deep_images_fit(self, channels: int, kind: str, tmp_path: Path) -> None:
        ramp = np.arange(self.SHAPE[1], dtype=np.uint16)
        values = np.broadcast_to(ramp[None, :, None], (*self.SHAPE, channels))
        path = tmp_path / "film"
        if kind == "PNG":
            path.write_bytes(odd_files.png(values, level=1))
        else:
            path.write_bytes(odd_tiffs.tiff(values, compression="deflate", rows_per_strip=100))

        answer = decoded_alone(path)

        assert answer.get("shape") == list(self.SHAPE), answer
        assert float(str(answer["extra_mb"])) < self.MAX_EXTRA_MB, answer
