"""The processes of a benchmark's server: its workers, and all that they started."""

from collections.abc import Callable, Iterable
from contextlib import suppress

import psutil


def memory_mb(roots: Iterable[psutil.Process] | None = None) -> float:
    """MB of memory of `roots` and their descendants (default: of the processes under this one).

    The proportional set size: what several processes share is divided among them.
    """
    return _summed(lambda process: process.memory_full_info().pss, roots) / 1e6


def worked_s(roots: Iterable[psutil.Process] | None = None) -> float:
    """Seconds that they computed, on all cores together, since each began."""
    return _summed(lambda process: sum(process.cpu_times()[:2]), roots)


def _summed(
    measure: Callable[[psutil.Process], float], roots: Iterable[psutil.Process] | None
) -> float:
    total = 0.0
    for process in _family(roots):
        # One may end while the others are looked at.
        with suppress(psutil.NoSuchProcess):
            total += measure(process)
    return total


def _family(roots: Iterable[psutil.Process] | None) -> list[psutil.Process]:
    if roots is None:
        return list(psutil.Process().children(recursive=True))
    found = list(roots)
    return [*found, *(child for root in found for child in root.children(recursive=True))]
