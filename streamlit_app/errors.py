"""What every page does when the API is down or refuses: it says so, and what to do."""

import functools
from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from client import ApiDown, ApiError, RoentgenClient
from formatting import plain

P = ParamSpec("P")


def api() -> RoentgenClient:
    """The client of this browser session."""
    if "client" not in st.session_state:
        st.session_state["client"] = RoentgenClient()
    client: RoentgenClient = st.session_state["client"]
    return client


def guarded(show: Callable[P, None]) -> Callable[P, None]:
    """Show the sentence of an API error in place of the rest of a page or panel."""

    @functools.wraps(show)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            show(*args, **kwargs)
        except ApiDown as exc:
            st.error(str(exc))
            st.button("Try again", key=f"again-{show.__module__}-{show.__qualname__}")
        except ApiError as exc:
            refusal(exc)

    return shown


def refusal(error: ApiError) -> None:
    """The server's sentence, with its lines for each class, file or field."""
    lines = [" ".join(str(value) for value in entry.values()) for entry in error.errors]
    text = "\n".join([plain(str(error)), "", *(f"- {plain(line)}" for line in lines)])
    (st.warning if error.status in {409, 503} else st.error)(text)
