"""Addresses of things in the UI, so that they can be opened again, in another tab, by others."""

from urllib.parse import urlencode

import streamlit as st

from errors import TASK

ANSWERS = "answers"
PREDICTION = "prediction"


def of_prediction(prediction_id: str, *, task: str | None = None) -> str:
    """The page of one answer, below the address of the UI; of the chosen task, or of another."""
    task = task or st.session_state.get(TASK)
    named = {"task": task} if task else {}
    return f"{ANSWERS}?{urlencode({PREDICTION: prediction_id, **named})}"
