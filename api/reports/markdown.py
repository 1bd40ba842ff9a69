"""Tables and figures as Markdown."""

from collections.abc import Iterable

from api.model_card.base import Interval

Row = Iterable[str]


def table(header: Row, rows: Iterable[Row]) -> str:
    """A Markdown table."""
    head = list(header)
    lines = [head, ["---"] * len(head), *map(list, rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def number(value: float | None) -> str:
    """Three decimals, or a dash where there is no value."""
    return "–" if value is None else f"{value:.3f}"


def interval_text(interval: Interval | None) -> str:
    """An interval as `low to high`, or a dash."""
    return "–" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}"


def value_with_interval(value: float | None, interval: Interval | None) -> str:
    """`0.950 (0.93–0.97)`."""
    if value is None or interval is None:
        return number(value)
    return f"{value:.3f} ({interval[0]:.3f}–{interval[1]:.3f})"
