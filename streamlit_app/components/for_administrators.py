"""What only whoever runs the server needs: commands, settings, addresses; folded away."""

import streamlit as st

from language.catalogue import _


def request(request_id: str, *, remedy: str = "") -> None:
    """Behind a click: all that the server said where that is more, in Markdown, and the id of the
    request that was refused or failed, to copy."""
    with st.expander(_("For administrators")):
        if remedy:
            st.markdown(remedy)
        if request_id:
            st.caption(_("The request's id, by which the server's log has it:"))
            st.code(request_id, language=None)


def note(text: str) -> None:
    """A text in Markdown behind a click."""
    with st.expander(_("For administrators")):
        st.markdown(text)
