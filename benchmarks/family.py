"""The processes under this one: a benchmark's server with all its workers."""

from collections.abc import Iterator
from contextlib import suppress

import psutil


def resident_mb() -> float:
    """MB of memory, what several processes share counted for each."""
    return sum(_of("memory_info", "rss")) / 1e6


def worked_s() -> float:
    """Seconds that they computed, on all cores together, since each began."""
    return sum(_of("cpu_times", "user")) + sum(_of("cpu_times", "system"))


def _of(method: str, figure: str) -> Iterator[float]:
    for process in psutil.Process().children(recursive=True):
        # One may end while the others are looked at.
        with suppress(psutil.NoSuchProcess):
            yield getattr(getattr(process, method)(), figure)
