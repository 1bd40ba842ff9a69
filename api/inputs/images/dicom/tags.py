"""Values of a data set, whatever is wrong with them: a tag that cannot be read is as if it were
absent."""

import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

# What values that do not fit their tag raise, where they are used.
VALUE_ERRORS = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError,
    AssertionError, struct.error,
)  # fmt: skip
MAX_TEXT = 1024


@dataclass(frozen=True, slots=True)
class Tags:
    """Elements of a data set, or of an item of a sequence, by their keyword.

    `order` is the byte order of numbers that have no value representation.
    """

    dataset: Any
    order: str = "little"

    def value(self, keyword: str) -> Any:
        """As pydicom gives it; None if it is absent, empty or malformed."""
        try:
            found = self.dataset.get(keyword)
        except Exception:  # noqa: BLE001 (pydicom's errors have no base of their own)
            return None
        return None if found is None or found == "" else found

    def has(self, keyword: str) -> bool:
        return keyword in self.dataset

    def text(self, keyword: str) -> str:
        """The first value as text, without spaces around it."""
        return next(iter(self.texts(keyword)), "")

    def texts(self, keyword: str) -> list[str]:
        try:
            return [_text(part) for part in _parts(self.value(keyword))]
        except VALUE_ERRORS:
            return []

    def word(self, keyword: str) -> str:
        """A defined term: capitals, without spaces around it."""
        return self.text(keyword).upper()

    def number(self, keyword: str) -> float | None:
        return next(iter(self.numbers(keyword)), None)

    def whole(self, keyword: str) -> int | None:
        found = self.number(keyword)
        return None if found is None or found != int(found) else int(found)

    def numbers(self, keyword: str) -> list[float]:
        """Those that are finite numbers."""
        try:
            return list(_finite(self._parts_of_numbers(keyword)))
        except VALUE_ERRORS:
            return []

    def items(self, keyword: str) -> list["Tags"]:
        """Of a sequence."""
        try:
            return [Tags(item, self.order) for item in self.value(keyword) or ()]
        except VALUE_ERRORS:
            return []

    def _parts_of_numbers(self, keyword: str) -> Iterable[Any]:
        value = self.value(keyword)
        if isinstance(value, bytes):
            # A word whose representation (US or SS) the file leaves open.
            sign = ">" if self.order == "big" else "<"
            return struct.unpack(f"{sign}{len(value) // 2}H", value[: len(value) // 2 * 2])
        return _parts(value)


def _parts(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if hasattr(value, "__iter__") and not isinstance(value, str | bytes) else (value,)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return str(value)[:MAX_TEXT].strip(" \0\t\r\n")


def _finite(values: Iterable[Any]) -> Iterator[float]:
    for value in values:
        number = float(value)
        if math.isfinite(number):
            yield number
