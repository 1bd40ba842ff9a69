"""In which steps a number of a row is chosen, and where its form begins."""

import math

# Of a range that training hardly saw; a browser counts no finer.
SMALLEST_SPAN = 1e-12


def step_of(low: float, high: float, *, mean: float = 0.0) -> float:
    """A power of ten of which the range from `low` to `high` has about 30 to 300.

    Of a number that was always the same in training, its size tells.
    """
    span = max(high - low or abs(mean) or 1.0, SMALLEST_SPAN)
    return float(f"1e{math.floor(math.log10(span) - 1.5)}")


def begin_at(mean: float, step: float) -> float:
    """The mean, to a tenth of a step."""
    return round(mean, 1 - round(math.log10(step)))
