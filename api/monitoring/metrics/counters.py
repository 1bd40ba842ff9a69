"""Figures of one worker in a file that outlives it: what was counted is there whoever is killed.

A figure is a number in a memory-mapped file (the format is prometheus_client's), so that counting
costs a microsecond, and another process reads it whenever it is asked.
"""

import json
import logging
import struct
import threading
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from prometheus_client.mmap_dict import MmapedDict

from api.monitoring.metrics.definitions import Metric

logger = logging.getLogger(__name__)

# Room for about eight thousand series. Taken at once: a file that grows on a full disk would end
# the process that writes to it.
FILE_BYTES = 1_000_000
# The longest key; what stays free for it is not used for others.
SPARE_BYTES = 2000
SUM, INF = "sum", "+Inf"
PART = ""


class MetricKey(NamedTuple):
    """A figure's name: its metric, the part of it (a bucket's end, `sum`, or nothing), its labels'
    values."""

    metric: str
    part: str
    labels: tuple[str, ...]

    def dumps(self) -> str:
        """As text."""
        return json.dumps(self)


def parse_key(text: str) -> MetricKey:
    """From text. Raises: ValueError."""
    metric, part, labels = json.loads(text)
    return MetricKey(metric, part, tuple(labels))


class Numbers(Protocol):
    """Numbers by name, wherever they are kept."""

    def write_value(self, key: str, value: float, timestamp: float) -> None:
        """Keep one; the time means nothing here."""

    def close(self) -> None:
        """Let go of what holds them."""


class _InMemory:
    """Where there is no file: only this process sees them."""

    def write_value(self, key: str, value: float, timestamp: float) -> None:
        """See `Numbers`; the series themselves hold the value."""

    def close(self) -> None:
        """See `Numbers`."""


class Series:
    """One number that goes up, or is set. Thread-safe."""

    __slots__ = ("_key", "_lock", "_numbers", "value")

    def __init__(self, numbers: Numbers, key: MetricKey, lock: threading.Lock) -> None:
        self._numbers, self._key, self._lock = numbers, key.dumps(), lock
        self.value = 0.0
        with lock:
            numbers.write_value(self._key, 0.0, 0.0)

    def add(self, amount: float = 1.0) -> None:
        """Count."""
        with self._lock:
            self.value += amount
            self._numbers.write_value(self._key, self.value, 0.0)

    def set(self, value: float) -> None:
        """Say how it is now."""
        with self._lock:
            self.value = value
            self._numbers.write_value(self._key, value, 0.0)


class Histogram:
    """Observations by bucket, and their sum."""

    __slots__ = ("_bounds", "_buckets", "_sum")

    def __init__(self, bounds: Sequence[float], buckets: Sequence[Series], total: Series) -> None:
        self._bounds, self._buckets, self._sum = bounds, buckets, total

    def observe(self, value: float) -> None:
        """Count one."""
        self._buckets[bisect_left(self._bounds, value)].add()
        self._sum.add(value)


class Counters:
    """All figures of one worker. Series are made once and kept by whoever counts."""

    def __init__(self, path: Path | None) -> None:
        """`path`: of a file that is not there yet; None: in memory only."""
        self._numbers, self._room = _opened(path)
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._series: dict[MetricKey, Series] = {}
        self._histograms: dict[tuple[str, tuple[str, ...]], Histogram] = {}

    def series(self, metric: Metric, *labels: str) -> Series:
        """The number of these labels' values, in the order of the metric's."""
        return self._number(MetricKey(metric.name, PART, labels))

    def histogram(self, metric: Metric, *labels: str) -> Histogram:
        """The same of a histogram."""
        found = self._histograms.get((metric.name, labels))
        if found is None:
            ends = [*map(repr, metric.buckets), INF]
            buckets = [self._number(MetricKey(metric.name, end, labels)) for end in ends]
            total = self._number(MetricKey(metric.name, SUM, labels))
            found = Histogram(metric.buckets, buckets, total)
            self._histograms[metric.name, labels] = found
        return found

    def values(self) -> dict[MetricKey, float]:
        """Everything as it is now."""
        return {key: series.value for key, series in list(self._series.items())}

    def close(self) -> None:
        """Write nothing any more; what was counted stays in the file."""
        with self._lock:
            numbers, in_memory = self._numbers, _InMemory()
            self._numbers = in_memory
            for series in self._series.values():
                series._numbers = in_memory
            numbers.close()

    def _number(self, key: MetricKey) -> Series:
        found = self._series.get(key)
        if found is not None:
            return found
        with self._counting:
            if key not in self._series:
                self._series[key] = Series(self._where(key), key, self._lock)
            return self._series[key]

    def _where(self, key: MetricKey) -> Numbers:
        """The file, while there is room in it."""
        # Of a name, its length, padding and the number.
        self._room -= len(key.dumps().encode()) + 32
        if self._room < SPARE_BYTES:
            logger.warning("too many series, one is not shared metric=%s", key.metric)
            return _InMemory()
        return self._numbers


def read_values(path: Path) -> dict[MetricKey, float]:
    """What a worker's file holds, also while it is written. Raises: OSError, ValueError."""
    try:
        found = MmapedDict.read_all_values_from_file(str(path))  # type: ignore[no-untyped-call]
        return {parse_key(text): value for text, value, _, _ in found}
    except (struct.error, RuntimeError, TypeError) as exc:
        raise ValueError(f"{path.name} holds no figures") from exc


def _opened(path: Path | None) -> tuple[Numbers, int]:
    if path is None:
        return _InMemory(), FILE_BYTES
    try:
        with path.open("xb") as file:
            # Written, not left sparse: see above.
            file.write(bytes(FILE_BYTES))
        return MmapedDict(str(path)), FILE_BYTES  # type: ignore[no-untyped-call]
    except OSError as exc:
        logger.warning("metrics of this worker are its own only reason=%r", exc.strerror)
        with suppress(OSError):
            path.unlink(missing_ok=True)
        return _InMemory(), FILE_BYTES
