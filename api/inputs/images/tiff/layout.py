"""How the pixels of one TIFF page lie in the file; what cannot be read is refused by name."""

from dataclasses import dataclass
from itertools import pairwise

from api.errors import UnreadableImage, UnsupportedFormat
from api.inputs.images.containers.jpeg_header import check_jpeg
from api.inputs.images.tiff.directory import MAX_BLOCKS, Tag, TiffDirectory

REMEDY = "export the film as uncompressed TIFF or as PNG, 8 or 16 bit grey"
DAMAGED = "The TIFF file is damaged or cut short; export the film again."

UNCOMPRESSED, OLD_JPEG, JPEG = 1, 6, 7
# Each gives back bytes that do not depend on what a sample is: LZW, Deflate, PackBits, LZMA, Zstd.
_BYTEWISE = frozenset({UNCOMPRESSED, 5, 8, 32773, 32946, 34925, 50000})
_FAX = frozenset({2, 3, 4})
_REFUSED_COMPRESSIONS = {
    OLD_JPEG: "old-style JPEG",
    9: "JBIG",
    10: "JBIG",
    32766: "NeXT",
    32767: "Sony raw",
    32809: "ThunderScan",
    32908: "Pixar",
    32909: "Pixar",
    33003: "JPEG 2000",
    33004: "JPEG 2000",
    33005: "JPEG 2000",
    34661: "JBIG",
    34676: "SGI LogLuv",
    34677: "SGI LogLuv",
    34712: "JPEG 2000",
    34713: "Nikon raw",
    34715: "JBIG2",
    34887: "LERC",
    34892: "lossy JPEG of a camera raw file",
    34933: "PNG",
    34934: "JPEG XR",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR = 0, 1, 2, 3, 5, 6
# Samples that make the colour, of the kinds of pixel that are read here.
_COLOUR_SAMPLES = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, CMYK: 4, YCBCR: 3}
_READ = frozenset({*_COLOUR_SAMPLES, PALETTE})
_PHOTOMETRICS = {
    WHITE_IS_ZERO: "WhiteIsZero",
    BLACK_IS_ZERO: "BlackIsZero",
    RGB: "RGB",
    PALETTE: "palette",
    4: "transparency mask",
    CMYK: "CMYK",
    YCBCR: "YCbCr",
    8: "CIELab",
    9: "ICCLab",
    32844: "LogL",
    32845: "LogLuv",
}
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
_FORMATS = {UNSIGNED: "unsigned", SIGNED: "signed", FLOAT: "floating-point"}
_DEPTHS = {
    UNSIGNED: frozenset({*range(1, 33), 64}),
    SIGNED: frozenset({8, 16, 32, 64}),
    FLOAT: frozenset({16, 32, 64}),
}
MAX_SAMPLES = 16


