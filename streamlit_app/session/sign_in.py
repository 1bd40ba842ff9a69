"""Logging in and out, where the API asks who is there."""

from collections.abc import Callable

import streamlit as st

from api_types import Me
from client import ApiDown, ApiError
from components import for_administrators
from errors import CLIENT, TASK, api, refusal
from formatting import RIGHT_WORDS, plain
from language import choice as language_choice
from language.catalogue import N_, _
from session import identity, stored_check, stored_worklist
from session.identity import WHO

UNAUTHENTICATED = 401
# What the API adds to the address of the UI when it sends somebody back from the provider.
CODE, PROBLEM = "login", "login_problem"
PROBLEMS = {
    "again": N_(
        "You were not logged in: it took too long, was begun in another browser, "
        "or the provider refused. Begin again."
    ),
    "no-role": N_(
        "The provider knows you, but none of your groups may use this server, or "
        "another account has your name. Ask whoever runs it."
    ),
}


def who() -> tuple[Me | None, bool]:
    """Who the API takes the person at the browser for, and whether it lets them in.

    An API that is down, or of a former release, is the page's to explain.
    """
    st.session_state.pop(WHO, None)
    try:
        me = api().me()
        st.session_state[WHO] = me
        return me, True
    except ApiError as exc:
        st.session_state[WHO] = None
        return None, exc.status != UNAUTHENTICATED
    except ApiDown:
        return None, True


def may(me: Me | None, right: str) -> bool:
    """Whether somebody has a right; where the API does not say, it is the one to refuse."""
    return me is None or right in me["rights"]


def allowed(right: str) -> bool:
    """Whether whoever is there may do this; where nobody asked, the API is the one to refuse."""
    return may(st.session_state.get(WHO), right)


def show() -> None:
    """The form in place of a page."""
    st.title(_("Log in"))
    if code := st.query_params.get(CODE):
        _come_back(code)
        return
    if problem := st.query_params.get(PROBLEM):
        st.error(_(PROBLEMS.get(problem, PROBLEMS["again"])))
    try:
        state = api().auth_state()
        if state["oidc_login_url"]:
            st.link_button(_("Log in with single sign-on"), state["oidc_login_url"], type="primary")
        if state["needs_first_user"]:
            _first_user()
        else:
            _log_in()
    except (ApiDown, ApiError) as exc:
        refusal(exc)


def show_account(me: Me | None) -> None:
    """Who is logged in, in the sidebar, with the way out."""
    if me is None:
        return
    if me["kind"] == "local":
        st.caption(_("You: this machine, without a log-in."))
        return
    with st.popover(plain(_("You: {name}").format(name=me["name"])), width="stretch"):
        st.caption(", ".join(_(RIGHT_WORDS.get(right, right)) for right in me["rights"]))
        if st.button(_("Log out")):
            _leave(everywhere=False)
        if st.button(_("Log out everywhere")):
            _leave(everywhere=True)
        _change_password()


def _come_back(code: str) -> None:
    """From the provider. A click: a link from somebody else must not log anybody in unseen."""
    st.markdown(_("You have said who you are. One more click, and you are in."))
    if st.button(_("Finish logging in"), type="primary"):
        # It is good once, and has no place in a bookmark.
        del st.query_params[CODE]
        _begin(lambda: api().exchange(code))


def _log_in() -> None:
    with st.form("log-in"):
        name = st.text_input(_("User"), autocomplete="username")
        password = st.text_input(_("Password"), type="password", autocomplete="current-password")
        if st.form_submit_button(_("Log in"), type="primary"):
            _begin(lambda: api().log_in(name, password))
    st.caption(_("An admin adds users, or whoever runs the server."))
    for_administrators.note(_("`python -m api user add NAME` adds a user."))


def _first_user() -> None:
    st.markdown(
        _(
            "There is no user yet. The server wrote a one-time token to its log when "
            "it started; with it you make the first user, an admin."
        )
    )
    with st.form("first-user"):
        token = st.text_input(_("One-time token"), type="password", autocomplete="off")
        name = st.text_input(_("User"), autocomplete="username")
        password = st.text_input(_("Password"), type="password", autocomplete="new-password")
        again = st.text_input(_("Password again"), type="password", autocomplete="new-password")
        if st.form_submit_button(_("Make the first user"), type="primary"):
            if password != again:
                st.error(_("The two passwords differ; type the same one twice."))
            else:
                _begin(lambda: api().add_first_user(token, name, password))


def _begin(log_in: Callable[[], str]) -> None:
    try:
        token = log_in()
    except ApiError as exc:
        refusal(exc)
        return
    # A session may have ended without a log-out: what it held is not the next person's.
    for key in set(st.session_state) - {CLIENT, TASK, *language_choice.KEPT}:
        del st.session_state[key]
    st.session_state[identity.TOKEN] = token
    st.rerun()


def _leave(*, everywhere: bool) -> None:
    try:
        api().log_out(everywhere=everywhere)
    finally:
        # Films and answers of one person are not the next one's.
        stored_worklist.begin_anew()
        stored_check.forget()
        st.session_state.clear()
    st.rerun()


def _change_password() -> None:
    with st.form("password", clear_on_submit=True):
        current = st.text_input(_("Password"), type="password", autocomplete="current-password")
        new = st.text_input(_("New password"), type="password", autocomplete="new-password")
        if st.form_submit_button(_("Change password")):
            try:
                api().change_password(current, new)
            except ApiError as exc:
                refusal(exc)
            else:
                st.success(_("It is changed; your other sessions have ended."))
