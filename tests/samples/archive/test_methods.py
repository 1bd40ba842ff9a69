"""How entries of a ZIP may be compressed: read, or named; damage is called damage."""

import io
import lzma
import zipfile
import zlib

import pytest

from api.errors import UnreadableImage
from api.samples.archive.methods import BZIP2, DEFLATE64, LZMA, XZ
from api.samples.archive.reader import Archive, ArchiveLimits
from tests.support import images

LIMITS = ArchiveLimits(max_files=10, max_total_bytes=50_000_000, max_file_bytes=10_000_000)
IMAGE = images.png()


def packed(body: bytes, *, method: int, content: bytes) -> bytes:
    """An archive of one entry that is compressed already."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.png", body)
    data = bytearray(buffer.getvalue())
    index = data.index(b"PK\x01\x02")
    for place in (8, index + 10):
        data[place : place + 2] = method.to_bytes(2, "little")
    sizes = zlib.crc32(content), len(body), len(content)
    for place in (14, index + 16):
        data[place : place + 12] = b"".join(value.to_bytes(4, "little") for value in sizes)
    return bytes(data)


def read(content: bytes) -> bytes:
    with Archive(io.BytesIO(content), LIMITS) as archive:
        return archive.read(next(archive.entries()))


def deflated(content: bytes) -> bytes:
    """Without repetitions, so that it is Deflate64 as well."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15, strategy=zlib.Z_HUFFMAN_ONLY)
    return compressor.compress(content) + compressor.flush()


def long_repetition() -> bytes:
    """What Deflate64 alone can say: an `a`, then itself 60 003 times, in one block."""
    codes = [
        (1, 1, False), (1, 2, False),  # the last block; fixed codes
        (0x30 + ord("a"), 8, True),
        (0b11000101, 8, True), (60_000, 16, False),  # symbol 285: 3 + 16 bits more
        (0, 5, True),  # one byte back
        (0, 7, True),  # the end
    ]  # fmt: skip
    bits = "".join(
        format(value, f"0{width}b")[:: 1 if first_bit_first else -1]
        for value, width, first_bit_first in codes
    )
    return bytes(int(bits[place : place + 8][::-1], 2) for place in range(0, len(bits), 8))


class TestReading:
    @pytest.mark.parametrize(
        "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
    )
    def test_what_python_writes_is_read(self, method: int) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            archive.writestr("a.png", IMAGE)

        assert read(buffer.getvalue()) == IMAGE

    def test_deflate64_is_read(self) -> None:
        assert read(packed(deflated(IMAGE), method=DEFLATE64, content=IMAGE)) == IMAGE
        run = b"a" * 60_004
        assert read(packed(long_repetition(), method=DEFLATE64, content=run)) == run

    def test_xz_is_read(self) -> None:
        assert read(packed(lzma.compress(IMAGE), method=XZ, content=IMAGE)) == IMAGE

    def test_a_stream_that_was_written_without_going_back_is_read(self) -> None:
        class OneWay(io.BytesIO):
            def seekable(self) -> bool:
                return False

        buffer = OneWay()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.png", IMAGE)

        assert read(buffer.getvalue()) == IMAGE

    def test_an_archive_with_long_numbers_is_read(self) -> None:
        buffer = io.BytesIO()
        with (
            zipfile.ZipFile(buffer, "w") as archive,
            archive.open("a.png", "w", force_zip64=True) as entry,
        ):
            entry.write(IMAGE)

        assert read(buffer.getvalue()) == IMAGE

    def test_an_empty_file_is_empty(self) -> None:
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", method) as archive:
                archive.writestr("a.png", b"")
            assert read(buffer.getvalue()) == b""


class TestNaming:
    @pytest.mark.parametrize(
        ("method", "name"),
        [
            (1, "Shrink"), (6, "Implode"), (10, "DCL Implode"), (93, "Zstandard"), (98, "PPMd"),
            (97, "WavPack"), (200, "method 200"),
        ],
    )  # fmt: skip
    def test_a_method_that_is_not_read_is_named_with_the_remedy(
        self, method: int, name: str
    ) -> None:
        with pytest.raises(UnreadableImage, match=f"compressed with {name}.*Deflate") as caught:
            read(packed(IMAGE, method=method, content=IMAGE))

        assert "damaged" not in caught.value.message

    def test_xz_that_wants_too_much_memory_is_named(self) -> None:
        body = bytearray(lzma.compress(IMAGE))
        # The first block's header: it says 1 GB for the dictionary, and has a checksum.
        end = 12 + (body[12] + 1) * 4 - 4
        body[16] = 36
        body[end : end + 4] = zlib.crc32(body[12:end]).to_bytes(4, "little")

        with pytest.raises(UnreadableImage, match="compressed with XZ"):
            read(packed(bytes(body), method=XZ, content=IMAGE))

    def test_aes_is_encryption(self) -> None:
        with pytest.raises(UnreadableImage, match="without a password"):
            read(packed(IMAGE, method=99, content=IMAGE))


class TestBombs:
    @pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_no_more_is_unpacked_than_the_list_says(self, method: int) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            archive.writestr("a.png", bytes(9_000_000))
        data = bytearray(buffer.getvalue())
        place = data.index(b"PK\x01\x02") + 24
        data[place : place + 4] = (1000).to_bytes(4, "little")

        with pytest.raises(UnreadableImage, match="damaged"):
            read(bytes(data))

    def test_lzma_gets_no_more_memory_than_the_entry_can_need(self) -> None:
        filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20}]
        raw = lzma.compress(IMAGE, lzma.FORMAT_RAW, filters=filters)
        # It says that it needs 4 GB.
        body = b"\x09\x14\x05\x00\x5d\xff\xff\xff\xff" + raw

        assert read(packed(body, method=LZMA, content=IMAGE)) == IMAGE


class TestDamage:
    @pytest.mark.parametrize("method", [0, 8, DEFLATE64, BZIP2, LZMA, XZ])
    def test_what_is_no_stream_of_its_method_is_damaged(self, method: int) -> None:
        body = b"\x02\x00" + bytes(range(3, 60))

        with pytest.raises(UnreadableImage, match="damaged in the archive"):
            read(packed(body, method=method, content=IMAGE))

    def test_a_wrong_checksum_is_damage(self) -> None:
        changed = b"X" + IMAGE[1:]

        with pytest.raises(UnreadableImage, match="damaged in the archive"):
            read(packed(deflated(changed), method=8, content=IMAGE))
