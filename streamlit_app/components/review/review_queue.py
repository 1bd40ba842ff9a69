"""The films that a person goes through: which, where they are, and what they have said so far."""

from dataclasses import dataclass, field
from typing import Literal

import streamlit as st

from api_types import ReviewItem
from client import RoentgenClient, address_of
from components.answers import row_form

STATE = "review-queue"
# As many as the API gives at once; what waits longer comes after them.
AT_ONCE = 200
# What was sent counts as seen, and then nobody can read it blinded as a second reader.
UNHIDDEN_AT_ONCE = 50
Reader = Literal["first", "second"]


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which answers, for which reader, and whether the answers are hidden."""

    reason: str | None
    source: str | None
    reader: Reader
    blinded: bool


@dataclass(slots=True)
class Step:
    """What was done about a film: a word that was sent, or nothing (`label` is None)."""

    item: ReviewItem
    label: str | None


@dataclass(slots=True)
class Queue:
    """Films as they were when the person began, so that they stay in their order."""

    filters: QueueFilter
    whose: str
    total: int
    without_film: int
    items: list[ReviewItem]
    steps: list[Step] = field(default_factory=list)
    # Films whose answer a blinded reader has been shown.
    revealed: set[str] = field(default_factory=set)
    # What became of the last word, until it is shown.
    notice: str = ""

    @property
    def current(self) -> ReviewItem | None:
        return self.items[len(self.steps)] if len(self.steps) < len(self.items) else None

    @property
    def answered(self) -> int:
        return sum(step.label is not None for step in self.steps)


def current(client: RoentgenClient, filters: QueueFilter) -> Queue:
    """The queue of this browser session; asked for anew where something else is wanted.

    Raises: ApiError, ApiDown.
    """
    known: Queue | None = st.session_state.get(STATE)
    whose = address_of(client)
    if known is not None and (known.filters, known.whose) == (filters, whose):
        return known
    found = client.review(
        limit=AT_ONCE if filters.blinded else UNHIDDEN_AT_ONCE,
        reason=filters.reason,
        source=filters.source or None,
        reader=filters.reader,
        blinded=filters.blinded,
        # A row of a table is its numbers; there is no film that could be missing.
        kept=not row_form.is_table(),
    )
    queue = Queue(filters, whose, found["total"], found["without_film"], found["items"])
    if known is not None and known.whose == whose:
        # Whoever has seen an answer has seen it in every queue.
        queue.revealed = known.revealed
    st.session_state[STATE] = queue
    return queue


def forget() -> None:
    """Ask for the queue anew."""
    st.session_state.pop(STATE, None)
