"""Data in, figure out: what a score is worth, as curves and as values with intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from api_types import CoveragePoint, Rates, ReliabilityBin
from charts.data_charts import ROW_PX, Figure, percents, span
from charts.palette import SERIES, series_colour
from charts.tooltips import tooltip
from formatting import Interval
from language.catalogue import N_, _

MUTED = "#6B7785"
HEIGHT_PX = 360
MARGIN = 0.02
# Areas of the smallest and the largest dot.
DOT_PX2 = (40, 320)
COSTS = {
    "error": N_("wrong among the answered"),
    "missed": N_("findings answered negative"),
    "false_alarms": N_("false alarms"),
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A named value and its interval of 95 %, if it has one."""

    name: str
    value: float
    interval: Interval | None = None


def roc(curve: Sequence[Sequence[float]], at: Mapping[str, Rates]) -> Figure:
    """(1 - specificity, sensitivity) with the operating points marked."""
    points = _marks(_points(at), (0, 1), (0, 1))
    layers = [_diagonal(), _roc_line(curve), points]
    figure: Figure = alt.LayerChart(layer=layers).properties(height=HEIGHT_PX)
    return figure


def operating_points(curve: Sequence[Sequence[float]], at: Mapping[str, Rates]) -> Figure:
    """The corner of the ROC curve where the operating points lie, with their intervals."""
    rows = _points(at)
    x_span = (max(0.0, rows["x_low"].min() - MARGIN), min(1.0, rows["x_high"].max() + MARGIN))
    y_span = (max(0.0, rows["y_low"].min() - MARGIN), min(1.0, rows["y_high"].max() + MARGIN))
    points = _marks(rows, x_span, y_span)
    bars = alt.Chart(rows).mark_rule(strokeWidth=2).encode(color=series_colour(list(rows["set"])))
    across = bars.encode(x="x_low:Q", x2="x_high:Q", y="y:Q")
    upright = bars.encode(x="x:Q", y="y_low:Q", y2="y_high:Q")
    figure: Figure = (_roc_line(curve) + points + across + upright).properties(height=HEIGHT_PX)
    return figure


def reliability(bins: Sequence[ReliabilityBin]) -> Figure:
    """Share of findings among films of about the same score, with intervals of 95 %.

    A dot is the larger the more films it stands for.
    """
    rows = pd.DataFrame(
        [
            {
                "score": b["mean_score"],
                "share": b["share_positive"],
                "low": b["interval"][0],
                "high": b["interval"][1],
                "films": b["n"],
            }
            for b in bins
        ],
        columns=["score", "share", "low", "high", "films"],
    )
    base = alt.Chart(rows).encode(
        x=alt.X(
            "score:Q",
            title=_("Score: probability of a finding (%)"),
            scale=span(0, 1),
            axis=percents(),
        ),
        tooltip=[
            tooltip("score:Q", format=".1%", title=_("score")),
            tooltip("share:Q", format=".1%", title=_("with a finding")),
            tooltip("films:Q"),
        ],
    )
    bars = base.mark_rule(color=SERIES[0], strokeWidth=2).encode(y="low:Q", y2="high:Q")
    share = alt.Y("share:Q", title=_("Films with a finding (%)"), scale=span(0, 1), axis=percents())
    line = base.mark_line(color=SERIES[0], strokeWidth=1, opacity=0.6).encode(y=share)
    points = base.mark_point(filled=True, color=SERIES[0], opacity=1).encode(
        y=share,
        size=alt.Size("films:Q", legend=None, scale=alt.Scale(range=DOT_PX2)),
    )
    figure: Figure = (_diagonal() + bars + line + points).properties(height=HEIGHT_PX)
    return figure


