"""A change of what answers, by a person's hand and with a reason."""

from collections.abc import Callable

import streamlit as st

from api_types import ModelSummary
from client import ApiError
from components.state import notices
from errors import api, refusal
from language.api_sentences import translated
from language.catalogue import N_, _

EVERYBODY = N_("Everybody")
MAX_REASON = 500
# Before the key of a reason: the change that it was for was made.
DONE = "done-"


def everybody_or(site: str) -> str:
    """Of whom a choice is: everybody, in the person's language, or a site by its name."""
    return _(EVERYBODY) if site == EVERYBODY else site


def answered_by(model: ModelSummary) -> str:
    """Whom a version answers: everybody, sites by name, or nobody."""
    return ", ".join([_(EVERYBODY).lower()] * model["is_champion"] + model["sites"])


def reason_for(label: str, *, key: str, placeholder: str | None = None) -> str:
    """The field for the reason of a change; empty again once that was made."""
    if st.session_state.pop(DONE + key, False):
        st.session_state[key] = ""
    return st.text_input(label, key=key, max_chars=MAX_REASON, placeholder=placeholder)


def move(reason: str, change: Callable[[], str], *, key: str) -> None:
    """Change what answers; `change` returns what there is to say then.

    Where it is refused, what was typed and chosen stays; `key` is the reason's.
    """
    if not reason.strip():
        st.warning(_("Give a reason; it is kept with the change."))
        return
    try:
        notice = change()
    except ApiError as exc:
        refusal(exc)
        return
    notices.put(notices.VERSIONS, notice)
    st.session_state[DONE + key] = True
    st.rerun()


def promoted(version: str, reason: str, *, site: str | None) -> str:
    """Promote a version for everybody, or for a site; returns what came of it."""
    model = api().promote(version, reason=reason, site=site)
    overrides = model["overrides"]
    against = (
        _(" This overrides the gate: {overrides}.").format(
            overrides=", ".join(map(translated, overrides))
        )
        if overrides
        else ""
    )
    note = translated(model["note"])
    serves = _("answers {site} from now on").format(site=site) if site else _("serves now")
    return f"{model['version']} {serves}.{against} {note}".strip()
