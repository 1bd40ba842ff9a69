"""Which site films are from: chosen among those with a profile, and kept in the page's address."""

import streamlit as st

from api_types import Status
from captions import site_captions
from formatting import plain
from language.catalogue import N_, _, keyed

PARAMETER, KEY = "source", "source"
NONE = N_("no site")


def choose(status: Status) -> str | None:
    """The site that films are sent as; None: none. Nothing is shown while there is no site."""
    sites = {site["site"]: site for site in status["sites"]}
    if not sites:
        return None
    known = ["", *sites]
    key = keyed(KEY)
    if key not in st.session_state:
        named = st.query_params.get(PARAMETER, "")
        st.session_state[key] = named if named in sites else ""
    chosen: str = st.selectbox(
        _("Films are from"), known, format_func=lambda name: name or _(NONE), key=key
    )
    if not chosen:
        st.query_params.pop(PARAMETER, None)
        return None
    st.query_params[PARAMETER] = chosen
    if problem := site_captions.problem(sites[chosen]):
        st.warning(plain(problem))
    return chosen
