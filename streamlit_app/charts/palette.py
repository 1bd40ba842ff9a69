"""One colour a class on every page, safe for colour-blind eyes (Okabe and Ito 2008)."""

from collections.abc import Iterable, Sequence

import altair as alt
import streamlit as st

from api_types import Status

Colours = dict[str, str]

NEGATIVE = "#8A94A0"
FINDINGS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")


def ink() -> str:
    """The colour of writing on a chart, which Streamlit's themes leave black."""
    return "#E6EBF0" if st.context.theme.type == "dark" else "#1B2733"


def class_colours(classes: Iterable[str], *, negative_class: str | None) -> Colours:
    """Grey for the negative class; the findings take the colours in the task's order."""
    colours = Colours()
    for name in classes:
        taken = len(colours) - (negative_class in colours)
        colours[name] = NEGATIVE if name == negative_class else FINDINGS[taken % len(FINDINGS)]
    return colours


def colours_of(status: Status) -> Colours:
    """The colours of the task that the API serves."""
    return class_colours(status["classes"], negative_class=status["negative_class"])


def class_colour(colours: Colours, *, legend_columns: int = 0) -> alt.Color:
    """The colour channel of a chart whose rows have a `label`; no columns, no legend."""
    return alt.Color(
        "label:N",
        title=None,
        scale=alt.Scale(domain=list(colours), range=list(colours.values())),
        legend=alt.Legend(orient="bottom", columns=legend_columns) if legend_columns else None,
    )


def series_colour(names: Sequence[str]) -> alt.Color:
    """The colour channel of a chart whose rows have a `set`, which is no class."""
    return alt.Color(
        "set:N",
        title=None,
        sort=list(names),
        scale=alt.Scale(domain=list(names), range=list(SERIES[: len(names)])),
        legend=alt.Legend(orient="bottom"),
    )
