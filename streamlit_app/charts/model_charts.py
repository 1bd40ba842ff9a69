"""Data in, figure out: how a model was trained and how it does on held-out films."""

from collections.abc import Mapping, Sequence
from typing import Literal

import altair as alt
import pandas as pd

from api_types import ClassMetrics, Epoch
from charts.data_charts import ROW_PX, Figure, percents, span
from charts.palette import series_colour
from charts.tooltips import tooltip
from formatting import phase
from language.catalogue import N_, _

Measure = Literal["loss", "accuracy"]
SHORT_PHASES = {"head": N_("last layer"), "tail": N_("upper layers")}
CLASS_METRICS: dict[Literal["precision", "recall", "f1"], str] = {
    "precision": N_("precision"),
    "recall": N_("recall"),
    "f1": N_("F1"),
}
TITLES = {"loss": N_("Loss (cross-entropy)"), "accuracy": N_("Accuracy (%)")}


def training_curve(history: Sequence[Epoch], measure: Measure) -> Figure:
    """Training and validation over all epochs; a dashed line where a new phase begins."""
    y = alt.Y(
        "value:Q",
        title=_(TITLES[measure]),
        scale=alt.Scale(zero=False),
        axis=percents() if measure == "accuracy" else alt.Axis(),
    )
    lines = (
        alt.Chart(_curve_rows(history, measure))
        .mark_line(point=True)
        .encode(
            x=alt.X(
                "step:Q",
                title=_("Epoch"),
                scale=span(0.5, len(history) + 0.5),
                axis=alt.Axis(tickMinStep=1, format="d"),
            ),
            y=y,
            color=series_colour([_("training"), _("validation")]),
            tooltip=[
                tooltip("phase:N"),
                tooltip("step:Q"),
                tooltip("set:N"),
                tooltip("value:Q", format=".3f"),
            ],
        )
    )
    borders = pd.DataFrame(_phase_borders(history), columns=["step", "phase"])
    rule = alt.Chart(borders).mark_rule(strokeDash=[4, 4], color="#6B7785").encode(x="step:Q")
    name = (
        alt.Chart(borders)
        .mark_text(align="left", dx=3, dy=-7, color="#6B7785")
        .encode(x="step:Q", y=alt.value(0), text="phase:N")
    )
    figure: Figure = (lines + rule + name).properties(height=330)
    return figure


def confusion_matrix(classes: Sequence[str], confusion: Sequence[Sequence[int]]) -> Figure:
    """Heat map of [true class][answered class]: shade is the share of the true class."""
    rows = pd.DataFrame(
        [
            {"truth": truth, "answer": answer, "count": count, "share": count / max(sum(row), 1)}
            for truth, row in zip(classes, confusion, strict=True)
            for answer, count in zip(classes, row, strict=True)
        ]
    )
    base = alt.Chart(rows).encode(
        x=alt.X(
            "answer:N",
            title=_("Answer of the model (shade: share of the true class)"),
            sort=list(classes),
            axis=alt.Axis(labelAngle=-25, labelLimit=180, labelOverlap=False),
        ),
        y=alt.Y(
            "truth:N", title=_("True class"), sort=list(classes), axis=alt.Axis(labelLimit=200)
        ),
        tooltip=[
            tooltip("truth:N"),
            tooltip("answer:N"),
            tooltip("count:Q"),
            tooltip("share:Q", format=".1%"),
        ],
    )
    shade = alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], scheme="blues"), legend=None)
    ink = alt.condition("datum.share > 0.5", alt.value("white"), alt.value("#1B2733"))
    counts = base.mark_text(fontSize=14).encode(text=alt.Text("count:Q", format=","), color=ink)
    figure: Figure = (base.mark_rect().encode(color=shade) + counts).properties(
        height=64 * len(classes) + 90
    )
    return figure


def class_metrics(per_class: Mapping[str, ClassMetrics]) -> Figure:
    """Precision, recall and F1: a row a class, a mark for each, a line for its interval."""
    rows = _class_rows(per_class)
    base = alt.Chart(rows).encode(
        y=alt.Y("label:N", title=None, sort=list(per_class), axis=alt.Axis(labelLimit=200)),
        yOffset=alt.YOffset("set:N", sort=_class_metrics()),
        color=series_colour(_class_metrics()),
        tooltip=[
            tooltip("label:N"),
            tooltip("set:N"),
            tooltip("value:Q", format=".1%"),
            tooltip("films:Q"),
        ],
    )
    bars = base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q")
    points = base.mark_point(filled=True, size=140, opacity=0.85).encode(
        x=alt.X(
            "value:Q",
            title=_("Value, with its 95 % interval (%)"),
            axis=percents(),
            scale=alt.Scale(domainMax=1, zero=False, nice=False, padding=10),
        ),
        shape=alt.Shape("set:N", title=None, sort=_class_metrics()),
    )
    figure: Figure = (bars + points).properties(height=2 * ROW_PX * len(per_class) + 110)
    return figure


def _class_metrics() -> list[str]:
    return [_(name) for name in CLASS_METRICS.values()]


def _class_rows(per_class: Mapping[str, ClassMetrics]) -> pd.DataFrame:
    columns = ["label", "set", "value", "low", "high", "films"]
    rows = []
    for label, metrics in per_class.items():
        intervals = {
            "precision": metrics["precision_interval"],
            "recall": metrics["recall_interval"],
        }
        for key, name in CLASS_METRICS.items():
            value = metrics[key]
            if value is not None:
                low, high = intervals.get(key) or (value, value)
                rows.append((label, _(name), value, low, high, metrics["support"]))
    return pd.DataFrame(rows, columns=columns)


def _curve_rows(history: Sequence[Epoch], measure: Measure) -> pd.DataFrame:
    columns = ["step", "phase", "set", "value"]
    rows = [
        (step, phase(epoch["phase"]), name, value)
        for step, epoch in enumerate(history, start=1)
        for name, value in (
            (_("training"), epoch[measure]),
            (_("validation"), epoch["val_loss" if measure == "loss" else "val_accuracy"]),
        )
        if value is not None
    ]
    return pd.DataFrame(rows, columns=columns)


def _phase_borders(history: Sequence[Epoch]) -> list[tuple[float, str]]:
    """Where a phase begins (half an epoch before its first), and its name."""
    names = [epoch["phase"] for epoch in history]
    return [
        (index + 0.5, _(SHORT_PHASES.get(name, name)))
        for index, name in enumerate(names)
        if index == 0 or name != names[index - 1]
    ]
