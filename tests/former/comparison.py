"""What an answer of a former release said and an answer of this one does not."""

import math
from collections.abc import Iterator
from typing import Any

# What time alone changes: a log-in of then has ended.
PASSING = {"open_sessions"}


def missing(before: Any, after: Any, path: str = "") -> list[str]:
    """Places where a field is gone or says something else; what was added does not matter."""
    return list(_missing(before, after, path))


def _missing(before: Any, after: Any, path: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            if name in PASSING:
                continue
            yield from _missing(value, after.get(name, "nothing"), f"{path}.{name}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _missing(old, new, f"{path}[{number}]")
    elif not _same(before, after):
        yield f"{path}: {str(before)[:100]} is now {str(after)[:100]}"


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, float) and isinstance(after, float):
        return math.isclose(before, after, rel_tol=1e-9)
    return bool(before == after)
