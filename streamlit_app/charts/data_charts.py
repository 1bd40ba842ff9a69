"""Data in, figure out: what pages show of answers and collections."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from captions.answer_captions import short_probability
from charts.palette import SERIES, Colours, class_colour, ink
from charts.tooltips import tooltip
from language.catalogue import _

Figure = alt.Chart | alt.LayerChart
Counts = Mapping[str, Mapping[str, int]]
ROW_PX = 34


def probability_bars(probabilities: Mapping[str, float], colours: Colours) -> Figure:
    """One bar a class, in the task's order."""
    shares = list(probabilities.values())
    rows = pd.DataFrame(
        {
            "label": list(probabilities),
            "share": shares,
            "probability": [short_probability(share) for share in shares],
        }
    )
    base = alt.Chart(rows).encode(
        x=alt.X(
            "share:Q",
            title=_("Probability"),
            scale=span(0, 1.25),  # room for the number behind a full bar
            axis=alt.Axis(format=".0%", values=[0, 0.2, 0.4, 0.6, 0.8, 1]),
        ),
        y=_classes(colours),
        tooltip=[tooltip("label:N"), tooltip("probability:N")],
    )
    numbers = base.mark_text(align="left", dx=4, color=ink()).encode(text="probability:N")
    return _tall(base.mark_bar().encode(color=class_colour(colours)) + numbers, len(rows))


def class_counts(counts: Counts, colours: Colours, *, unit: str | None = None) -> Figure:
    """Stacked bars: `counts` of each class, one bar a source."""
    rows = pd.DataFrame(
        [
            {"source": source, "label": label, "count": count, "order": list(colours).index(label)}
            for source, row in counts.items()
            for label, count in row.items()
            if label in colours
        ],
        columns=["source", "label", "count", "order"],
    )
    bars = (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            x=alt.X(
                "count:Q",
                title=_("Number of {unit}").format(unit=unit or _("films")),
                axis=alt.Axis(tickMinStep=1),
            ),
            y=alt.Y("source:N", title=None, sort=list(counts), axis=_labels()),
            color=class_colour(colours, legend_columns=2),
            order="order:Q",
            tooltip=[tooltip("source:N"), tooltip("label:N"), tooltip("count:Q")],
        )
    )
    return _tall(bars, len(counts), extra_px=190)


def brightness(histograms: Mapping[str, Mapping[str, Sequence[float]]], colours: Colours) -> Figure:
    """Share of pixels by grey level: a line a class, its dash telling the origin."""
    rows = pd.DataFrame(
        [
            {"origin": origin, "label": label, "share": share, "grey": (bin_ + 0.5) * 256 / len(h)}
            for origin, by_class in histograms.items()
            for label, h in by_class.items()
            for bin_, share in enumerate(h)
        ],
        columns=["origin", "label", "share", "grey"],
    )
    figure: Figure = (
        alt.Chart(rows)
        .mark_line(interpolate="monotone")
        .encode(
            x=alt.X(
                "grey:Q",
                title=_("Grey level (0 black, 255 white)"),
                scale=span(0, 256),
                axis=alt.Axis(values=list(range(0, 257, 32))),
            ),
            y=alt.Y("share:Q", title=_("Share of pixels (%)"), axis=percents()),
            color=class_colour(colours, legend_columns=4),
            strokeDash=_origin(histograms),
            tooltip=[
                tooltip("origin:N"),
                tooltip("label:N"),
                tooltip("grey:Q"),
                tooltip("share:Q", format=".1%"),
            ],
        )
        .properties(height=400)
    )
    return figure


def edge_density(densities: Mapping[str, Mapping[str, float]], colours: Colours) -> Figure:
    """Share of pixels on an edge: a row a class, a mark for each origin."""
    rows = pd.DataFrame(
        [
            {"origin": origin, "label": label, "share": share}
            for origin, by_class in densities.items()
            for label, share in by_class.items()
        ],
        columns=["origin", "label", "share"],
    )
    marks = (
        alt.Chart(rows)
        .mark_point(filled=True, size=140, opacity=0.9)
        .encode(
            x=alt.X(
                "share:Q",
                title=_("Pixels on an edge (%)"),
                axis=alt.Axis(format=".1%"),
                scale=alt.Scale(zero=False, padding=20),
            ),
            y=_classes(colours),
            color=class_colour(colours),
            shape=alt.Shape("origin:N", title=None, legend=alt.Legend(orient="bottom")),
            tooltip=[tooltip("origin:N"), tooltip("label:N"), tooltip("share:Q", format=".2%")],
        )
    )
    return _tall(marks, len(colours), extra_px=120)


def percents() -> alt.Axis:
    """Shares as percentages."""
    return alt.Axis(format=".1~%")


def span(low: float, high: float) -> alt.Scale:
    """From `low` to `high`, whatever the data."""
    return alt.Scale(domain=[low, high], nice=False, zero=False)


def _tall(chart: Figure, rows: int, *, extra_px: int = 50) -> Figure:
    figure: Figure = chart.properties(height=rows * ROW_PX + extra_px)
    return figure


def _classes(colours: Colours) -> alt.Y:
    return alt.Y("label:N", title=None, scale=alt.Scale(domain=list(colours)), axis=_labels())


def _labels() -> alt.Axis:
    return alt.Axis(labelLimit=200)


def _origin(origins: Mapping[str, object]) -> alt.StrokeDash:
    return alt.StrokeDash(
        "origin:N",
        title=None,
        sort=list(origins),
        scale=alt.Scale(domain=list(origins), range=[[1, 0], [5, 4], [1, 3]][: len(origins)]),
        legend=alt.Legend(orient="bottom", symbolStrokeColor=SERIES[0]),
    )
