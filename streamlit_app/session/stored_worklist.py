"""The films of this browser session, under a name in the page's address (`?list=`)."""

import streamlit as st

from errors import api
from session import ownership
from worklist.image_keeping import keeps_no_images
from worklist.rows import Worklist, forget_oldest
from worklist.stored_worklists import StoredWorklists, without_thumbnails

STATE, PARAMETER = "worklist", "list"


def current() -> Worklist:
    """This session's films."""
    found: Worklist = st.session_state.setdefault(STATE, Worklist())
    return found


def follow() -> None:
    """Take up the list that the address names, if this session has none; name the one it has.

    While nobody knows who is there, lists are neither kept nor found.
    """
    shown, named = current(), st.query_params.get(PARAMETER)
    if (owner := ownership.owner()) is not None:
        if shown.owner not in {None, owner}:
            shown = st.session_state[STATE] = Worklist()
        shown.owner = owner
        if shown.rows:
            _keep(shown, owner)
        elif kept := _lists().find(named, owner=owner):
            shown.rows = dict(kept.rows) if keeps_no_images(api()) else kept.rows
            shown.name, shown.open_key, shown.forgotten = named, kept.open_key, kept.forgotten
    if shown.name and shown.name != named:
        # A change of page takes it away.
        st.query_params[PARAMETER] = shown.name


def _keep(shown: Worklist, owner: str) -> None:
    """Keep the list and what of it is open; without pictures where the server keeps no films."""
    kept = _lists().find(shown.name, owner=owner)
    if keeps_no_images(api()):
        rows = without_thumbnails(shown.rows)
        if kept is not None:
            kept.rows |= rows
            forget_oldest(kept.rows)
    else:
        rows = shown.rows
    if kept is None:
        shown.name = _lists().keep(rows, owner=owner)
    else:
        kept.open_key, kept.forgotten = shown.open_key, shown.forgotten


def turn_to(key: str) -> None:
    """Open a film of the list; a reload opens it again."""
    shown = current()
    shown.open_key = key
    if shown.owner and (kept := _lists().find(shown.name, owner=shown.owner)):
        kept.open_key = key


def begin_anew() -> None:
    """Forget the films and answers of this session; another tab may show them still."""
    shown = current()
    _lists().forget(shown.name)
    shown.clear()
    st.query_params.pop(PARAMETER, None)


@st.cache_resource(show_spinner=False)
def _lists() -> StoredWorklists:
    return StoredWorklists()
