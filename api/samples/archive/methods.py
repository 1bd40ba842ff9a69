"""Unpacking one entry of a ZIP, piece by piece, so that whoever asked can stop at any of them."""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Protocol

from stream_inflate import stream_inflate64

from api.errors import AppError, UnreadableImage
from api.samples.archive.directory import Record

HEADER_MAGIC = b"PK\x03\x04"
HEADER_BYTES = 30
STEP_BYTES = 65536
ENCRYPTED_BIT = 0x1
# What an XZ stream may ask for; its highest preset takes 65 MB.
XZ_MEMORY_BYTES = 100_000_000
MIN_DICTIONARY_BYTES = 4096

STORED, DEFLATED, DEFLATE64, BZIP2, LZMA, XZ, AES = 0, 8, 9, 12, 14, 95, 99
NAMES = {
    1: "Shrink", 2: "Reduce", 3: "Reduce", 4: "Reduce", 5: "Reduce", 6: "Implode",
    DEFLATE64: "Deflate64", 10: "DCL Implode", BZIP2: "bzip2", LZMA: "LZMA", 16: "CMPSC",
    18: "TERSE", 19: "LZ77", 20: "Zstandard", 93: "Zstandard", 94: "MP3", XZ: "XZ", 96: "JPEG",
    97: "WavPack", 98: "PPMd",
}  # fmt: skip


class _Decompressor(Protocol):
    """What bz2 and lzma have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def unpack(file: IO[bytes], record: Record, spend: Callable[[int], None]) -> bytes:
    """An entry's bytes, checked against its CRC; never more than the list says.

    Args:
        spend: called with the number of bytes of each piece; stops the work by raising.

    Raises: UnreadableImage if it is encrypted, damaged or of an unknown method; what `spend` does.
    """
    if record.flags & ENCRYPTED_BIT or record.method == AES:
        raise UnreadableImage("The entry is encrypted; make the archive without a password.")
    if record.method not in METHODS:
        raise UnreadableImage(_unsupported(record.method))
    content = bytearray()
    try:
        for piece in METHODS[record.method](_packed(file, record, spend), record):
            content += piece[: record.size - len(content)]
            spend(len(piece))
            if len(content) >= record.size:
                break
    except AppError:
        raise
    except Exception as exc:
        # zlib, bz2, lzma and stream_inflate each have their own errors for damaged data.
        if "Memory usage limit" in str(exc):
            raise UnreadableImage(_unsupported(record.method)) from exc
        raise _damaged() from exc
    if len(content) != record.size or zlib.crc32(content) != record.crc32:
        raise _damaged()
    return bytes(content)


def _packed(file: IO[bytes], record: Record, spend: Callable[[int], None]) -> Iterator[bytes]:
    """The compressed bytes, behind the entry's own header."""
    file.seek(record.offset)
    header = file.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES or not header.startswith(HEADER_MAGIC):
        raise _damaged()
    name_bytes, extra_bytes = struct.unpack_from("<2H", header, 26)
    place, left = record.offset + HEADER_BYTES + name_bytes + extra_bytes, record.compressed_size
    while left > 0:
        # Another entry may have been read meanwhile.
        file.seek(place)
        piece = file.read(min(left, STEP_BYTES))
        if not piece:
            return
        spend(0)
        yield piece
        place, left = place + len(piece), left - len(piece)


def _stored(pieces: Iterator[bytes], _: Record) -> Iterator[bytes]:
    return pieces


def _deflated(pieces: Iterator[bytes], _: Record) -> Iterator[bytes]:
    decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
    for waiting in pieces:
        while not decompressor.eof:
            unpacked = decompressor.decompress(waiting, STEP_BYTES)
            yield unpacked
            waiting = decompressor.unconsumed_tail
            if not waiting and len(unpacked) < STEP_BYTES:
                break


def _deflate64(pieces: Iterator[bytes], _: Record) -> Iterator[bytes]:
    unpacked, _is_done, _unconsumed = stream_inflate64()
    found: Iterator[bytes] = unpacked(pieces)
    return found


def _bzip2(pieces: Iterator[bytes], _: Record) -> Iterator[bytes]:
    return _stepwise(bz2.BZ2Decompressor(), pieces)


def _xz(pieces: Iterator[bytes], _: Record) -> Iterator[bytes]:
    return _stepwise(lzma.LZMADecompressor(lzma.FORMAT_XZ, XZ_MEMORY_BYTES), pieces)


def _lzma(pieces: Iterator[bytes], record: Record) -> Iterator[bytes]:
    """LZMA1 behind a header of its own: version, its length, properties, size of the dictionary."""
    first = next(pieces, b"")
    length, properties, dictionary_bytes = struct.unpack_from("<2xHBL", first)
    literal_context, rest = properties % 9, properties // 9
    filters = [
        {
            "id": lzma.FILTER_LZMA1,
            "lc": literal_context,
            "lp": rest % 5,
            "pb": rest // 5,
            # No match lies further back than the entry is long, whatever the header asks for.
            "dict_size": max(MIN_DICTIONARY_BYTES, min(dictionary_bytes, record.size)),
        }
    ]
    decompressor = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
    return _stepwise(decompressor, _chain(first[4 + length :], pieces))


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _stepwise(decompressor: _Decompressor, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield decompressor.decompress(piece, STEP_BYTES)
        while not decompressor.eof and not decompressor.needs_input:
            yield decompressor.decompress(b"", STEP_BYTES)
        if decompressor.eof:
            return


METHODS: dict[int, Callable[[Iterator[bytes], Record], Iterator[bytes]]] = {
    STORED: _stored,
    DEFLATED: _deflated,
    DEFLATE64: _deflate64,
    BZIP2: _bzip2,
    LZMA: _lzma,
    XZ: _xz,
}


def _unsupported(method: int) -> str:
    name = NAMES.get(method, f"method {method}")
    return (
        f"The entry is compressed with {name}, which is not read here; make the archive again with "
        "Deflate, the usual method of a ZIP."
    )


def _damaged() -> UnreadableImage:
    return UnreadableImage("The entry is damaged in the archive; make it again.")
