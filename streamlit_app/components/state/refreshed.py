"""Parts of a page that are drawn again by themselves.

In place of Streamlit's own `run_every`, whose questions come at any time: one that comes just as a
run of the page ends makes Streamlit lose the end of that page (`refresh.js`).
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

import streamlit as st

from components.front_end_files import text_of
from components.media import NOTHING

P = ParamSpec("P")
FOLDER = Path(__file__).parent
NAME = "roentgen_refresh"


def refreshed(show: Callable[P, None], *, every_s: float, key: str) -> Callable[P, None]:
    """A fragment of the page that is drawn again every so often, while the page is at rest.

    Args:
        show: draws it.
        every_s: seconds from one time to the next.
        key: of what asks for it in the browser; one of its kind on a page.
    """

    @st.fragment
    @functools.wraps(show)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        _ask_again(key, 1000 * every_s)
        show(*args, **kwargs)

    return shown


def _ask_again(key: str, every_ms: float) -> None:
    component = st.components.v2.component(
        NAME,
        html=NOTHING,
        js=text_of(FOLDER, "../navigation.mjs", "refresh.js"),
        isolate_styles=False,
    )
    component(key=f"refresh-{key}", data={"every_ms": every_ms}, on_due_change=lambda: None)
