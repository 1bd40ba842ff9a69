"""Which language the pages are in: the browser's, or another one, kept in the URL (`?lang=`)."""

import json

import streamlit as st

from language.catalogue import DEFAULT, STATE, _, current, languages

PARAMETER = "lang"
WIDGET = "language-choice"
# Whether a person chose it; it is in the URL then, also after a change of page.
CHOSEN = "language-chosen"
# What stays where the rest of a session is forgotten.
KEPT = frozenset({STATE, CHOSEN, WIDGET})


def follow() -> None:
    """Before anything is written: what the URL says, what was chosen, or what the browser says."""
    if (named := st.query_params.get(PARAMETER)) in languages():
        _set(named)
    elif st.session_state.get(CHOSEN):
        st.query_params[PARAMETER] = current()
    elif STATE not in st.session_state:
        st.session_state[STATE] = of_browser(st.context.locale)


def of_browser(locale: str | None) -> str:
    """The language for a locale such as 'fr-CH'; the default one where there is none for it."""
    language = (locale or "").replace("_", "-").partition("-")[0].lower()
    return language if language in languages() else DEFAULT


def show() -> None:
    """The switch, and the page's language for screen readers."""
    names, chosen = languages(), current()
    st.selectbox(
        _("Language"),
        list(names),
        index=list(names).index(chosen),
        format_func=names.__getitem__,
        key=WIDGET,
        on_change=_switch,
    )
    script = f"<script>document.documentElement.lang = {json.dumps(chosen)};</script>"
    st.html(script, unsafe_allow_javascript=True)


def _switch() -> None:
    _set(st.session_state[WIDGET])
    st.query_params[PARAMETER] = current()


def _set(language: str) -> None:
    st.session_state[STATE], st.session_state[CHOSEN] = language, True
