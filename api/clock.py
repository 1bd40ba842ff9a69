"""The wall clock. Durations are measured with `time.monotonic` or `time.perf_counter` instead."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, with its zone, UTC."""
    return datetime.now(UTC)
