"""Two versions beside each other: what their cards say of held-out films, figure by figure."""

import streamlit as st

import metric_tables
from api_types import Card, ModelList
from client import ApiError
from components import model_metrics
from errors import api
from formatting import plain
from language.catalogue import _
from language.numbers import written


def show(models: ModelList) -> None:
    """Two to choose, and the table; nothing where there is only one."""
    names = [model["version"] for model in models["models"] if not model["problem"]]
    if len(names) < 2:
        st.caption(_("There is no second version to compare with."))
        return
    names.sort(key=lambda name: name != models["champion"])
    left, right = st.columns(2, gap="large")
    first = left.selectbox(_("One version"), names, key="compare-first")
    second = right.selectbox(_("Another version"), names, index=1, key="compare-second")
    if first == second:
        st.caption(_("Choose two different versions."))
        return
    try:
        cards = api().card(first), api().card(second)
    except ApiError as exc:
        st.caption(plain(str(exc)))
        return
    model_metrics.table(metric_tables.two_versions(*cards))
    st.caption(told(*cards))


def told(first: Card, second: Card) -> str:
    """Whether both were measured on the same films."""
    counts = [metric_tables.held_out_images(card) for card in (first, second)]
    if None in counts:
        return _("A card without figures of held-out films leaves its column empty.")
    if metric_tables.same_images(first, second):
        return _(
            "Both on {n} held-out films, as many of each source and class. In brackets: "
            "intervals of 95 %."
        ).format(n=written(counts[0] or 0))
    return _(
        "Not on the same films: {first} on {n}, {second} on {m}. What a retraining's page says of "
        "the two was measured on the same ones. In brackets: intervals of 95 %."
    ).format(
        first=first["version"], n=written(counts[0] or 0),
        second=second["version"], m=written(counts[1] or 0),
    )  # fmt: skip
