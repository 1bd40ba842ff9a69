"""How many examples tests try that draw them: a fourth of them, or all with `ALL_EXAMPLES=1`."""

import os

ALL = "ALL_EXAMPLES"
ORDINARY_SHARE = 4


def examples(number: int) -> int:
    """What to try of so many: a suite that runs often needs fewer at a time than one that is to
    find what nobody thought of."""
    return number if os.environ.get(ALL) else max(1, number // ORDINARY_SHARE)
