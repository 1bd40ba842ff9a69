"""A word about a film: sent, skipped, taken back.

A key that is pressed twice before the next film is drawn comes twice for the same film; only the
first counts. Streamlit may end a callback wherever that touches the session (a newer wish waits),
so everything from there is read before a word is sent, and what follows is kept with the queue.
"""

import streamlit as st

from api_types import ReviewItem
from captions import review_captions
from client import ApiDown, ApiError, RoentgenClient
from components.answers import feedback_form
from components.review.review_queue import Queue, Step
from errors import api, refusal
from language.catalogue import _


def remark_of(item: ReviewItem) -> str:
    """Where the session keeps what is remarked about a film."""
    return f"review-remark-{item['id']}"


def answer_with(item: ReviewItem, queue: Queue, label: str) -> None:
    """Send the word; the next film comes only once it is kept."""
    remark: str = st.session_state.get(remark_of(item)) or ""
    client = api()
    if not _is_open(item, queue):
        return
    # Of a word that was taken back the reader has seen the answer already.
    is_blinded = queue.filters.blinded and item["id"] not in queue.revealed
    try:
        given = client.give_feedback(item["id"], label=label, remark=remark, blinded=is_blinded)
    except (ApiError, ApiDown) as exc:
        refusal(exc)
        return
    queue.steps.append(Step(item, label))
    queue.notice = feedback_form.notice_of(given)
    if item["prediction"] is None:
        queue.revealed.add(item["id"])
        queue.notice = f"{queue.notice} {_revealed(client, item['id'])}".strip()


def _revealed(client: RoentgenClient, identifier: str) -> str:
    """What the model said; nothing where the API is away just now: the word is kept already."""
    try:
        return review_captions.revealed(client.prediction(identifier))
    except (ApiError, ApiDown):
        return ""


def skip(item: ReviewItem, queue: Queue) -> None:
    if _is_open(item, queue):
        queue.steps.append(Step(item, None))


def undo(queue: Queue, count: int) -> None:
    """One step back from so many steps; a word that was sent is taken back first."""
    client = api()
    if count == 0 or len(queue.steps) != count:
        return
    last = queue.steps[-1]
    if last.label is not None:
        try:
            client.take_back_feedback(last.item["id"])
        except (ApiError, ApiDown) as exc:
            refusal(exc)
            return
        queue.notice = _("Taken back: {said}.").format(said=last.label)
    queue.steps.pop()


def _is_open(item: ReviewItem, queue: Queue) -> bool:
    """Whether it is the film that waits for a word."""
    return queue.current is not None and queue.current["id"] == item["id"]
