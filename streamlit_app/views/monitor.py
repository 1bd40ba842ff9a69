"""Whether the service is well and what it has been doing, refreshing by itself."""

import pandas as pd
import streamlit as st

from api_calls.sentences import for_people
from api_types import Activity, Failure, SiteVersion, Status, Worker
from components import concurrent_questions, for_administrators
from components.state import (
    alerts,
    drift,
    nodes,
    over_time,
    quality,
    state_line,
    stream_shift,
    unexpected_errors,
)
from components.state.refreshed import refreshed
from errors import api, guarded
from formatting import STATES, ago, current_time, duration, moment, plain, size
from language.api_sentences import translated
from language.catalogue import N_, _, keyed, ngettext
from language.numbers import written

WINDOWS = {N_("15 min"): 15, N_("1 h"): 60, N_("6 h"): 360, N_("24 h"): 1440}
REFRESH_S = 5.0
# Of the newest errors; the table has all.
IDS_SHOWN = 10


def show() -> None:
    st.title(_("Monitor"))
    window = st.segmented_control(
        _("Window"), list(WINDOWS), format_func=_, default="1 h", key=keyed("window")
    )
    refreshed(_panel, every_s=REFRESH_S, key="monitor")(WINDOWS[window or "1 h"])


@guarded
def _panel(window_minutes: int) -> None:
    client = api()
    with concurrent_questions.at_once() as ask:
        asked = ask(client.status), ask(client.alerts)
        activity = ask(lambda: client.activity(window_minutes=window_minutes)).result()
    status, firing = asked[0].result(), asked[1].result()
    state_line.show(status, firing)
    alerts.show(firing)
    _headline(status)
    over_time.show(activity, status)
    _latency(activity)
    drift.show()
    quality.show()
    stream_shift.show(status)
    _health(status, activity)
    nodes.show(status)
    _sites(status["site_versions"])
    unexpected_errors.show()
    _errors(activity["errors"])
    st.caption(
        _("As of {now} UTC; refreshes every {refresh_s} s.").format(
            now=f"{current_time():%H:%M:%S}", refresh_s=written(REFRESH_S, "g")
        )
    )


def _headline(status: Status) -> None:
    uptime, predictions, retraining, version = st.columns(4)
    uptime.metric(_("Uptime"), duration(status["uptime_seconds"]), border=True)
    predictions.metric(_("Predictions served"), written(status["num_predictions"]), border=True)
    when = status["last_retrain_time"]
    retraining.metric(_("Last retraining"), ago(when) if when else _("never"), border=True)
    version.metric(_("Serving version"), status["model_version"] or _("none yet"), border=True)
    if when and status["last_retrain_state"]:
        st.caption(
            _("Last retraining: {when}, {states}.").format(
                when=moment(when), states=_(STATES[status["last_retrain_state"]])
            )
        )
    if status["running_job"]:
        also = _(", and another one waits") if status["waiting_job"] else ""
        st.caption(_("A retraining is running{also}; see the page Train.").format(also=also))
    if status["current_model_path"]:
        for_administrators.note(
            _("Model file: `{current_model_path}`").format(
                current_model_path=status["current_model_path"]
            )
        )


def _latency(activity: Activity) -> None:
    st.subheader(_("Latency"))
    latency = activity["latency"]
    if latency is None:
        st.caption(_("No request in this window."))
        return
    half, most, nearly_all = st.columns(3)
    half.metric(
        _("Half within (p50)"),
        _("{p50_ms} ms").format(p50_ms=written(latency["p50_ms"], ".0f")),
        border=True,
    )
    most.metric(
        _("95 % within (p95)"),
        _("{p95_ms} ms").format(p95_ms=written(latency["p95_ms"], ".0f")),
        border=True,
    )
    nearly_all.metric(
        _("99 % within (p99)"),
        _("{p99_ms} ms").format(p99_ms=written(latency["p99_ms"], ".0f")),
        border=True,
    )


def _health(status: Status, activity: Activity) -> None:
    st.subheader(_("Health"))
    parts = [
        {
            _("part"): translated(name),
            _("state"): _("well") if part["ok"] else _("unwell"),
            _("detail"): translated(part["detail"]),
        }
        for name, part in status["health"].items()
    ]
    st.dataframe(pd.DataFrame(parts), hide_index=True, placeholder="")
    # An API of an earlier release does not say it.
    if memory := status.get("task_memory_mb", {}):
        shares = ", ".join(f"{plain(name)} {size(int(mb * 1e6))}" for name, mb in memory.items())
        st.caption(_("Memory of the loaded models: {shares}.").format(shares=shares))
    # Below it: side by side its last columns would be cut off.
    st.subheader(_("Workers"))
    workers = [
        {
            _("host"): worker["host"],
            _("process"): str(worker["pid"]),
            _("serves"): _served(worker),
            _("waiting"): worker["waiting"],
            _("films/s at most"): worker["films_per_s"],
            _("p99 ms, last 10 s"): worker["p99_ms"],
            _("crashed decoders"): worker["decoder_crashes"],
            _("gave up"): worker["decoder_timeouts"],
            _("restarts"): worker["process_restarts"],
            _("started"): ago(worker["started_at"]),
        }
        for worker in status["workers"]
    ]
    st.dataframe(pd.DataFrame(workers), hide_index=True, placeholder="")
    st.caption(_processes(status["workers"], activity.get("compute_processes")))


def _processes(workers: list[Worker], count: int | None) -> str:
    """How many compute processes there are, and how often one was replaced."""
    restarts = sum(worker["process_restarts"] or 0 for worker in workers)
    replaced = ngettext(
        "{count} was replaced since these workers started",
        "{count} were replaced since these workers started",
        restarts,
    ).format(count=written(restarts))
    if count is None:
        return _("Compute processes: {replaced}.").format(replaced=replaced)
    there = ngettext("{count} is there now", "{count} are there now", count).format(
        count=written(count)
    )
    return _(
        "Compute processes on the machine that answered, of every task and those that read "
        "uploads: {there}; {replaced}."
    ).format(there=there, replaced=replaced)


def _sites(sites: list[SiteVersion]) -> None:
    """Those with versions of their own, where there are any."""
    if not sites:
        return
    st.subheader(_("Sites with versions of their own"))
    rows = [
        {
            _("site"): site["site"],
            _("answered by"): site["version"],
            _("state"): _("loaded") if site["is_loaded"] else _("loaded when asked for"),
            _("problem"): translated(site["problem"] or ""),
        }
        for site in sites
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, placeholder="")


def _served(worker: Worker) -> str:
    if worker["model_version"] is None:
        return _("nothing yet")
    return f"{worker['model_version']}, {worker['precision'] or 'fp32'}"


def _errors(errors: list[Failure]) -> None:
    st.subheader(_("Recent errors"))
    if not errors:
        st.caption(_("None in this window."))
        return
    rows = [
        {
            _("when"): moment(error["at"]),
            _("what"): translated(error["title"]),
            _("detail"): for_people(translated(error["detail"])),
            _("request"): error["request_id"],
        }
        for error in errors
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, placeholder="")
    with st.expander(_("For administrators")):
        st.markdown(_("Ids to copy, by which the server's log has these requests:"))
        for error in errors[:IDS_SHOWN]:
            where = f"{error['status']} {error['path']}"
            st.caption(plain(f"{moment(error['at'])}, {where}: {translated(error['detail'])}"))
            st.code(error["request_id"], language=None)
