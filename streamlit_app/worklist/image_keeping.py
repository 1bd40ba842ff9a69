"""Whether the server keeps films that are sent for an answer."""

import streamlit as st

from api_types import Privacy
from client import ApiDown, ApiError, RoentgenClient, address_of

NAME, NEVER = "kept films", "never stored"


@st.cache_data(ttl=60, max_entries=20, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def keeps_no_images(client: RoentgenClient) -> bool:
    """Whether it says that it stores none; False where it does not say."""
    try:
        return never_stored(client.privacy())
    except (ApiError, ApiDown):
        return False


def never_stored(privacy: Privacy) -> bool:
    """Whether films sent for an answer are never stored."""
    return any(one["name"] == NAME and one["how_long"] == NEVER for one in privacy["kept"])
