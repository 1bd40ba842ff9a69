"""A way to erase an answer, behind a second click."""

import streamlit as st

from client import ApiError
from errors import api, refusal
from language.catalogue import _


def deleted(prediction_id: str) -> bool:
    """The button; whether it was clicked and the answer is gone."""
    with st.popover(_("Delete")):
        st.caption(
            _("The answer, its heat map, and its film if it was kept. There is no way back.")
        )
        if not st.button(_("Delete this answer"), key=f"delete-{prediction_id}"):
            return False
    try:
        api().delete_prediction(prediction_id)
    except ApiError as exc:
        refusal(exc)
        return False
    st.toast(_("Deleted."))
    return True
