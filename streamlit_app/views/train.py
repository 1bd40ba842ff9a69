"""Collect labelled films, retrain, watch it, and choose which version serves."""

import streamlit as st

from api_types import Job, SampleSummary
from captions import data_captions
from client import ApiError
from components.retraining import retraining_progress, upload_form, version_controls
from errors import api, guarded, refusal
from formatting import images, labels_of


@guarded
def show() -> None:
    st.title("Train")
    status = api().status()
    upload_form.show(labels_of(status))
    summary = api().samples()  # after the upload, which changes it
    _collected(summary)
    jobs = api().jobs()
    running = retraining_progress.under_way(jobs)
    _start(summary, jobs, may_wait=status["retrain_queue"])
    retraining_progress.show(running["id"] if running else None)
    retraining_progress.former(jobs)
    version_controls.show(api().models())


def _collected(summary: SampleSummary) -> None:
    st.subheader("Collected films")
    for column, figures in zip(
        st.columns(len(summary["classes"])), summary["classes"], strict=True
    ):
        column.metric(figures["label"], f"{figures['count']:,}", border=True)
    share = min(summary["total"] / max(summary["min_images"], 1), 1.0)
    covered = sum(figures["count"] > 0 for figures in summary["classes"])
    st.progress(
        share,
        f"{images(summary['total'])} of {covered} classes; needed are {summary['min_images']} of "
        f"at least {summary['min_classes']}.",
    )


def _start(summary: SampleSummary, jobs: list[Job], *, may_wait: bool) -> None:
    st.subheader("Retraining")
    obstacle = _obstacle(jobs, may_wait=may_wait) or data_captions.missing(summary)
    started = st.button(
        "Start retraining", type="primary", key="start-retraining", disabled=obstacle is not None
    )
    if obstacle:
        st.caption(obstacle)
    elif retraining_progress.under_way(jobs):
        st.caption("A retraining is under way; another one would begin after it.")
    if started:
        _request_start()


def _obstacle(jobs: list[Job], *, may_wait: bool) -> str | None:
    if retraining_progress.next_one(jobs):
        return "A retraining is under way, and another one waits."
    return (
        "A retraining is under way."
        if retraining_progress.under_way(jobs) and not may_wait
        else None
    )


def _request_start() -> None:
    try:
        api().start_retraining()
    except ApiError as exc:
        refusal(exc)
        if not exc.job:
            return
    st.rerun()
