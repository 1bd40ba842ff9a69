"""Rows as people send them: named numbers, checked field by field."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from api.errors import InvalidRow
from api.tasks.table_task import Feature, TableTask

# Beyond this float32 arithmetic in the network could overflow; no measurement is as large.
MAX_VALUE = 1e15
MAX_SHOWN = 40
# Of fields that there are not; a body may have a hundred thousand of them.
MAX_UNKNOWN = 20


@dataclass(frozen=True, slots=True)
class Row:
    """The numbers of one input, in the task's order of features."""

    values: tuple[float, ...]

    def named(self, task: TableTask) -> dict[str, float]:
        """By feature."""
        return dict(zip(task.feature_names, self.values, strict=True))

    def to_bytes(self, task: TableTask) -> bytes:
        """As a file: JSON with the features in order. The same numbers give the same bytes."""
        return json.dumps(self.named(task), separators=(",", ":")).encode()


def read_row(fields: object, task: TableTask) -> Row:
    """A row from a JSON object. Raises: InvalidRow with a sentence for each wrong field."""
    if not isinstance(fields, Mapping):
        names = ", ".join(task.feature_names[:MAX_SHOWN])
        raise InvalidRow.of({"body": f"Expected a JSON object with the numbers {names}"})
    problems: dict[str, str] = {}
    values: list[float] = []
    for feature in task.features:
        if feature.name not in fields:
            problems[feature.name] = "Field required"
            continue
        try:
            values.append(_number(fields[feature.name], feature))
        except ValueError as exc:
            problems[feature.name] = str(exc)
    known = set(task.feature_names)
    unknown = (name for name in fields if name not in known)
    for name in islice(unknown, MAX_UNKNOWN):
        problems[str(name)[:100]] = "There is no such feature"
    if problems:
        raise InvalidRow.of(problems)
    return Row(tuple(values))


def parse_row(content: bytes, task: TableTask) -> Row:
    """A row from the bytes of a file. Raises: InvalidRow."""
    return read_row(parse_json(content), task)


def parse_json(content: bytes) -> Any:
    """Raises: InvalidRow if it is no JSON, or an object names a field twice."""
    try:
        return json.loads(content, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as exc:
        raise InvalidRow.of({"body": f"Expected JSON ({_why_no_json(exc)})"}) from exc


def checked_number(value: float, feature: Feature) -> float:
    """The number, if the feature can have it. Raises: ValueError with a sentence."""
    unit = f" {feature.unit}" if feature.unit else ""
    if not math.isfinite(value):
        raise ValueError("Must be a finite number")
    if abs(value) > MAX_VALUE:
        raise ValueError(f"Must lie between {-MAX_VALUE:g} and {MAX_VALUE:g}")
    if value < feature.least:
        raise ValueError(f"Must be at least {feature.least:g}{unit}")
    if value > feature.most:
        raise ValueError(f"Must be at most {feature.most:g}{unit}")
    # Minus zero is zero, in the file's bytes too.
    return value + 0.0


def _number(value: object, feature: Feature) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("Must be a number")
    try:
        return checked_number(float(value), feature)
    except OverflowError:
        raise ValueError(f"Must lie between {-MAX_VALUE:g} and {MAX_VALUE:g}") from None


def _why_no_json(exc: ValueError | RecursionError) -> str:
    if isinstance(exc, RecursionError):
        return "it is nested too deeply"
    if isinstance(exc, UnicodeDecodeError):
        return "it is no UTF-8 text"
    if isinstance(exc, json.JSONDecodeError | _TwiceError):
        return str(exc)[:200]
    # Python reads no whole number of more than 4300 digits.
    return "a number has too many digits"


class _TwiceError(ValueError):
    """An object names a field twice."""


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _TwiceError("a field is given twice")
    return fields
