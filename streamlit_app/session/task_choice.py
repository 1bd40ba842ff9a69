"""Which task the pages are about: chosen in the sidebar, kept in the URL (`?task=`)."""

import streamlit as st

from api_types import TaskSummary
from client import ApiDown, ApiError
from errors import CLIENT, TASK, api
from language import choice as language_choice
from language.api_sentences import translated
from language.catalogue import _, keyed
from session.identity import TOKEN, WHO

PARAMETER = "task"
WIDGET = "task-choice"
# The task as the server last described it.
KNOWN = "task-known"


def follow_url() -> None:
    """What the URL says is the choice; where a change of page took it away, it is put back."""
    if named := st.query_params.get(PARAMETER):
        _choose(named)
    elif chosen := st.session_state.get(TASK):
        st.query_params[PARAMETER] = chosen
    elif not st.query_params:
        # A link to the page that is open leaves the address of its film or job in the browser,
        # which would open that again with the next wish.
        st.query_params.clear()


def show() -> None:
    """The switch, where there is more than one task; says so where the URL names none of them."""
    listed = api().tasks()
    titles = {task["name"]: _title(task) for task in listed["tasks"]}
    chosen = st.session_state.get(TASK) or listed["default"]
    if chosen not in titles:
        st.warning(_("The server has no task '{chosen}'.").format(chosen=chosen))
        titles[chosen] = chosen
    if len(titles) > 1:
        names = list(titles)
        st.selectbox(
            _("Task"),
            names,
            index=names.index(chosen),
            format_func=lambda name: titles[name],
            key=keyed(WIDGET),
            on_change=_switch,
            args=(keyed(WIDGET), listed["default"]),
        )


def _title(task: TaskSummary) -> str:
    if task["champion"]:
        return translated(task["title"])
    return _("{title} (no model yet)").format(title=translated(task["title"]))


def current() -> TaskSummary | None:
    """The task that the pages are about; None where the server does not say.

    While the API is away it is the one that it last was. Raises: ApiDown where nobody knows.
    """
    try:
        listed = api().tasks()
    except ApiError:
        return None
    except ApiDown:
        known: TaskSummary | None = st.session_state.get(KNOWN)
        if known is None:
            raise
        return known
    name = st.session_state.get(TASK) or listed["default"]
    found = next((task for task in listed["tasks"] if task["name"] == name), None)
    st.session_state[KNOWN] = found
    return found


def _switch(widget: str, default: str) -> None:
    name = st.session_state[widget]
    _choose(None if name == default else name)
    if name == default:
        st.query_params.pop(PARAMETER, None)
    else:
        st.query_params[PARAMETER] = name


def _choose(name: str | None) -> None:
    """Films, answers and choices of one task mean nothing to another."""
    if name == st.session_state.get(TASK):
        return
    for key in set(st.session_state) - {CLIENT, keyed(WIDGET), TOKEN, WHO, *language_choice.KEPT}:
        del st.session_state[key]
    st.session_state[TASK] = name
