"""What the server did over time: answers by class, referrals, errors and latency."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import altair as alt
import pandas as pd

from api_types import ActivitySlice, Bucket
from charts.chart_locale import utc_axis
from charts.data_charts import Figure
from charts.palette import NEGATIVE, SERIES, Colours, class_colour, ink
from charts.tooltips import tooltip
from formatting import instant
from language.catalogue import N_, _

HEIGHT_PX, SMALL_PX = 340, 180
REFUSED, FAILED = N_("refused"), N_("failed")


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """What charts span.

    Args:
        slice_s: how long a slice of time is, seconds.
        changes: when another version began to serve, and which; a line each.
    """

    start: datetime
    end: datetime
    slice_s: int
    changes: Sequence[tuple[datetime, str]] = ()


def predictions_over_time(
    buckets: Sequence[Bucket], colours: Colours, window: TimeWindow
) -> Figure:
    """Stacked bars, one bar a slice."""
    rows = _stacked(buckets, list(colours))
    bars = _bars(rows, window, title=_("Predictions")).encode(
        color=class_colour(colours, legend_columns=4),
        tooltip=[tooltip("label:N"), tooltip("count:Q"), tooltip("time:N")],
    )
    return _with_changes(bars.properties(height=HEIGHT_PX), window, named=True)


def referrals_over_time(slices: Sequence[ActivitySlice], window: TimeWindow) -> Figure:
    """Share of the answers that were looked at in each slice that a person must look at."""
    shares = [(s, s["referred"] / s["looked_at"]) for s in slices if s["looked_at"]]
    return _line(
        shares, window, title=_("Referred"), number=".0%", top=1.0, more=[tooltip("looked_at:Q")]
    )


def latency_over_time(slices: Sequence[ActivitySlice], window: TimeWindow) -> Figure:
    """Milliseconds within which 95 of 100 answers of each slice came."""
    durations = [(s, s["p95_ms"]) for s in slices if s["p95_ms"] is not None]
    return _line(durations, window, title=_("95 % within (ms)"), number=".0f")


def errors_over_time(slices: Sequence[ActivitySlice], window: TimeWindow) -> Figure:
    """Stacked bars of refused and failed requests, one bar a slice."""
    kinds: dict[str, Callable[[ActivitySlice], int]] = {
        _(FAILED): lambda s: s["failed"],
        _(REFUSED): lambda s: s["refused"],
    }
    counts = [
        Bucket(start=s["start"], label=name, count=of(s))
        for s in slices
        for name, of in kinds.items()
    ]
    rows = _stacked([bucket for bucket in counts if bucket["count"]], list(kinds))
    bars = _bars(rows, window, title=_("Requests")).encode(
        color=class_colour(dict(zip(kinds, (SERIES[1], NEGATIVE), strict=True)), legend_columns=2),
        tooltip=[tooltip("label:N"), tooltip("count:Q"), tooltip("time:N")],
    )
    return _with_changes(bars.properties(height=SMALL_PX), window)


def _line(
    points: Sequence[tuple[ActivitySlice, float]],
    window: TimeWindow,
    *,
    title: str,
    number: str,
    top: float | None = None,
    more: Sequence[alt.Tooltip] = (),
) -> Figure:
    """A point in the middle of each slice; `top`: where the axis of values ends."""
    half = timedelta(seconds=window.slice_s / 2)
    rows = _timed(
        [(instant(s["start"]), value, s["answers"], s["looked_at"]) for s, value in points],
        ["start", "value", "answers", "looked_at"],
    )
    rows["start"] = rows["start"] + half
    scale = alt.Scale(zero=True) if top is None else alt.Scale(domain=[0, top])
    lines = (
        alt.Chart(rows)
        .mark_line(point=True, clip=True, color=SERIES[0], aria=_is_spoken(rows))
        .encode(
            x=_x(window),
            y=alt.Y("value:Q", title=title, scale=scale, axis=alt.Axis(format=number)),
            tooltip=[
                tooltip("value:Q", title=title, format=number),
                *more,
                tooltip("answers:Q"),
                tooltip("time:N"),
            ],
        )
        .properties(height=SMALL_PX)
    )
    return _with_changes(lines, window)


def _bars(rows: pd.DataFrame, window: TimeWindow, *, title: str) -> alt.Chart:
    """From `low` to `high`, as wide as a slice."""
    rows["end"] = rows["start"] + timedelta(seconds=window.slice_s)
    bars: alt.Chart = (
        alt.Chart(rows)
        .mark_rect(clip=True, aria=_is_spoken(rows))
        .encode(
            x=_x(window),
            x2="end:T",
            y=alt.Y("low:Q", title=title, axis=alt.Axis(tickMinStep=1)),
            y2="high:Q",
        )
    )
    return bars


def _is_spoken(rows: pd.DataFrame) -> bool:
    """Without a mark there is nothing to read out: a screen reader would meet a nameless symbol."""
    return not rows.empty


def _x(window: TimeWindow) -> alt.X:
    return utc_axis("start:T", title=_("Time (UTC)"), span=(window.start, window.end))


def _with_changes(figure: Figure, window: TimeWindow, *, named: bool = False) -> Figure:
    """A dashed line, `named` by its version, at each moment that another one began to serve."""
    if not window.changes:
        return figure
    rows = _timed(window.changes, ["start", "version"])
    marked = alt.Chart(rows).encode(x=_x(window), tooltip=[tooltip("version:N"), tooltip("time:N")])
    rule = marked.mark_rule(strokeDash=[4, 4], color=ink())
    name = marked.mark_text(align="left", dx=4, dy=8, color=ink()).encode(
        text="version:N", y=alt.value(0)
    )
    return alt.LayerChart(layer=[figure, rule, name] if named else [figure, rule])


def _stacked(buckets: Sequence[Bucket], order: list[str]) -> pd.DataFrame:
    """Counts of each slice on top of each other: from `low` to `high`, in the given order."""
    rows = _timed(
        [(instant(b["start"]), b["label"], b["count"]) for b in buckets if b["label"] in order],
        ["start", "label", "count"],
    ).astype({"count": int})
    rows = rows.sort_values("label", key=lambda labels: labels.map(order.index))
    rows["high"] = rows.groupby("start")["count"].cumsum()
    rows["low"] = rows["high"] - rows["count"]
    return rows


def _timed(rows: Sequence[Sequence[object]], columns: list[str]) -> pd.DataFrame:
    """With `start`, a moment, also as text: a tooltip would write it by the browser's clock."""
    table = pd.DataFrame(rows, columns=columns)
    table["start"] = pd.to_datetime(table["start"], utc=True)
    table["time"] = [f"{at:%H:%M:%S} UTC" for at in table["start"]]
    return table
