"""Numbers and times on charts as the person's language writes them.

Moments are in UTC, by a clock of 24 hours. A theme of Altair's is asked each time that a chart is
drawn, so it fits sessions of any language.
"""

import functools
from datetime import UTC, datetime
from typing import Any

import altair as alt

from language.catalogue import DEFAULT, current

NAME = "roentgen"
CLOCK = "%H:%M"


def use() -> None:
    """For all charts of this process."""
    alt.theme.register(NAME, enable=True)(_theme)


def utc_axis(
    shorthand: str,
    *,
    title: str,
    span: tuple[datetime, datetime] | None = None,
    clock: str = CLOCK,
    label_angle: float = 0,
) -> alt.X:
    """Where a mark stands in time; Vega's own labels are '03 PM' by the browser's zone.

    Args:
        title: names the zone.
        span: where the axis begins and ends; by the data if None.
    """
    # Vega-Lite takes numbers in the domain of a time for years.
    limits = [at.astimezone(UTC).isoformat() for at in span] if span else alt.Undefined
    return alt.X(
        shorthand,
        title=title,
        scale=alt.Scale(type="utc", domain=limits),
        axis=alt.Axis(format=clock, labelAngle=label_angle, labelOverlap=True),
    )


def _theme() -> alt.theme.ThemeConfig:
    return {"config": {"locale": locale_of(current())}}


@functools.cache
def locale_of(language: str) -> Any:
    """As Vega takes it: the formats of numbers and times of d3."""
    from babel import Locale
    from babel.numbers import format_percent, get_decimal_symbol, get_group_symbol

    locale = Locale.parse(language)
    months, days = locale.months["format"], locale.days["format"]
    # Vega begins the week with Sunday, Babel with Monday.
    order = (6, 0, 1, 2, 3, 4, 5)
    return {
        "number": {
            "decimal": get_decimal_symbol(language),
            "thousands": get_group_symbol(language),
            "grouping": [3],
            "currency": ["", ""],
            "percent": " %"
            if language == DEFAULT
            else format_percent(0.5, locale=language).removeprefix("50"),
        },
        "time": {
            "dateTime": "%d %b %Y, %H:%M",
            "date": "%d %b %Y",
            "time": "%H:%M",
            "periods": ["AM", "PM"],
            "days": [days["wide"][day] for day in order],
            "shortDays": [days["abbreviated"][day] for day in order],
            "months": [months["wide"][month] for month in range(1, 13)],
            "shortMonths": [months["abbreviated"][month] for month in range(1, 13)],
        },
    }