def coverage(points: Sequence[CoveragePoint], served: float | None) -> Figure:
    """What referring more films buys: errors by the share that is answered."""
    rows = pd.DataFrame(
        [
            {"coverage": p["coverage"], "bound": p["max_error"], "set": name, "share": share}
            for p in points
            for name, share in (
                (_(COSTS["error"]), p["error"]),
                (_(COSTS["missed"]), p["missed"]),
                (_(COSTS["false_alarms"]), p["false_alarms"]),
            )
            if share is not None
        ],
        columns=["coverage", "bound", "set", "share"],
    )
    lines = (
        alt.Chart(rows)
        .mark_line(point=alt.OverlayMarkDef(size=70))
        .encode(
            x=alt.X(
                "coverage:Q",
                title=_("Films that are answered (%)"),
                axis=alt.Axis(format=".0%"),
                scale=alt.Scale(zero=False, padding=15),
            ),
            y=alt.Y("share:Q", title=_("Share of films (%)"), axis=alt.Axis(format=".1~%")),
            color=series_colour([_(name) for name in COSTS.values()]),
            shape=alt.Shape("set:N", title=None, sort=[_(name) for name in COSTS.values()]),
            tooltip=[
                tooltip("set:N"),
                tooltip("share:Q", format=".2%"),
                tooltip("coverage:Q", format=".1%", title=_("answered")),
                tooltip("bound:Q", format=".1%", title=_("bound of error")),
            ],
        )
    )
    in_use = pd.DataFrame(
        [(p["coverage"], _("in use")) for p in points if p["max_error"] == served],
        columns=["coverage", "name"],
    )
    rule = alt.Chart(in_use).mark_rule(strokeDash=[4, 4], color=MUTED).encode(x="coverage:Q")
    name = (
        alt.Chart(in_use)
        .mark_text(align="right", dx=-4, dy=-7, color=MUTED)
        .encode(x="coverage:Q", y=alt.value(0), text="name:N")
    )
    figure: Figure = (lines + rule + name).properties(height=HEIGHT_PX)
    return figure


def estimates(rows: Sequence[Estimate], title: str) -> Figure:
    """A row a value, its interval as a line."""
    data = pd.DataFrame(
        [
            {
                "name": row.name,
                "value": row.value,
                "low": row.interval[0] if row.interval else row.value,
                "high": row.interval[1] if row.interval else row.value,
            }
            for row in rows
        ],
        columns=["name", "value", "low", "high"],
    )
    base = alt.Chart(data).encode(
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=240)),
        tooltip=[tooltip("name:N"), tooltip("value:Q", format=".1%")],
    )
    bars = base.mark_rule(color=SERIES[0], strokeWidth=2).encode(x="low:Q", x2="high:Q")
    points = base.mark_point(filled=True, size=120, color=SERIES[0], opacity=1).encode(
        x=alt.X(
            "value:Q",
            title=title,
            axis=percents(),
            scale=alt.Scale(zero=False, nice=False, padding=15),
        )
    )
    figure: Figure = (bars + points).properties(height=ROW_PX * len(rows) + 50)
    return figure


def _roc_line(curve: Sequence[Sequence[float]]) -> alt.Chart:
    rows = pd.DataFrame(curve, columns=["x", "y"]).reset_index(names="order")
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_line(color=MUTED, clip=True, interpolate="linear")
        .encode(x="x:Q", y="y:Q", order="order:Q")
    )
    return chart


def _marks(
    rows: pd.DataFrame, x_span: tuple[float, float], y_span: tuple[float, float]
) -> alt.Chart:
    names = list(rows["set"])
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_point(filled=True, size=110, opacity=1)
        .encode(
            x=alt.X(
                "x:Q",
                title=_("False alarms: films without a finding (%)"),
                scale=span(*x_span),
                axis=percents(),
            ),
            y=alt.Y(
                "y:Q",
                title=_("Found: films with a finding (%)"),
                scale=span(*y_span),
                axis=percents(),
            ),
            color=series_colour(names),
            shape=alt.Shape("set:N", title=None, sort=names),
            tooltip=[
                tooltip("set:N"),
                tooltip("y:Q", format=".1%", title=_("sensitivity")),
                tooltip("x:Q", format=".1%", title=_("1 - specificity")),
            ],
        )
    )
    return chart


def _points(at: Mapping[str, Rates]) -> pd.DataFrame:
    """Where each operating point lies on the ROC plane, as far as it is known."""
    rows = []
    for name, rates in at.items():
        sensitivity, specificity = rates["sensitivity"], rates["specificity"]
        if sensitivity is None or specificity is None:
            continue
        found = rates["sensitivity_interval"] or [sensitivity] * 2
        passed = rates["specificity_interval"] or [specificity] * 2
        rows.append((name, 1 - specificity, sensitivity, 1 - passed[1], 1 - passed[0], *found))
    return pd.DataFrame(rows, columns=["set", "x", "y", "x_low", "x_high", "y_low", "y_high"])


def _diagonal() -> alt.Chart:
    ends = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
    chart: alt.Chart = (
        alt.Chart(ends).mark_line(strokeDash=[4, 4], color=MUTED).encode(x="x:Q", y="y:Q")
    )
    return chart
