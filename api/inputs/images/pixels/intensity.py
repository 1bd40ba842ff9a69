"""From measured intensities of any depth to grey levels: outliers do not darken the rest."""

import numpy as np

from api.arrays import AnyArray, ByteArray, IntArray
from api.errors import UnreadableImage

GreyImage = ByteArray
Intensities = AnyArray

# Where most pixels lie is measured without the darkest and the brightest level (borders, burnt-in
# text, saturation, a hot pixel). Black and white are the outermost levels that lie no farther from
# there than a quarter of that range, so that an ordinary film keeps all of its own; an end that
# stands alone, with nothing for a twentieth of that range beside it, is a border or burnt in.
LOW, HIGH = 0.01, 0.99
HEADROOM = 0.25
END_GAP = 0.05
# With fewer levels each stands alone.
MIN_LEVELS = 64
# Below this share of pixels between the two ends the ends are the picture.
MIN_BETWEEN = 0.01
# So many pixels give percentiles as good as all of them.
MAX_SAMPLE = 1_000_000
BAND_PIXELS = 1 << 18


def stretched(values: Intensities) -> GreyImage:
    """Grey levels of a picture of more than 8 bits.

    Args:
        values: (h, w) of whole or floating-point numbers.

    Returns: (h, w) uint8; all black if there is only one level.

    Raises: UnreadableImage: a value is not a number, is infinite, or the range overflows.
    """
    if values.dtype == np.uint16:
        return _looked_up(values)
    low, high = _sampled_range(values)
    grey = np.empty(values.shape, dtype=np.uint8)
    for rows in bands(values.shape):
        grey[rows] = scaled(values[rows], low, high)
    return grey


def bands(shape: tuple[int, ...]) -> list[slice]:
    """Slices of rows that cover a picture, each of about 250 000 pixels, to save memory."""
    step = max(1, BAND_PIXELS // max(1, shape[1]))
    return [slice(top, min(top + step, shape[0])) for top in range(0, shape[0], step)]


def _looked_up(values: Intensities) -> GreyImage:
    counts = np.zeros(1 << 16, dtype=np.int64)
    for rows in bands(values.shape):
        counts += np.bincount(values[rows].ravel(), minlength=1 << 16)
    levels = np.flatnonzero(counts)
    table = scaled(np.arange(1 << 16), *robust_range(levels, counts[levels]))
    grey = np.empty(values.shape, dtype=np.uint8)
    for rows in bands(values.shape):
        grey[rows] = table[values[rows]]
    return grey


def _sampled_range(values: Intensities) -> tuple[float, float]:
    lowest, highest = np.inf, -np.inf
    for rows in bands(values.shape):
        band_low, band_high = float(values[rows].min()), float(values[rows].max())
        # The least of numbers with a NaN among them is NaN.
        if not np.isfinite([band_low, band_high]).all():
            raise UnreadableImage(
                "The picture has values that are infinite or not numbers (NaN); export the film "
                "as 16-bit grey TIFF or PNG."
            )
        lowest, highest = min(lowest, band_low), max(highest, band_high)
    if not np.isfinite(highest - lowest):
        raise UnreadableImage(
            "The picture's values are too far apart to be grey levels; export the film as 16-bit "
            "grey TIFF or PNG."
        )
    # An odd step meets every column sooner or later.
    sample = values.reshape(-1)[:: values.size // MAX_SAMPLE | 1]
    with_ends = np.append(sample.astype(np.float64), [lowest, highest])
    levels, counts = np.unique(with_ends, return_counts=True)
    return robust_range(levels, counts)


def robust_range(levels: Intensities, counts: IntArray) -> tuple[float, float]:
    """The levels that become black and white.

    Args:
        levels: (n,) the levels that occur, ascending.
        counts: (n,) how many pixels each has.

    Returns: both ends; equal if there is only one level.
    """
    between, shares = levels[1:-1], np.cumsum(counts[1:-1])
    if len(between) == 0 or shares[-1] < MIN_BETWEEN * counts.sum():
        return float(levels[0]), float(levels[-1])
    low, high = (
        float(between[np.searchsorted(shares, share * shares[-1])]) for share in (LOW, HIGH)
    )
    if low == high:
        return float(levels[0]), float(levels[-1])
    room, gap = HEADROOM * (high - low), END_GAP * (high - low)
    shown = levels[(levels >= low - room) & (levels <= high + room)]
    if len(shown) < MIN_LEVELS:
        return float(shown[0]), float(shown[-1])
    first = int(shown[1] > shown[0] + gap)
    last = int(shown[-2] < shown[-1] - gap)
    return float(shown[first]), float(shown[-1 - last])


def scaled(values: Intensities, low: float, high: float) -> GreyImage:
    """Grey levels of values between the ones that become black and white; black if they agree."""
    if high == low:
        return np.zeros(values.shape, dtype=np.uint8)
    shares = (values.astype(np.float64) - low) * (255.0 / (high - low))
    return np.round(np.clip(shares, 0, 255)).astype(np.uint8)
