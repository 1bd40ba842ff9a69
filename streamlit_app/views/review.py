"""Answers that a person should look at, those most worth it first."""

from collections.abc import Mapping

import streamlit as st

from api_types import ReviewItem
from client import ApiError
from components.answers import feedback_form, intake_outcome
from components.retraining import deletion
from errors import api, guarded
from formatting import DECISIONS, file_name, labels_of, moment, percent, plain

SHOWN = 10
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
            f"{DECISIONS[answer['decision']]} · {plain(file_name(answer['filename']))} · "
            f"{moment(answer['created_at'])} · model {answer['model_version']}"
        )
        for why in (*item["why"], *answer["reasons"]):
            st.caption(plain(why))
        intake_outcome.titles(answer["id"])
        feedback_form.form(answer, labels, key=answer["id"])
        if deletion.deleted(answer["id"]):
            st.rerun()


def _image(item: ReviewItem) -> None:
    if item["film"] is None:
        st.caption(NONE_KEPT)
        return
    try:
        st.image(api().film_of(item["prediction"]["id"]), width="stretch")
    except ApiError as exc:
        st.caption(plain(str(exc)))
