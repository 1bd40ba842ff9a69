"""The films of this browser session, under a name in the page's address (`?list=`)."""

import streamlit as st

from errors import TASK, api
from session import identity
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
    films, named = current(), st.query_params.get(PARAMETER)
    if (owner := _owner()) is not None:
        if films.owner not in {None, owner}:
            films = st.session_state[STATE] = Worklist()
        films.owner = owner
        if films.rows:
            _keep(films, owner)
        elif kept := _lists().find(named, owner=owner):
            films.rows = dict(kept.rows) if keeps_no_images(api()) else kept.rows
            films.name, films.open_key, films.forgotten = named, kept.open_key, kept.forgotten
    if films.name and films.name != named:
        # A change of page takes it away.
        st.query_params[PARAMETER] = films.name


def _keep(films: Worklist, owner: str) -> None:
    """Keep the list and what of it is open; without pictures where the server keeps no films."""
    kept = _lists().find(films.name, owner=owner)
    if keeps_no_images(api()):
        rows = without_thumbnails(films.rows)
        if kept is not None:
            kept.rows |= rows
            forget_oldest(kept.rows)
    else:
        rows = films.rows
    if kept is None:
        films.name = _lists().keep(rows, owner=owner)
    else:
        kept.open_key, kept.forgotten = films.open_key, films.forgotten


def turn_to(key: str) -> None:
    """Open a film of the list; a reload opens it again."""
    films = current()
    films.open_key = key
    if films.owner and (kept := _lists().find(films.name, owner=films.owner)):
        kept.open_key = key


def begin_anew() -> None:
    """Forget the films and answers of this session; another tab may show them still."""
    films = current()
    _lists().forget(films.name)
    films.clear()
    st.query_params.pop(PARAMETER, None)


@st.cache_resource(show_spinner=False)
def _lists() -> StoredWorklists:
    return StoredWorklists()


def _owner() -> str | None:
    """Server, task and person; None: the API is away, and nobody knows who is there.

    Without a log-in all are the same person: whoever has the address gets the list.
    """
    if identity.WHO not in st.session_state:
        return None
    me = st.session_state[identity.WHO]
    return " ".join((api().base_url, st.session_state.get(TASK) or "", me["name"] if me else ""))
