"""What came of a step, said once, on the page that is drawn next.

The sentence has a place of its own, which is there without it too. If it moved what stands below,
the browser would make that anew: a tab jumps back, and while a slow page is drawn its buttons are
there twice, so that a key counts twice.
"""

import streamlit as st

IMAGES, SITES, VERSIONS = "films-notice", "sites-notice", "versions-notice"


def put(kind: str, text: str) -> None:
    """Keep a sentence, in Markdown, for the next page of its kind."""
    st.session_state[kind] = text


def show(kind: str) -> None:
    """The place of the sentence, and the sentence if there is one."""
    at(st.session_state.pop(kind, ""))


def at(text: str) -> None:
    """A place for a sentence, which may be empty."""
    place = st.empty()
    if text:
        place.success(text)
