"""A word about a film: sent, skipped, taken back."""

import streamlit as st

from api_types import ReviewItem
from captions import review_captions
from client import ApiDown, ApiError
from components.answers import feedback_form
from components.review.review_queue import Queue, Step
from errors import api, refusal
from language.catalogue import _

NOTICE = "review-notice"
REMARK = "review-remark"


def answer_with(item: ReviewItem, queue: Queue, label: str) -> None:
    """Send the word; the next film comes only once it is kept."""
    remark: str = st.session_state.get(REMARK) or ""
    # Of a word that was taken back the reader has seen the answer already.
    is_blinded = queue.filters.blinded and item["id"] not in queue.revealed
    try:
        given = api().give_feedback(item["id"], label=label, remark=remark, blinded=is_blinded)
    except (ApiError, ApiDown) as exc:
        refusal(exc)
        return
    queue.steps.append(Step(item, label))
    st.session_state[REMARK] = ""
    notice = feedback_form.notice_of(given)
    if item["prediction"] is None:
        queue.revealed.add(item["id"])
        notice = f"{notice} {_revealed(item['id'])}".strip()
    st.session_state[NOTICE] = notice


def _revealed(identifier: str) -> str:
    """What the model said; nothing where the API is away just now: the word is kept already."""
    try:
        return review_captions.revealed(api().prediction(identifier))
    except (ApiError, ApiDown):
        return ""


def skip(item: ReviewItem, queue: Queue) -> None:
    queue.steps.append(Step(item, None))


def undo(queue: Queue) -> None:
    """One step back; a word that was sent is taken back first."""
    if not queue.steps:
        return
    last = queue.steps[-1]
    if last.label is not None:
        try:
            api().take_back_feedback(last.item["id"])
        except (ApiError, ApiDown) as exc:
            refusal(exc)
            return
        st.session_state[NOTICE] = _("Taken back: {said}.").format(said=last.label)
    queue.steps.pop()
