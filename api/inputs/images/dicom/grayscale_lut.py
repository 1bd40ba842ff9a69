"""The meaning of a stored value: a table from values to grey levels (DICOM PS3.3 C.7.6.3, C.11).

In this order: modality LUT or rescale; VOI LUT or window; presentation LUT; one inversion where low
values are white. As each step maps a value and no place, all of them together are one table.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from api.arrays import AnyArray, BoolArray, ByteArray, Float64Array, IntArray
from api.inputs.images.dicom.pixel_module import MONOCHROME1, PixelModule
from api.inputs.images.dicom.tags import Tags
from api.inputs.images.pixels.intensity import bands, robust_range, scaled

MAX_8_BIT = 8
INVERSE = "INVERSE"
# Logistic functions leave the range of floating-point numbers beyond this.
MAX_EXPONENT = 500.0


@dataclass(frozen=True, slots=True)
class Lut:
    """A look-up table of a file: for the values from `first` on, and before and behind those its
    ends."""

    values: Float64Array
    first: int

    def __call__(self, inputs: Float64Array) -> Float64Array:
        places = np.clip(np.round(inputs) - self.first, 0, len(self.values) - 1)
        return np.asarray(self.values[places.astype(np.int64)])

    @property
    def white(self) -> float:
        """The greatest value of as many bits as the table's own values take: what stands in its
        descriptor is often wrong."""
        return float((1 << max(MAX_8_BIT, int(self.values.max()).bit_length())) - 1)

    def shares(self, inputs: Float64Array) -> Float64Array:
        """Of black to white, in [0, 1]."""
        return np.asarray(np.clip(self(inputs) / self.white, 0, 1))


def levels_of(module: PixelModule) -> IntArray:
    """All values that a pixel may have, ascending."""
    count = 1 << module.bits_stored
    return np.arange(count, dtype=np.int64) - (count // 2 if module.is_signed else 0)


def grey_table(
    tags: Tags,
    module: PixelModule,
    counts: IntArray,
    *,
    window: str = "",
) -> ByteArray:
    """The grey level of each value of `levels_of`.

    Without a VOI LUT or window that shows anything, values of up to 8 bits stay as they are, and
    of more are stretched as those of other files (`pixels.intensity`).

    Args:
        counts: (levels,) how many pixels have each value.
        window: name of the VOI LUT or window that is wanted; the first one where there is none of
            that name.

    Returns: (levels,) uint8.
    """
    levels = levels_of(module)
    measured = _modality(tags, module)(levels.astype(np.float64))
    is_inverted = _is_inverted(tags, module)
    padding = _padding(tags, module, levels)
    for voi in _vois(tags, module, window):
        shares = _presented(tags, voi(measured))
        table = _levels(1 - shares if is_inverted else shares)
        if _shows_something(table, counts, padding):
            break
    else:
        table = _without_window(measured, module, counts, padding, is_inverted=is_inverted)
    if (counts[~padding] > 0).any():
        table[padding] = 0
    return table


def _modality(tags: Tags, module: PixelModule) -> Callable[[Float64Array], Float64Array]:
    for item in tags.items("ModalityLUTSequence"):
        if lut := _lut(item, is_signed=module.is_signed):
            return lut
    slope, intercept = tags.number("RescaleSlope"), tags.number("RescaleIntercept")
    factor, offset = slope or 1.0, intercept or 0.0
    return lambda values: np.asarray(values * factor + offset)


def _is_inverted(tags: Tags, module: PixelModule) -> bool:
    # Two ways of saying the same; a film that says both is inverted once.
    return module.photometric == MONOCHROME1 or tags.word("PresentationLUTShape") == INVERSE


def _vois(
    tags: Tags, module: PixelModule, window_name: str
) -> list[Callable[[Float64Array], Float64Array]]:
    """From measured values to shares of black to white: the one to use, if there is any."""
    luts = [
        (item.text("LUTExplanation"), lut.shares)
        for item in tags.items("VOILUTSequence")
        if (lut := _lut(item, is_signed=module.is_signed))
    ]
    found = [*luts, *_windows(tags)]
    named = [
        voi for name, voi in found if window_name and name.casefold() == window_name.casefold()
    ]
    return named[:1] or [voi for _, voi in found[:1]]


def _windows(tags: Tags) -> list[tuple[str, Callable[[Float64Array], Float64Array]]]:
    names = tags.texts("WindowCenterWidthExplanation")
    function = tags.word("VOILUTFunction")
    pairs = zip(tags.numbers("WindowCenter"), tags.numbers("WindowWidth"), strict=False)
    return [
        (names[place] if place < len(names) else "", _window(centre, width, function))
        for place, (centre, width) in enumerate(pairs)
        if width >= 1 or (width > 0 and function in _OTHER_FUNCTIONS)
    ]


def _window(centre: float, width: float, function: str) -> Callable[[Float64Array], Float64Array]:
    """PS3.3 C.11.2.1.2 and C.11.2.1.3."""
    if function in _OTHER_FUNCTIONS:
        exact = _OTHER_FUNCTIONS[function]
        return lambda values: exact((values - centre) / width)
    if width == 1:
        return lambda values: (values > centre - 0.5).astype(np.float64)
    return lambda values: np.clip((values - (centre - 0.5)) / (width - 1) + 0.5, 0, 1)


def _linear_exact(places: Float64Array) -> Float64Array:
    return np.asarray(np.clip(places + 0.5, 0, 1))


def _sigmoid(places: Float64Array) -> Float64Array:
    exponents = np.clip(-4 * places, -MAX_EXPONENT, MAX_EXPONENT)
    return np.asarray(1 / (1 + np.exp(exponents)))


_OTHER_FUNCTIONS: dict[str, Callable[[Float64Array], Float64Array]] = {
    "LINEAR_EXACT": _linear_exact,
    "SIGMOID": _sigmoid,
}


def _presented(tags: Tags, shares: Float64Array) -> Float64Array:
    for item in tags.items("PresentationLUTSequence"):
        if lut := _lut(item, is_signed=False):
            return lut.shares(shares * (len(lut.values) - 1) + lut.first)
    return shares


def _lut(item: Tags, *, is_signed: bool) -> Lut | None:
    """A table of an item; None if it is malformed."""
    descriptor, data = item.numbers("LUTDescriptor"), item.numbers("LUTData")
    if len(descriptor) != 3 or not data:
        return None
    entries = int(descriptor[0]) % (1 << 16) or 1 << 16
    first = int(descriptor[1]) % (1 << 16)
    values = np.array(data, dtype=np.float64)
    if descriptor[2] <= MAX_8_BIT and len(values) * 2 <= entries + 1 and entries > len(values):
        # Two entries in each word.
        words = values.astype(np.uint16)
        values = np.stack([words & 0xFF, words >> 8], axis=-1).ravel().astype(np.float64)
    values = values[:entries]
    if len(values) < 2 or values.min() < 0:
        return None
    return Lut(values, first - (1 << 16) if is_signed and first >= 1 << 15 else first)


def _padding(tags: Tags, module: PixelModule, levels: IntArray) -> BoolArray:
    """Which values stand for no measurement at all (PS3.3 C.7.5.1.1.2)."""
    ends = [tags.whole("PixelPaddingValue"), tags.whole("PixelPaddingRangeLimit")]
    if ends[0] is None:
        return np.zeros(len(levels), dtype=np.bool_)
    low, high = sorted(_stored(ends[0] if end is None else end, module) for end in ends)
    return np.asarray((levels >= low) & (levels <= high))


def _stored(value: int, module: PixelModule) -> int:
    """A value as pixels have it: a file may write a negative one as if it had no sign."""
    count = 1 << module.bits_stored
    if module.is_signed and value >= count // 2:
        return (value + (1 << 15)) % (1 << 16) - (1 << 15)
    return value if module.is_signed or value >= 0 else value % (1 << 16)


def _shows_something(table: ByteArray, counts: IntArray, padding: BoolArray) -> bool:
    """Whether values that differ are shown as levels that differ."""
    present = (counts > 0) & ~padding
    shown = table[present]
    return present.sum() < 2 or bool((shown != shown[:1]).any())


def _without_window(
    measured: Float64Array,
    module: PixelModule,
    counts: IntArray,
    padding: BoolArray,
    *,
    is_inverted: bool,
) -> ByteArray:
    oriented = -measured if is_inverted else measured
    if module.bits_stored <= MAX_8_BIT:
        return scaled(oriented, float(oriented.min()), float(oriented.max()))
    counted = np.where(padding, 0, counts)
    present = counted > 0 if counted.any() else counts > 0
    levels, places = np.unique(oriented[present], return_inverse=True)
    weights = (counted if counted.any() else counts)[present]
    totals = np.bincount(places.ravel(), weights=weights).astype(np.int64)
    return scaled(oriented, *robust_range(levels, totals))


def _levels(shares: Float64Array) -> ByteArray:
    return np.round(np.clip(shares, 0, 1) * 255.0).astype(np.uint8)


def value_counts(values: AnyArray, levels: IntArray) -> IntArray:
    """(levels,) how many pixels of (h, w) have each value."""
    counts = np.zeros(len(levels), dtype=np.int64)
    for rows in bands(values.shape):
        places = values[rows].astype(np.int64) - levels[0]
        counts += np.bincount(places.ravel(), minlength=len(levels))
    return counts


def looked_up(values: AnyArray, levels: IntArray, table: ByteArray) -> ByteArray:
    """(h, w) uint8: the grey level of each pixel."""
    grey = np.empty(values.shape, dtype=np.uint8)
    for rows in bands(values.shape):
        grey[rows] = table[values[rows].astype(np.int64) - levels[0]]
    return grey
