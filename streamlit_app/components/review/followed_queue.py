"""The queue of this browser session, under a name in the page's address (`?review=`)."""

import streamlit as st

from client import RoentgenClient
from components import filter_choices
from components.review import review_queue
from components.review.review_queue import Queue, QueueFilter
from components.review.stored_queues import StoredQueues
from session import ownership

PARAMETER = "review"
# The name in this session.
NAME = "review-name"
REASON, SOURCE, READER, BLINDED = (
    "review-reason", "review-source", "review-reader", "review-blinded",
)  # fmt: skip
EVERYTHING = "everything"


def follow() -> None:
    """Before the filters are drawn: take up the queue that the address names, if there is none."""
    if review_queue.STATE in st.session_state or (owner := ownership.owner()) is None:
        return
    named = st.query_params.get(PARAMETER)
    if queue := _queues().find(named, owner=owner):
        st.session_state[review_queue.STATE], st.session_state[NAME] = queue, named
        _choose(queue.filters)


def current(client: RoentgenClient, filters: QueueFilter) -> Queue:
    """The queue for these filters, kept as it is now. Raises: ApiError, ApiDown."""
    queue = review_queue.current(client, filters)
    if (owner := ownership.owner()) is not None:
        name = _queues().keep(queue, owner=owner, name=st.session_state.get(NAME))
        st.session_state[NAME] = name
        if st.query_params.get(PARAMETER) != name:
            # A change of page takes it away.
            st.query_params[PARAMETER] = name
    return queue


def _choose(filters: QueueFilter) -> None:
    filter_choices.remember(REASON, filters.reason or EVERYTHING)
    filter_choices.remember(SOURCE, filters.source or "")
    filter_choices.remember(READER, filters.reader)
    filter_choices.remember(BLINDED, filters.blinded)


@st.cache_resource(show_spinner=False)
def _queues() -> StoredQueues:
    return StoredQueues()
