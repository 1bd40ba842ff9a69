"""How far the newest answers were from what is known, look by look."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import altair as alt
import pandas as pd

from api_types import DriftPoint
from charts.chart_locale import utc_axis
from charts.palette import FINDINGS
from charts.tooltips import tooltip
from formatting import instant, moment
from language.catalogue import _


def over_time(
    history: Sequence[DriftPoint],
    names: Mapping[str, str],
    promotions: Sequence[tuple[datetime, str]] = (),
) -> alt.FacetChart:
    """Distance over threshold: a picture a window, a line a figure, a dashed rule at 1.

    Args:
        names: what each figure is called.
        promotions: when another version began to serve, and which; an upright rule each.
    """
    windows = list(dict.fromkeys(point["window"] for point in history))
    looks: list[dict[str, object]] = [
        {
            "at": instant(point["at"]),
            "time": moment(point["at"]),
            "window": point["window"],
            "figure": names[point["figure"]],
            "excess": point["excess"],
            "version": point["model_version"],
        }
        for point in history
    ]
    # A facet has one set of data, so that promotions stand among the looks.
    promoted = list(_promoted(promotions, history, windows))
    rows = pd.DataFrame([*looks, *promoted])
    shown = list(dict.fromkeys(names[point["figure"]] for point in history))
    base = alt.Chart().encode(
        x=utc_axis("at:T", title=_("UTC"), clock="%d %b %H:%M", label_angle=-25)
    )
    lines = base.mark_line(point=True).encode(
        y=alt.Y("excess:Q", title=_("Times the threshold"), scale=alt.Scale(zero=True)),
        color=alt.Color(
            "figure:N",
            title=None,
            sort=shown,
            scale=alt.Scale(domain=shown, range=list(FINDINGS[: len(shown)])),
            legend=alt.Legend(orient="bottom", columns=3, labelLimit=260),
        ),
        tooltip=[
            tooltip("figure:N"),
            tooltip("window:N"),
            tooltip("time:N"),
            tooltip("version:N"),
            tooltip("excess:Q", format=".2f"),
        ],
    )
    rule = alt.Chart().mark_rule(strokeDash=[5, 4], color="#6B7785", aria=False)
    rule = rule.encode(y=alt.datum(1))
    drawn = [lines.transform_filter("isValid(datum.excess)"), rule]
    if promoted:
        drawn.append(_promotions())
    facets: alt.FacetChart = (
        alt.layer(*drawn, data=rows)
        .properties(width=220, height=150)
        .facet(facet=alt.Facet("window:N", title=None, sort=windows), columns=3)
    )
    return facets


def _promoted(
    promotions: Sequence[tuple[datetime, str]],
    history: Sequence[DriftPoint],
    windows: Sequence[str],
) -> Iterator[dict[str, object]]:
    """A row for each picture; those before the first look would squeeze it."""
    first = min(instant(point["at"]) for point in history)
    for at, version in promotions:
        if at >= first:
            for window in windows:
                time = moment(at.isoformat())
                yield {"at": at, "time": time, "window": window, "version": version}


def _promotions() -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart()
        .transform_filter("!isValid(datum.excess)")
        .mark_rule(strokeDash=[2, 3], color="#6B7785")
        .encode(x="at:T", tooltip=[tooltip("version:N"), tooltip("time:N")])
    )
    return chart
