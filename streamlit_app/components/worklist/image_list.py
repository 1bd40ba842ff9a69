"""The worklist with what chooses its lines: by decision, by words, in an order."""

from collections.abc import Sequence

import streamlit as st

from components.worklist.table import image_table
from formatting import images
from language.catalogue import _, keyed
from session import stored_worklist
from worklist import order
from worklist.rows import MAX_ROWS, Row, Worklist


def show(worklist: Worklist) -> list[Row]:
    """Show it. Returns: the rows that are shown, in their order."""
    every = list(worklist.rows.values())
    st.markdown(f"**{order.summary(every)}**")
    if worklist.forgotten:
        st.caption(_forgotten(worklist.forgotten))
    with st.container(key="worklist-choice", horizontal=True, gap="small"):
        decision = _decision(every)
        words = st.text_input(
            _("Search"),
            key="worklist-words",
            placeholder=_("Search: name, class or reason"),
            label_visibility="collapsed",
        )
        by = st.selectbox(
            _("Order"),
            order.ORDERS,
            key=keyed("worklist-order"),
            format_func=lambda name: _("Order: {name}").format(name=_(name)),
            label_visibility="collapsed",
        )
    rows = order.shown(every, decision=decision, words=words, order=by)
    image_table.show(rows, worklist, on_open=_open_chosen, on_select=_select)
    return rows


def _decision(every: Sequence[Row]) -> str:
    # Without their counts, which stand above: the browser sends what it shows, and a choice of
    # "No answer 2" would be none once there are three.
    chosen = st.segmented_control(
        _("Decision"),
        [order.EVERY, *order.counts(every)],
        format_func=lambda name: _("All") if name == order.EVERY else _(order.NAMES[name]),
        default=order.EVERY,
        key=keyed("worklist-decision"),
        label_visibility="collapsed",
    )
    return chosen or order.EVERY


def _forgotten(count: int) -> str:
    return _(
        "The list holds the latest {most}. No longer in it, nor in what is counted and downloaded "
        "here: {images} read before. The answers are on the page Answers."
    ).format(most=images(MAX_ROWS), images=images(count))


def _open_chosen() -> None:
    if key := image_table.opened():
        stored_worklist.turn_to(key)


def _select() -> None:
    worklist, selected = stored_worklist.current(), image_table.selected()
    if selected is not None:
        known = [key for key in selected["keys"] if key in worklist.rows]
        worklist.selected, worklist.selected_at = tuple(known), selected["at"]
