"""TIFF files of every depth, order and compression, written here so that nothing is left out."""

import lzma
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2
_KINDS = {"u": 1, "i": 2, "f": 3}


@dataclass(frozen=True)
class Page:
    """One directory: its tags and the bytes of its strips or tiles."""

    tags: dict[int, Sequence[int]]
    blocks: list[bytes]
    tiled: bool = False
    raw: dict[int, bytes] = field(default_factory=dict)


def page(
    values: Values,
    *,
    order: str = "<",
    photometric: int | None = None,
    compression: str = "none",
    predictor: int = 1,
    rows_per_strip: int = 40,
    tile: int | None = None,
    planar: bool = False,
    fill_order: int = 1,
    bits: int | None = None,
    **tags: Any,
) -> Page:
    """A page that holds exactly these values.

    Args:
        values: (h, w) or (h, w, samples) of any number type.
        order: "<" or ">".
        bits: pack unsigned values into so many bits, instead of their type's.
        tags: more tags, by name `tagNNN`.
    """
    cube = values.reshape(*values.shape[:2], -1)
    samples = cube.shape[2]
    photometric = (RGB if samples > 2 else BLACK_IS_ZERO) if photometric is None else photometric
    cubes = [cube[..., at : at + 1] for at in range(samples)] if planar else [cube]
    pieces = [p for c in cubes for p in (_tiles(c, tile) if tile else _strips(c, rows_per_strip))]
    pack = COMPRESSIONS[compression][1]
    blocks = [pack(_bytes(piece, order, predictor, bits)) for piece in pieces]
    if fill_order == 2:
        blocks = [_bits_reversed(block) for block in blocks]
    extra = samples - {RGB: 3, 5: 4, 6: 3}.get(photometric, 1)
    own = {
        256: [cube.shape[1]],
        257: [cube.shape[0]],
        258: [bits or values.dtype.itemsize * 8] * samples,
        259: [COMPRESSIONS[compression][0]],
        262: [photometric],
        266: [fill_order],
        277: [samples],
        278: [rows_per_strip],
        284: [2 if planar else 1],
        317: [predictor],
        339: [_KINDS[values.dtype.kind]] * samples,
    }
    if tile:
        own |= {322: [tile], 323: [tile]}
    if extra > 0:
        own[338] = [2] * extra
    return Page(own | {int(name[3:]): v for name, v in tags.items()}, blocks, tiled=bool(tile))


def file_of(*pages: Page, order: str = "<", big: bool = False) -> bytes:
    """A TIFF, or BigTIFF, with these pages in a chain."""
    word, count_code = ("Q", "Q") if big else ("I", "H")
    start = (b"II" if order == "<" else b"MM") + struct.pack(
        order + ("HHHQ" if big else "HI"), *((43, 8, 0, 16) if big else (42, 8))
    )
    content = bytearray(start)
    for at, one in enumerate(pages):
        tags = dict(one.tags) | {tag: list(raw) for tag, raw in one.raw.items()}
        offsets, sizes = (324, 325) if one.tiled else (273, 279)
        tags[offsets] = tags[sizes] = [0] * len(one.blocks)
        size = struct.calcsize(order + count_code) + len(tags) * (20 if big else 12)
        size += struct.calcsize(word)
        values_at = len(content) + size
        values = sum(len(v) * 8 for v in tags.values())
        tags[sizes] = [len(block) for block in one.blocks]
        tags[offsets] = list(np.cumsum([0, *tags[sizes][:-1]]) + values_at + values)
        directory, data = struct.pack(order + count_code, len(tags)), b""
        for tag, numbers in sorted(tags.items()):
            kind, code = (7, "B") if tag in one.raw else (4, "I")
            value = struct.pack(f"{order}{len(numbers)}{code}", *map(int, numbers))
            room = struct.calcsize(word)
            if len(value) > room:
                data += value
                value = struct.pack(order + word, values_at + len(data) - len(value))
            directory += struct.pack(f"{order}HH{word}", tag, kind, len(numbers))
            directory += value.ljust(room, b"\0")
        end = values_at + values + sum(map(len, one.blocks))
        directory += struct.pack(order + word, end if at + 1 < len(pages) else 0)
        content += directory + data.ljust(values, b"\0") + b"".join(one.blocks)
    return bytes(content)


