"""Data in, figure out: the answer to one row."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from charts.data_charts import ROW_PX, Figure, percents
from charts.palette import ink
from charts.tooltips import tooltip
from language.catalogue import _


def probabilities(shares: Mapping[str, float]) -> Figure:
    """A bar a class, in the model's order, with its share written beside it."""
    rows = pd.DataFrame({"class": list(shares), "probability": list(shares.values())})
    base = alt.Chart(rows).encode(
        y=alt.Y("class:N", title=None, sort=list(shares), axis=alt.Axis(labelLimit=200)),
        x=alt.X(
            "probability:Q",
            title=_("Probability (%)"),
            scale=alt.Scale(domain=[0, 1]),
            axis=percents(),
        ),
        tooltip=[tooltip("class:N"), tooltip("probability:Q", format=".2%")],
    )
    text = base.mark_text(align="left", dx=4, color=ink()).encode(
        text=alt.Text("probability:Q", format=".1%")
    )
    figure: Figure = (base.mark_bar() + text).properties(height=2 * ROW_PX * len(shares) + 60)
    return figure
