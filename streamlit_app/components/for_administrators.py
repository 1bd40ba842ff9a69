"""What only whoever runs the server needs: commands, settings, addresses; folded away."""

import streamlit as st

from language.catalogue import _


def note(text: str) -> None:
    """A text in Markdown behind a click."""
    with st.expander(_("For administrators")):
        st.markdown(text)
