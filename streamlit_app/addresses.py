"""Addresses of things in the UI, so that they can be opened again, in another tab, by others."""

from urllib.parse import urlencode

import streamlit as st

from errors import TASK

ANSWERS, TRAIN, VERSIONS = "answers", "train", "versions"
PREDICTION = "prediction"
# Of a version on its card, a retraining on Train, a finished check on Site check.
VERSION, JOB, CHECK = "version", "job", "check"


def of_prediction(prediction_id: str, *, task: str | None = None) -> str:
    """The page of one answer, below the address of the UI; of the chosen task, or of another."""
    return _of(ANSWERS, PREDICTION, prediction_id, task=task)


def of_job(job_id: str) -> str:
    """The page of one retraining."""
    return _of(TRAIN, JOB, job_id)


def _of(page: str, parameter: str, value: str, *, task: str | None = None) -> str:
    task = task or st.session_state.get(TASK)
    named = {"task": task} if task else {}
    return f"{page}?{urlencode({parameter: value, **named})}"
