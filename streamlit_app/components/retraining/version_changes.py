"""A change of what answers, by a person's hand and with a reason."""

from collections.abc import Callable

import streamlit as st

from api_types import ModelSummary
from client import ApiError
from errors import api, refusal

NOTICE = "versions_notice"
EVERYBODY = "Everybody"


def answered_by(model: ModelSummary) -> str:
    """Whom a version answers: everybody, sites by name, or nobody."""
    return ", ".join([EVERYBODY.lower()] * model["is_champion"] + model["sites"])


def move(reason: str, change: Callable[[], str]) -> None:
    """Change what answers; `change` returns what there is to say then."""
    if not reason.strip():
        st.warning("Give a reason; it is kept with the change.")
        return
    try:
        notice = change()
    except ApiError as exc:
        refusal(exc)
        return
    st.session_state[NOTICE] = notice
    st.rerun()


def promoted(version: str, reason: str, *, site: str | None) -> str:
    """Promote a version for everybody, or for a site; returns what came of it."""
    model = api().promote(version, reason=reason, site=site)
    overrides = model["overrides"]
    against = f" This overrides the gate: {', '.join(overrides)}." if overrides else ""
    serves = f"answers {site} from now on" if site else "serves now"
    return f"{model['version']} {serves}.{against} {model['note']}".strip()
