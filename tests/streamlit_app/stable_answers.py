"""Answers without what differs from one recording to the next: ids, times, paces, hashes."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

END = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
# What a clock or a machine decides.
FIXED: dict[str, object] = {
    "code_version": "0.1.0",
    "cost": 0.6,
    "decode_ms": 4.0,
    "duration_s": 90.0,
    "eta_seconds": 130.0,
    "films_per_s": 98.5,
    "host": "a",
    "inference_ms": 7.0,
    "p50_ms": 12.0,
    "p95_ms": 20.0,
    "p99_ms": 41.0,
    "pid": 7,
    "total_ms": 12.0,
    "uptime_seconds": 93_784.0,
}
HASHES = frozenset({"frozen_sha256", "manifest_sha256", "reference_sha256", "weights_sha256"})
DIGITS = 6


@dataclass(frozen=True, slots=True)
class StableNames:
    """Short names in place of random ids, in the order in which they were first seen."""

    names: dict[str, str] = field(default_factory=dict)

    def add(self, identity: str, kind: str) -> None:
        """Call an id by its kind and a number: p1, p2, j1, …"""
        number = 1 + sum(name.startswith(kind) for name in self.names.values())
        self.names.setdefault(identity, f"{kind}{number}")

    def replaced_in(self, text: str) -> str:
        for identity, name in self.names.items():
            text = text.replace(identity, name)
        return text


def stable(value: Any, *, names: StableNames, times: Mapping[str, str], key: str = "") -> Any:
    """The same JSON value with short ids, the given times, fixed paces and rounded numbers."""
    if isinstance(value, dict):
        return {
            names.replaced_in(k): stable(v, names=names, times=times, key=k)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [stable(v, names=names, times=times, key=key) for v in value]
    if key in HASHES and value is not None:
        return hashlib.sha256(key.encode()).hexdigest()
    if key in FIXED and value is not None:
        return FIXED[key]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, str):
        return _stable_text(INSTANT.sub(lambda found: times[found[0]], names.replaced_in(value)))
    return value


def _stable_text(text: str) -> str:
    return re.sub(r"[\d.]+ GB free", "50.0 GB free", text)


def stable_times(texts: Iterable[str]) -> dict[str, str]:
    """Each time in the texts, and one that keeps their order: a minute apart, the last at `END`."""
    found = {instant for text in texts for instant in INSTANT.findall(text)}
    ordered = sorted(found, key=datetime.fromisoformat)
    return {
        instant: (END - timedelta(minutes=len(ordered) - 1 - place)).isoformat()
        for place, instant in enumerate(ordered)
    }


def moved_to(text: str, now: datetime) -> str:
    """The text with all its times moved, so that `END` is `now`."""
    return INSTANT.sub(
        lambda found: (datetime.fromisoformat(found[0]) + (now - END)).isoformat(), text
    )
