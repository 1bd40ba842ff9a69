"""A retraining as it runs, how it ended, and those before it."""

import streamlit as st

from addresses import JOB
from api_types import Job
from captions import model_captions, verdict_captions
from charts.model_charts import training_curve
from components import line_choice
from components.answers import other_decision
from components.retraining import changed_images, gate_verdict
from components.state.refreshed import refreshed
from errors import api, guarded
from formatting import elapsed, images, is_under_way, is_waiting, moment, plain, progress
from language.api_sentences import translated
from language.catalogue import N_, _

STATES = {
    "queued": N_("queued"),
    "running": N_("running"),
    "promoted": N_("promoted"),
    "promoted_for_site": N_("promoted for a site"),
    "kept": N_("kept"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
    "interrupted": N_("interrupted"),
}
RUNNING_S, IDLE_S = 1.5, 10.0


def under_way(jobs: list[Job]) -> Job | None:
    """The job that runs, or else the one that begins next, if there is one."""
    return min(filter(is_under_way, jobs), key=is_waiting, default=None)


def next_one(jobs: list[Job]) -> Job | None:
    """The job that waits for another to end, if there is one."""
    return next(filter(is_waiting, jobs), None)


def show(running: str | None) -> None:
    """The newest job, refreshing by itself; `running` is the one that the page knows of."""
    every_s = RUNNING_S if running else IDLE_S
    refreshed(_newest, every_s=every_s, key="newest-job")(running)


@guarded
def _newest(running: str | None) -> None:
    jobs = api().jobs()
    if not jobs:
        st.caption(_("No retraining has run yet."))
        return
    job = under_way(jobs) or jobs[0]
    if (job["id"] if is_under_way(job) else None) != running:
        st.rerun()
    with st.container(border=True):
        _progress(job) if is_under_way(job) else _ended(job)
        if job["history"]:
            _curves(job)
    following = next_one(jobs)
    if following and following is not job:
        _following(following)


def one(job: Job) -> None:
    """An earlier job with its verdict and the films whose answer it changed, or how it goes."""
    st.subheader(_("Retraining of {created_at}").format(created_at=moment(job["created_at"])))
    st.caption(
        _("{images}, starting from {parent}.").format(
            images=images(sum(job["samples"].values())),
            parent=job["parent"] or _("the serving version"),
        )
    )
    if is_under_way(job):
        show(job["id"])
        return
    _ended(job)
    if job["history"]:
        _curves(job)


def _progress(job: Job) -> None:
    st.progress(_furthest(job), progress(job))
    parent = job["parent"] or _("the serving version")
    st.caption(
        _("Job {id}, {images}, starting from {parent}.").format(
            id=job["id"], images=images(sum(job["samples"].values())), parent=parent
        )
    )
    if job["paused"]:
        st.caption(plain(translated(job["paused"])))
    if st.button(_("Cancel retraining"), key="cancel-retraining"):
        api().cancel(job["id"])
        st.rerun()


def _furthest(job: Job) -> float:
    """How far it ever was: a trainer that was lost begins anew, and the bar waits for it."""
    key = f"furthest-{job['id']}"
    seen: float = max(job["progress"], st.session_state.get(key, 0.0))
    st.session_state[key] = seen
    return seen


def _following(job: Job) -> None:
    with st.container(border=True):
        st.markdown(_("Another retraining begins when this one has ended, with the films of then."))
        st.caption(
            _("Job {id}, asked for {created_at}.").format(
                id=job["id"], created_at=moment(job["created_at"])
            )
        )
        if st.button(_("Cancel it"), key="cancel-waiting"):
            api().cancel(job["id"])
            st.rerun()


def _ended(job: Job) -> None:
    show_in = {
        "promoted": st.success,
        "promoted_for_site": st.success,
        "kept": st.info,
        "failed": st.error,
    }
    show_in.get(job["state"], st.warning)(plain(verdict_captions.headline(job)))
    ended = _("Ended {finished_at}, job {id}.").format(
        finished_at=moment(job["finished_at"]), id=job["id"]
    )
    st.caption(plain(f"{verdict_captions.who_serves(job)} {ended}".strip()))
    if job["verdict"]:
        with st.expander(_("Why")):
            if job["verdict"]["trade"]:
                st.markdown(plain(translated(job["verdict"]["trade"])))
            st.markdown(plain(translated(job["reason"] or job["verdict"]["reason"])))
        gate_verdict.show(job["verdict"])
    other_decision.show(job)
    if job["verdict"]:
        changed_images.show(job["id"], version=job["version"])


def _curves(job: Job) -> None:
    loss, accuracy = st.columns(2)
    loss.altair_chart(training_curve(job["history"], "loss"), key="job-loss")
    accuracy.altair_chart(training_curve(job["history"], "accuracy"), key="job-accuracy")
    st.caption(model_captions.training(job["history"]))


def former(jobs: list[Job]) -> None:
    """All retrainings as a table, newest first."""
    if not jobs:
        return
    with st.expander(_("All retrainings ({jobs})").format(jobs=len(jobs))):
        place = line_choice.show(
            [_row(job) for job in jobs],
            key="former-jobs",
            words=_("Open a retraining, with the films whose answer changed"),
            named_by=(_("started"), _("state"), _("made"), _("job")),
        )
    if place is not None:
        st.query_params[JOB] = jobs[place]["id"]
        st.rerun()


def _row(job: Job) -> dict[str, object]:
    return {
        _("started"): moment(job["started_at"] or job["created_at"]),
        _("state"): _("waiting") if is_waiting(job) else _(STATES.get(job["state"], job["state"])),
        _("from"): job["parent"] or "",
        _("made"): job["version"] or "",
        _("films"): sum(job["samples"].values()),
        _("took"): elapsed(job["started_at"], job["finished_at"]),
        _("reason"): translated(job["reason"] or ""),
        _("began"): translated(job["cause"] or ""),
        _("job"): job["id"],
    }