def tiff(values: Values, *, order: str = "<", big: bool = False, **options: Any) -> bytes:
    """A file of one page; see `page`."""
    return file_of(page(values, order=order, **options), order=order, big=big)


def jpeg_in_tiff(
    stream: bytes, size: tuple[int, int], *, compression: int = 7, tiled: bool = False
) -> bytes:
    """A grey page whose only strip or tile is this JPEG stream, new or old (6) style."""
    width, height = size
    tags: dict[int, Sequence[int]] = {
        256: [width],
        257: [height],
        258: [8],
        259: [compression],
        262: [1],
        277: [1],
        278: [height],
    }
    if tiled:
        tags |= {322: [width], 323: [height]}
    plain = file_of(Page(tags, [stream], tiled=tiled))
    if compression == 7:
        return plain
    # Old style: the tags say where a whole JPEG file lies. Two tags more take 24 + 16 bytes.
    at = plain.index(stream) + 40
    return file_of(Page(tags | {513: [at], 514: [len(stream)]}, [stream]))


def _strips(cube: Values, rows: int) -> list[Values]:
    return [cube[top : top + rows] for top in range(0, len(cube), rows)]


def _tiles(cube: Values, side: int) -> list[Values]:
    pad = [(0, -size % side) for size in cube.shape[:2]]
    full = np.pad(cube, [*pad, (0, 0)], mode="edge")
    return [
        full[top : top + side, left : left + side]
        for top in range(0, full.shape[0], side)
        for left in range(0, full.shape[1], side)
    ]


def _bytes(piece: Values, order: str, predictor: int, bits: int | None) -> bytes:
    if bits:
        flat = piece.reshape(len(piece), -1).astype(np.uint32)
        shifts = np.arange(bits - 1, -1, -1, dtype=np.uint32)
        return np.packbits(
            (flat[..., None] >> shifts & 1).astype(np.uint8).reshape(len(piece), -1), axis=1
        ).tobytes()
    if predictor == 3:
        size, samples = piece.dtype.itemsize, piece.shape[2]
        raw = np.frombuffer(piece.astype(f">f{size}").tobytes(), np.uint8)
        planes = (
            raw.reshape(len(piece), -1, size).transpose(0, 2, 1).reshape(len(piece), -1, samples)
        )
        return _differences(planes).tobytes()
    if predictor == 2:
        piece = _differences(piece.view(f"=u{piece.dtype.itemsize}"))
    return piece.astype(piece.dtype.newbyteorder(">" if order == ">" else "<")).tobytes()


def _differences(cube: Values) -> Values:
    first = np.zeros_like(cube[:, :1])
    return np.diff(cube, axis=1, prepend=first).astype(cube.dtype)


def _bits_reversed(block: bytes) -> bytes:
    bits = np.unpackbits(np.frombuffer(block, np.uint8)).reshape(-1, 8)
    return np.packbits(bits[:, ::-1], axis=1).tobytes()


def _packbits(data: bytes) -> bytes:
    """Literal runs only."""
    pieces = (data[at : at + 128] for at in range(0, len(data), 128))
    return b"".join(bytes([len(piece) - 1]) + piece for piece in pieces)


def _lzw(data: bytes) -> bytes:
    """Codes of 9 bits only: the table is cleared before it needs 10."""
    codes = [256]
    for at, byte in enumerate(data):
        codes.append(byte)
        if at % 200 == 199:
            codes.append(256)
    codes.append(257)
    array = np.array(codes, dtype=np.uint16)
    bits = (array[:, None] >> np.arange(8, -1, -1, dtype=np.uint16) & 1).astype(np.uint8)
    return np.packbits(bits.ravel()).tobytes()


COMPRESSIONS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "none": (1, bytes),
    "lzw": (5, _lzw),
    "deflate": (8, zlib.compress),
    "packbits": (32773, _packbits),
    "lzma": (34925, lzma.compress),
}
