"""Whether the server keeps films that are sent for an answer."""

import streamlit as st

from api_types import Privacy
from client import ApiDown, ApiError, RoentgenClient, address_of

NAME, NEVER = "kept films", "never stored"
# What each server and task said last, by its address.
KNOWN = "keeps-no-images"


def keeps_no_images(client: RoentgenClient) -> bool:
    """Whether it says that it stores none, or said so last; False where it never said."""
    known: dict[str, bool] = st.session_state.setdefault(KNOWN, {})
    if (now := _says_now(client)) is not None:
        known[address_of(client)] = now
    return known.get(address_of(client), False)


# As long as a silent one is left alone; what was said holds longer.
@st.cache_data(ttl=5, max_entries=20, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def _says_now(client: RoentgenClient) -> bool | None:
    """None where it does not say."""
    try:
        return _says(client)
    except (ApiError, ApiDown):
        return None


@st.cache_data(ttl=60, max_entries=20, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def _says(client: RoentgenClient) -> bool:
    return never_stored(client.privacy())


def never_stored(privacy: Privacy) -> bool:
    """Whether films sent for an answer are never stored."""
    return any(one["name"] == NAME and one["how_long"] == NEVER for one in privacy["kept"])
