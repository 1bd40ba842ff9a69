"""The words that Streamlit's own widgets show, in the person's language."""

import functools
from pathlib import Path

import streamlit as st

from components.front_end_words import WIDGETS, in_language
from components.media import NOTHING

FOLDER = Path(__file__).parent
NAME = "roentgen_widget_words"


def show() -> None:
    """Have them replaced on the page; nothing to do where the language is Streamlit's own."""
    if words := in_language(WIDGETS):
        component = st.components.v2.component(NAME, html=NOTHING, js=_text(), isolate_styles=False)
        component(key="widget-words", data={"words": words})


@functools.cache
def _text() -> str:
    names = ("words.mjs", "widget_words.js")
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)
