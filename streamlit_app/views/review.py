"""Answers that a person should look at, those most worth it first."""

from collections.abc import Mapping

import streamlit as st

from api_types import ReviewItem
from client import ApiError
from components import feedback_form, intake_outcome
from errors import api, guarded
from formatting import DECISIONS, labels_of, moment, percent, plain

SHOWN = 10
NAME_DROPPED = "name dropped"
NONE_KEPT = (
    "The film was not kept. `ROENTGEN_KEEP_IMAGES=referred` (or `all`) keeps films of answers for "
    "some weeks, so that they can be looked at here and become training samples."
)


@guarded
def show() -> None:
    st.title("Review")
    st.caption(
        "Answers near the threshold, referred, or at odds with themselves come first. What you say "
        "here is kept; a film that was kept becomes a training sample."
    )
    labels = labels_of(api().status())
    queue = api().review(limit=SHOWN)
    if not queue["items"]:
        st.info("Nothing waits: every answer has been looked at, or none was given yet.")
        return
    st.caption(f"{len(queue['items'])} of {queue['total']} that wait.")
    for item in queue["items"]:
        with st.container(border=True):
            _item(item, labels)


def _item(item: ReviewItem, labels: Mapping[str, str]) -> None:
    answer = item["prediction"]
    left, right = st.columns([1, 2], gap="medium")
    with left:
        _image(item)
    with right:
        st.markdown(f"**{answer['label']}**, {percent(answer['confidence'])}")
        st.caption(
            f"{DECISIONS[answer['decision']]} · {plain(answer['filename'] or NAME_DROPPED)} · "
            f"{moment(answer['created_at'])} · model {answer['model_version']}"
        )
        for why in (*item["why"], *answer["reasons"]):
            st.caption(plain(why))
        intake_outcome.titles(answer["id"])
        feedback_form.form(answer, labels, key=answer["id"])
        _deletion(answer["id"])


def _deletion(prediction_id: str) -> None:
    """A way to erase an answer, behind a second click."""
    with st.popover("Delete"):
        st.caption("The answer, its heat map, and its film if it was kept. There is no way back.")
        if not st.button("Delete this answer", key=f"delete-{prediction_id}"):
            return
    try:
        api().delete_prediction(prediction_id)
    except ApiError as exc:
        st.error(plain(str(exc)))
        return
    st.toast("Deleted.")
    st.rerun()


def _image(item: ReviewItem) -> None:
    if item["film"] is None:
        st.caption(NONE_KEPT)
        return
    try:
        st.image(api().film_of(item["prediction"]["id"]), width="stretch")
    except ApiError as exc:
        st.caption(plain(str(exc)))
