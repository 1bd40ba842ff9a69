"""Which version came from which, as a picture."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from api_types import ModelSummary
from charts.data_charts import Figure
from charts.palette import SERIES, ink
from charts.tooltips import tooltip
from formatting import moment, percent
from language.catalogue import _

LANE_PX, FRAME_PX = 64, 44
EDGE = "#6B7785"


def lineage(models: Sequence[ModelSummary]) -> Figure:
    """A dot a version, oldest at the left, joined to the one that it came from; the version that
    serves is filled."""
    nodes = pd.DataFrame(_nodes(models))
    x = alt.X("step:Q", axis=None, scale=alt.Scale(padding=48))
    y = alt.Y("lane:Q", axis=None, scale=alt.Scale(reverse=True, padding=32))
    edges = alt.Chart(pd.DataFrame(_edges(nodes))).mark_rule(color=EDGE, strokeWidth=2)
    dots = alt.Chart(nodes).mark_circle(size=340, stroke=SERIES[0], strokeWidth=2, opacity=1)
    names = alt.Chart(nodes).mark_text(dy=-20, fontWeight="bold", color=ink())
    numbers = alt.Chart(nodes).mark_text(dy=22, color=ink())
    details = [tooltip("version:N"), tooltip("value:N", title=_("balanced accuracy")),
            tooltip("at:N", title=_("made"))]  # fmt: skip
    layers = [
        dots.encode(x=x, y=y, tooltip=details,
                    color=alt.condition("datum.serves", alt.value(SERIES[0]), alt.value("#FFF"))),
        names.encode(x=x, y=y, text="name:N"),
        numbers.encode(x=x, y=y, text="value:N"),
    ]  # fmt: skip
    if len(nodes) > 1:
        layers.insert(0, edges.encode(x=x, y=y, x2="to_step", y2="to_lane"))
    height = FRAME_PX + LANE_PX * (int(nodes["lane"].max()) + 1)
    figure: Figure = alt.LayerChart(layer=layers).properties(height=height)
    return figure


def _nodes(models: Sequence[ModelSummary]) -> list[dict[str, object]]:
    parents = {model["version"]: model["parent"] or "" for model in models}
    ordered = sorted(
        models,
        key=lambda model: (model["created_at"] or "", _generation(model["version"], parents)),
    )
    lanes = _lanes(ordered)
    return [
        {
            "version": model["version"],
            "name": _("{name} (serves)").format(name=model["version"])
            if model["is_champion"]
            else model["version"],
            "parent": model["parent"] or "",
            "step": step,
            "lane": lanes[model["version"]],
            "serves": model["is_champion"],
            "value": percent(model["balanced_accuracy"], digits=0),
            "at": moment(model["created_at"]),
        }
        for step, model in enumerate(ordered)
    ]


def _generation(version: str, parents: Mapping[str, str]) -> int:
    """How many versions it came from, one after the other, which are still there."""
    passed = {version}
    while (version := parents[version]) in parents and version not in passed:
        passed.add(version)
    return len(passed) - 1


def _lanes(ordered: Sequence[ModelSummary]) -> dict[str, int]:
    """The first version made of another goes on in its lane; each further one gets its own."""
    lanes: dict[str, int] = {}
    continued: set[str] = set()
    for model in ordered:
        parent = model["parent"] or ""
        if parent in lanes and parent not in continued:
            continued.add(parent)
            lanes[model["version"]] = lanes[parent]
        else:
            lanes[model["version"]] = max(lanes.values(), default=-1) + 1
    return lanes


def _edges(nodes: pd.DataFrame) -> list[dict[str, object]]:
    """From each version to the one that it came from, where that is still there."""
    places = {row.version: row for row in nodes.itertuples()}
    return [
        {"step": places[row.parent].step, "lane": places[row.parent].lane,
         "to_step": row.step, "to_lane": row.lane}
        for row in nodes.itertuples()
        if row.parent in places
    ]  # fmt: skip
