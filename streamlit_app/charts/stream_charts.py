"""How films of a source differ from known ones, as small pictures beside each other."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from api_types import Difference
from charts.palette import series_colour
from charts.tooltips import tooltip
from language.api_sentences import translated
from language.catalogue import N_, _

HERE, KNOWN = N_("this source"), N_("known films")


def distributions(differences: Sequence[Difference]) -> alt.FacetChart:
    """The share of films by value: a small picture a figure, a step line for each side."""
    rows = pd.DataFrame(
        [
            {"figure": translated(each["figure"]), "films": name, "value": value, "share": share}
            for each in differences
            for name, shares in ((_(HERE), each["here"]), (_(KNOWN), each["known"]))
            for value, share in zip(each["edges"], shares, strict=False)
        ],
        columns=["figure", "films", "value", "share"],
    )
    lines = (
        alt.Chart(rows)
        .mark_line(interpolate="step-after")
        .encode(
            x=alt.X("value:Q", title=None, scale=alt.Scale(zero=False)),
            y=alt.Y("share:Q", title=_("Share of films"), axis=alt.Axis(format=".0%")),
            color=series_colour([_(HERE), _(KNOWN)]),
            tooltip=[tooltip("films:N"), tooltip("value:Q"), tooltip("share:Q", format=".1%")],
        )
        .properties(width=200, height=120)
    )
    order = [translated(each["figure"]) for each in differences]
    facets: alt.FacetChart = lines.facet(
        facet=alt.Facet("figure:N", title=None, sort=order), columns=3
    ).resolve_scale(x="independent")
    return facets
