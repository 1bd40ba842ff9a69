"""What a person does about the open film: right, a class by its key, skip, undo, a remark."""

from collections.abc import Mapping

import streamlit as st

from api_types import ReviewItem
from captions import answer_captions, review_captions
from components.review import keys, spoken_words
from components.review.review_queue import Queue
from formatting import plain
from language.catalogue import _

MAX_KEYS = 9


def taken_keys(labels: Mapping[str, str]) -> tuple[str, ...]:
    """What this page does by a key, so that the viewer does not do something else by it."""
    return ("r", "s", "u", *map(str, range(1, min(len(labels), MAX_KEYS) + 1)))


def show(
    item: ReviewItem, queue: Queue, labels: Mapping[str, str], negative_class: str | None
) -> None:
    answer = item["prediction"]
    is_other = answer is not None and answer_captions.is_other_image(answer)
    agreed = answer and review_captions.agreed_label(answer, negative_class)
    _steps(item, queue, agreed, skip_first=is_other)
    if is_other:
        st.caption(_("If it is such a film after all, say what it shows; if not, skip it."))
    elif answer is not None and agreed is None:
        st.caption(
            _("The answer names no single class that fits its decision, so say what it shows.")
        )
    _classes(item, queue, labels)
    st.text_input(
        _("Remark"),
        key=spoken_words.remark_of(item),
        max_chars=500,
        placeholder=_("Who read it, or how you know; optional"),
    )


def _steps(item: ReviewItem, queue: Queue, agreed: str | None, *, skip_first: bool) -> None:
    if agreed:
        st.button(
            # The class stands on the button: it becomes the label of a training film.
            _("Right: {label} (r)").format(label=plain(agreed)),
            key="review-right", type="primary", icon=":material/check:", width="stretch",
            on_click=spoken_words.answer_with, args=(item, queue, agreed),
        )  # fmt: skip
    with st.container(horizontal=True):
        st.button(
            _("Skip"), key="review-skip", type="primary" if skip_first else "secondary",
            on_click=spoken_words.skip, args=(item, queue), shortcut="s",
        )  # fmt: skip
        st.button(
            _("Undo"), key="review-undo", on_click=spoken_words.undo,
            args=(queue, len(queue.steps)), shortcut="u", disabled=not queue.steps,
        )  # fmt: skip
    if agreed:
        # Not among the buttons, where it would take up room.
        keys.press(key="r", button="review-right")


def _classes(item: ReviewItem, queue: Queue, labels: Mapping[str, str]) -> None:
    st.markdown(_("It shows:"))
    for number, (label, meaning) in enumerate(labels.items(), start=1):
        st.button(
            meaning,
            key=f"review-label-{label}",
            width="stretch",
            on_click=spoken_words.answer_with,
            args=(item, queue, label),
            shortcut=str(number) if number <= MAX_KEYS else None,
        )
