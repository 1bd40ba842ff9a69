"""How far the newest answers were from what is known, look by look."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from api_types import DriftPoint
from charts.chart_locale import utc_axis
from charts.palette import FINDINGS
from charts.tooltips import tooltip
from formatting import instant, moment
from language.catalogue import _


def over_time(history: Sequence[DriftPoint], names: Mapping[str, str]) -> alt.FacetChart:
    """Distance over threshold: a picture a window, a line a figure, a dashed rule at 1.

    Args:
        names: what each figure is called.
    """
    rows = pd.DataFrame(
        [
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
    )
    shown = list(dict.fromkeys(rows["figure"]))
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
    rule = alt.Chart().mark_rule(strokeDash=[5, 4], color="#6B7785").encode(y=alt.datum(1))
    windows = list(dict.fromkeys(rows["window"]))
    facets: alt.FacetChart = (
        alt.layer(lines, rule, data=rows)
        .properties(width=220, height=150)
        .facet(facet=alt.Facet("window:N", title=None, sort=windows), columns=3)
    )
    return facets
