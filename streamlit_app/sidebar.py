"""The column at the left of every page: which API, which version, and whether all is well."""

import contextlib

import streamlit as st

import sign_in
import task_choice
from api_types import Me, Status
from client import ApiDown, ApiError
from errors import api
from formatting import plain

NOTICE = "Research and education. Not a medical device."


def show(me: Me | None, *, is_let_in: bool) -> None:
    """`me`: who the API takes the person for; None: it does not say."""
    task_choice.follow_url()
    with st.sidebar:
        st.markdown("**Roentgen**")
        if is_let_in:
            _task()
        st.caption(f"API: {api().base_url}")
        if is_let_in:
            _state()
        sign_in.show_account(me)
        st.caption(NOTICE)


def _task() -> None:
    # What is wrong is said below, and on the page.
    with contextlib.suppress(ApiDown, ApiError):
        task_choice.show()


@st.fragment(run_every=15)
def _state() -> None:
    try:
        st.markdown(plain(sentence(api().status())))
    except ApiDown:
        st.markdown("The API cannot be reached.")
    except ApiError as exc:
        st.markdown(plain(str(exc)))


def sentence(status: Status) -> str:
    """'Serving v1', or what is wrong."""
    unwell = [
        f"{name}: {part['detail']}" for name, part in status["health"].items() if not part["ok"]
    ]
    if unwell:
        return "; ".join(unwell)
    if status["model_version"] is None:
        return "The model is being prepared."
    if status["running_job"]:
        return f"Serving {status['model_version']}; a retraining is running."
    return f"Serving {status['model_version']}"