@dataclass(frozen=True, slots=True)
class Block:
    """A strip or tile: where it lies in the file."""

    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Layout:
    """What a page's tags say of its pixels, with defaults filled in.

    Attributes:
        bits: bits a sample, the same for all.
        samples: samples a pixel, with those beside the colours (alpha).
        extra_samples: meaning of each sample beside the colours: 1 premultiplied alpha, 2 alpha.
        planes: 1, or as many as samples where each is stored apart.
        block_width, block_height: size of a strip or tile, pixels.
        across: tiles beside each other, 1 for strips.
        subsampled: whether a colour (YCbCr) stands for several pixels.
    """

    order: str
    width: int
    height: int
    bits: int
    samples: int
    sample_format: int
    photometric: int
    compression: int
    predictor: int
    fill_order: int
    extra_samples: tuple[int, ...]
    planes: int
    block_width: int
    block_height: int
    across: int
    tiled: bool
    subsampled: bool

    @property
    def positions(self) -> int:
        """Blocks of one plane."""
        return self.across * -(-self.height // self.block_height)

    @property
    def samples_in_block(self) -> int:
        """Samples a pixel within one block."""
        return self.samples // self.planes

    @property
    def row_bytes(self) -> int:
        """Bytes of one row of a block, uncompressed."""
        return (self.block_width * self.samples_in_block * self.bits + 7) // 8

    def rows(self, position: int) -> int:
        """Rows of a block; the last strip may be short, tiles are always whole."""
        if self.tiled:
            return self.block_height
        return min(self.block_height, self.height - position * self.block_height)

    @property
    def measured(self) -> bool:
        """Whether the samples are read by us: more than a byte, signed, or an unusual mixture."""
        if self.compression in _FAX or self.compression == JPEG:
            return False
        deep = self.bits > 8 or self.sample_format != UNSIGNED
        grey_with_more = self.photometric in {WHITE_IS_ZERO, BLACK_IS_ZERO} and self.samples > 1
        usual = self.photometric == BLACK_IS_ZERO and self.extra_samples == (2,) and self.bits == 8
        return deep or (grey_with_more and not usual) or self.photometric == YCBCR


def read_layout(page: TiffDirectory) -> Layout:
    """Read and check the tags of a page.

    Raises:
        UnsupportedFormat: a compression or kind of pixel that is not read.
        UnreadableImage: no size, or more than `MAX_BLOCKS` strips or tiles.
    """
    width, height = page.number(Tag.IMAGE_WIDTH), page.number(Tag.IMAGE_LENGTH)
    bits = set(page.numbers(Tag.BITS_PER_SAMPLE, (1,)))
    samples = page.number(Tag.SAMPLES_PER_PIXEL, 1)
    tiled = Tag.TILE_OFFSETS in page.entries
    block_width = page.number(Tag.TILE_WIDTH) if tiled else width
    block_height = page.number(Tag.TILE_LENGTH if tiled else Tag.ROWS_PER_STRIP, height)
    if min(width, height, block_width, block_height, samples, *bits) <= 0:
        raise UnreadableImage(DAMAGED)
    photometric = page.number(Tag.PHOTOMETRIC_INTERPRETATION, WHITE_IS_ZERO)
    colours = _COLOUR_SAMPLES.get(photometric, samples)
    sample_format = page.number(Tag.SAMPLE_FORMAT, UNSIGNED)
    layout = Layout(
        order=page.order,
        width=width,
        height=height,
        bits=max(bits),
        samples=samples,
        sample_format=UNSIGNED if sample_format == 4 else sample_format,
        photometric=photometric,
        compression=page.number(Tag.COMPRESSION, UNCOMPRESSED),
        predictor=page.number(Tag.PREDICTOR, 1),
        fill_order=page.number(Tag.FILL_ORDER, 1),
        extra_samples=page.numbers(Tag.EXTRA_SAMPLES)[: max(0, samples - colours)],
        planes=samples if page.number(Tag.PLANAR_CONFIGURATION, 1) == 2 else 1,
        block_width=block_width,
        block_height=block_height if tiled else min(block_height, height),
        across=-(-width // block_width),
        tiled=tiled,
        subsampled=photometric == YCBCR and page.numbers(Tag.YCBCR_SUBSAMPLING, (2, 2)) != (1, 1),
    )
    _check(layout, mixed=len(bits) > 1)
    return layout


def _check(layout: Layout, *, mixed: bool) -> None:
    compression = layout.compression
    if compression not in _BYTEWISE | _FAX | {JPEG}:
        name = _REFUSED_COMPRESSIONS.get(compression, f"number {compression}")
        raise UnsupportedFormat(f"This TIFF is compressed as {name}; {REMEDY}.")
    if mixed or layout.samples > MAX_SAMPLES or layout.photometric not in _READ:
        raise unsupported_pixels(layout)
    if layout.measured and (
        layout.bits not in _DEPTHS.get(layout.sample_format, ())
        or layout.subsampled
        or layout.samples < _COLOUR_SAMPLES.get(layout.photometric, MAX_SAMPLES + 1)
        or (layout.predictor == 2 and layout.bits not in {8, 16, 32, 64})
        or (layout.predictor == 3 and layout.sample_format != FLOAT)
        or layout.predictor not in {1, 2, 3}
    ):
        raise unsupported_pixels(layout)
    if layout.positions * layout.planes > MAX_BLOCKS:
        raise UnreadableImage(
            f"The TIFF file cuts the picture into more than {MAX_BLOCKS} strips or tiles; export "
            "the film again with larger strips or as PNG."
        )


def unsupported_pixels(layout: Layout) -> UnsupportedFormat:
    """The refusal of a kind of pixel that is not read."""
    photometric = _PHOTOMETRICS.get(layout.photometric, f"number {layout.photometric}")
    kind = _FORMATS.get(layout.sample_format, "complex or unknown")
    return UnsupportedFormat(
        f"This TIFF holds pixels that are not read: {layout.samples} {kind} samples a pixel of "
        f"{layout.bits} bits each, photometric interpretation {photometric}; {REMEDY}."
    )


def read_blocks(content: bytes, page: TiffDirectory, layout: Layout) -> tuple[Block, ...]:
    """Where the strips or tiles lie, in the order that the page lists them.

    Raises: UnreadableImage: some are missing, or they lie over each other.
    """
    offsets = page.numbers(Tag.TILE_OFFSETS if layout.tiled else Tag.STRIP_OFFSETS)
    sizes = page.numbers(Tag.TILE_BYTE_COUNTS if layout.tiled else Tag.STRIP_BYTE_COUNTS)
    count = layout.positions * layout.planes
    if len(offsets) < count:
        raise UnreadableImage(DAMAGED)
    ends = dict(pairwise([*sorted(set(offsets)), len(content)]))
    blocks = tuple(
        Block(start, _size(layout, at, sizes) or max(0, ends[start] - start))
        for at, start in enumerate(offsets[:count])
    )
    total = sum(min(block.size, max(0, len(content) - block.start)) for block in set(blocks))
    if total > 2 * len(content):
        raise UnreadableImage(
            "The strips or tiles of the TIFF file lie over each other; export the film again."
        )
    return blocks


def _size(layout: Layout, at: int, sizes: tuple[int, ...]) -> int:
    """Bytes of a block; 0 if the file does not say."""
    if layout.compression == UNCOMPRESSED:
        return layout.row_bytes * layout.rows(at % layout.positions)
    return max(0, sizes[at]) if at < len(sizes) else 0


def check_jpeg_blocks(content: bytes, page: TiffDirectory, layout: Layout) -> None:
    """Refuse JPEG data in a TIFF that the decoder must not see.

    Raises: UnsupportedFormat, UnreadableImage.
    """
    if layout.compression != JPEG:
        return
    check_jpeg(page.raw(Tag.JPEG_TABLES))
    for block in set(read_blocks(content, page, layout)):
        frame = check_jpeg(content[block.start : block.start + block.size])
        # The decoder reserves memory for what the frame claims.
        if frame and frame.width * frame.height > 4 * layout.block_width * layout.block_height:
            raise UnreadableImage(DAMAGED)
