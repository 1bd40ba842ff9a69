"""The films of this browser session, under a name in the page's address (`?list=`)."""

import streamlit as st

from errors import TASK, api
from session import sign_in
from worklist.rows import Worklist
from worklist.stored_worklists import StoredWorklists

STATE, PARAMETER = "worklist", "list"


def current() -> Worklist:
    """This session's films."""
    found: Worklist = st.session_state.setdefault(STATE, Worklist())
    return found


def follow() -> None:
    """Take up the list that the address names, if this session has none; name the one it has."""
    films, named = current(), st.query_params.get(PARAMETER)
    if not films.rows and (rows := _lists().find(named, owner=_owner())):
        films.rows, films.name = rows, named
    elif films.rows and films.name is None:
        films.name = _lists().keep(films.rows, owner=_owner())
    if films.name and films.name != named:
        # A change of page takes it away.
        st.query_params[PARAMETER] = films.name


def begin_anew() -> None:
    """Forget the films and answers of this session; another tab may show them still."""
    films = current()
    _lists().forget(films.name)
    films.clear()
    st.query_params.pop(PARAMETER, None)


@st.cache_resource(show_spinner=False)
def _lists() -> StoredWorklists:
    return StoredWorklists()


def _owner() -> str:
    """Server, task and person: whoever else has the address gets nothing by it."""
    me = st.session_state.get(sign_in.WHO)
    return " ".join((api().base_url, st.session_state.get(TASK) or "", me["name"] if me else ""))
