"""Which site films are from: one that is known, or a new name; kept in the page's address."""

import itertools
from collections.abc import Iterable

import streamlit as st

from api_types import Status
from captions import site_captions
from client import ApiDown, ApiError, RoentgenClient, address_of
from components.filter_choices import last, remember
from errors import api
from formatting import plain
from language.catalogue import N_, _, keyed

PARAMETER, KEY = "source", "source"
NONE = N_("no site")
# How long a page remembers which sites training films name: counting them takes the server a while.
KNOWN_FOR_S = 60.0


def choose(status: Status) -> str | None:
    """The site that films are sent as, on whichever page; None: none."""
    names, none = _distinct(_of_status(status), _of_samples()), _(NONE)
    begun = st.query_params.get(PARAMETER) or last(KEY, "")
    written = " ".join((st.session_state.get(keyed(KEY), begun) or "").split())
    site = names.setdefault(written.casefold(), written)
    # Set anew each time: which sites are known changes, and what was chosen is to stay.
    st.session_state[keyed(KEY)] = remember(KEY, site)
    st.selectbox(
        _("Films are from"),
        ["", *sorted(filter(None, names.values()), key=str.casefold)],
        format_func=lambda name: name or none,
        key=keyed(KEY),
        accept_new_options=True,
        help=_(
            "The hospital or department, by one name for all its films: choose it, or write a new "
            "one. A retraining can then give it a version of its own."
        ),
    )
    if not site:
        st.query_params.pop(PARAMETER, None)
        return None
    st.query_params[PARAMETER] = site
    _warn(status, site)
    return site


def _of_status(status: Status) -> list[str]:
    """The sites with a profile or a version, and those whose films were answered lately."""
    streams = [stream["source"] for stream in status["streams"] if stream["source"]]
    sites = [site["site"] for site in status["sites"]]
    return [*sites, *(version["site"] for version in status["site_versions"]), *streams]


def _of_samples() -> list[str]:
    """The sites that training films name; none where that cannot be asked just now."""
    try:
        return _of_counted_samples(api())
    except (ApiError, ApiDown):
        return []


@st.cache_data(ttl=KNOWN_FOR_S, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def _of_counted_samples(client: RoentgenClient) -> list[str]:
    return [name for name in client.retraining_plan()["sources"] if name]


def _distinct(*groups: Iterable[str]) -> dict[str, str]:
    """Each site as it was written first, by its name in small letters."""
    names: dict[str, str] = {}
    for name in itertools.chain(*groups):
        names.setdefault(name.casefold(), name)
    return names


def _warn(status: Status, site: str) -> None:
    profiled = {found["site"].casefold(): found for found in status["sites"]}
    if (found := profiled.get(site.casefold())) and (problem := site_captions.problem(found)):
        st.warning(plain(problem))
