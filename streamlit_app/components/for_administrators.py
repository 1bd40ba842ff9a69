"""What only whoever runs the server needs: commands, settings, addresses; folded away."""

import streamlit as st

from language.catalogue import _


def request(request_id: str) -> None:
    """The id of a request that was refused or failed, to copy, behind a click."""
    with st.expander(_("For administrators")):
        st.caption(_("The request's id, by which the server's log has it:"))
        st.code(request_id, language=None)


def note(text: str) -> None:
    """A text in Markdown behind a click."""
    with st.expander(_("For administrators")):
        st.markdown(text)
