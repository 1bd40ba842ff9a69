"""Numbers and moments as the person's language writes them."""

import functools
from datetime import UTC, datetime

from language.catalogue import DEFAULT, current

# 24 hours, and never a month as a number: 03/04 is March for some and April for others.
MOMENT = "dd MMM y, HH:mm"


def written(value: float, spec: str = ",") -> str:
    """A number by a format specification of Python's, with the language's marks.

    1234.5 by ',.1f' is '1,234.5' in English and '1 234,5' in French.
    """
    return written_in(current(), f"{value:{spec}}")


def written_in(language: str, number: str) -> str:
    """A number as Python writes it with a language's marks: '1,234.5%' as '1 234,5 %'."""
    if language != DEFAULT and number.endswith("%"):
        return f"{written_in(language, number[:-1])}\N{NO-BREAK SPACE}%"
    return number.translate(_marks(language))


def moment(at: datetime) -> str:
    """'21 Nov 2025, 08:01 UTC'."""
    from babel.dates import format_datetime

    return f"{format_datetime(at.astimezone(UTC), MOMENT, locale=current())} UTC"


@functools.cache
def _marks(language: str) -> dict[int, str]:
    if language == DEFAULT:
        return {}
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return {ord("."): get_decimal_symbol(language), ord(","): get_group_symbol(language)}
