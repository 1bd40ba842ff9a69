"""Collect labelled films, retrain, watch it, and choose which version serves."""

import streamlit as st

import addresses
from addresses import JOB
from api_types import Job, RetrainingPlan, SampleSummary
from captions import data_captions
from client import ApiError
from components.retraining import (
    retraining_plan,
    retraining_progress,
    upload_form,
)
from components.state import notices
from errors import api, guarded, refusal
from language.catalogue import _
from session import sign_in


@guarded
def show() -> None:
    st.title(_("Train"))
    status = api().status()
    if identifier := st.query_params.get(JOB):
        _one(identifier)
        return
    # What came of a decision otherwise than the gate's.
    notices.show(notices.VERSIONS)
    upload_form.show(status)
    summary = api().samples()  # after the upload, which changes it
    jobs = api().jobs()
    running = retraining_progress.under_way(jobs)
    plan = api().retraining_plan()
    retraining_plan.show(summary, plan)
    _start(summary, plan, jobs, may_wait=status["retrain_queue"])
    retraining_progress.show(running["id"] if running else None)
    retraining_progress.former(jobs)
    st.caption(
        _(
            "[Versions]({address}) has every version: where it comes from, promote, roll back, "
            "compare, download."
        ).format(address=addresses.VERSIONS)
    )


def _one(identifier: str) -> None:
    """One retraining, at its address."""
    if st.button(_("All retrainings"), key="jobs-all", icon=":material/arrow_back:"):
        del st.query_params[JOB]
        st.rerun()
    notices.show(notices.VERSIONS)
    try:
        job = api().job(identifier)
    except ApiError as exc:
        refusal(exc)
        return
    retraining_progress.one(job)


def _start(
    summary: SampleSummary, plan: RetrainingPlan, jobs: list[Job], *, may_wait: bool
) -> None:
    if not sign_in.allowed("train"):
        st.caption(_("You may add films; whoever may train starts a retraining."))
        return
    obstacle = _obstacle(jobs, may_wait=may_wait) or data_captions.missing(summary)
    under_way = retraining_progress.under_way(jobs)
    if obstacle or under_way or not data_captions.is_unchanged(plan):
        started = _button(_("Start retraining"), is_disabled=obstacle is not None)
    else:
        with st.popover(_("Start retraining")):
            st.markdown(
                _(
                    "Since the last retraining no film was added, corrected or deleted. "
                    "Another one would learn the same again."
                )
            )
            started = _button(_("Retrain all the same"), is_disabled=False)
    if obstacle:
        st.caption(obstacle)
    elif under_way:
        st.caption(_("A retraining is under way; another one would begin after it."))
    if started:
        _request_start()


def _button(title: str, *, is_disabled: bool) -> bool:
    return st.button(title, type="primary", key="start-retraining", disabled=is_disabled)


def _obstacle(jobs: list[Job], *, may_wait: bool) -> str | None:
    if retraining_progress.next_one(jobs):
        return _("A retraining is under way, and another one waits.")
    return (
        _("A retraining is under way.")
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
