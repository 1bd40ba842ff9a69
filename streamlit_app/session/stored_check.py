"""This session's site check, under a name in the page's address (`?sent=`)."""

import streamlit as st

from session import ownership
from site_checks.held_check import HeldCheck
from site_checks.stored_checks import StoredChecks

STATE, PARAMETER = "held-check", "sent"


def current() -> HeldCheck:
    """The session's check, for the server, task and person that it has now."""
    found: HeldCheck | None = st.session_state.get(STATE)
    # While the API is away nobody knows who is there.
    owner = ownership.owner() or (found.owner if found else "")
    if found is None or found.owner not in ("", owner):
        found = st.session_state[STATE] = HeldCheck(owner)
    found.owner = owner
    return found


def follow() -> HeldCheck:
    """The same, or the one that the address names where the session has none; it gets an address
    once there is a file."""
    check, named = current(), st.query_params.get(PARAMETER)
    if not check.owner:
        return check
    if check.file is None and named not in (None, check.name):
        if (known := _checks().find(named, owner=check.owner)) is not None:
            check = st.session_state[STATE] = known
        else:
            st.query_params.pop(PARAMETER)
    if check.is_there:
        _checks().keep(check)
        st.query_params[PARAMETER] = check.name
    return check


def forget() -> None:
    """Forget file and check, of which one that runs ends."""
    check = current()
    _checks().forget(check.name)
    check.forget()
    st.query_params.pop(PARAMETER, None)


@st.cache_resource(show_spinner=False)
def _checks() -> StoredChecks:
    return StoredChecks()
