"""Whose films, lists and checks are: by server, task and person."""

import streamlit as st

from errors import TASK, api
from session import identity


def owner() -> str | None:
    """Server, task and person; None: the API is away, and nobody knows who is there.

    Without a log-in all are the same person: whoever has an address gets what is there.
    """
    if identity.WHO not in st.session_state:
        return None
    me = st.session_state[identity.WHO]
    return " ".join((api().base_url, st.session_state.get(TASK) or "", me["name"] if me else ""))
