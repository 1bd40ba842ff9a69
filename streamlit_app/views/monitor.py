"""Whether the service is well and what it has been doing, refreshing by itself."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import streamlit as st

from api_types import Activity, Failure, SiteVersion, Status, Worker
from captions import data_captions
from charts.data_charts import predictions_over_time
from charts.palette import colours_of
from components.state import alerts, drift, quality, stream_shift, unexpected_errors
from errors import api, guarded
from formatting import STATES, ago, duration, moment

WINDOWS = {"15 min": 15, "1 h": 60, "6 h": 360, "24 h": 1440}
REFRESH_S = 5.0


def show() -> None:
    st.title("Monitor")
    window = st.segmented_control("Window", list(WINDOWS), default="1 h", key="window")
    _panel(WINDOWS[window or "1 h"])


@st.fragment(run_every=REFRESH_S)
@guarded
def _panel(window_minutes: int) -> None:
    status, activity = api().status(), api().activity(window_minutes=window_minutes)
    alerts.show(api().alerts())
    _headline(status)
    _traffic(activity, status)
    _latency(activity)
    drift.show()
    quality.show()
    stream_shift.show(status)
    _health(status)
    _sites(status["site_versions"])
    unexpected_errors.show()
    _errors(activity["errors"])
    st.caption(f"As of {datetime.now(UTC):%H:%M:%S} UTC; refreshes every {REFRESH_S:g} s.")


def _headline(status: Status) -> None:
    uptime, predictions, retraining, version = st.columns(4)
    uptime.metric("Uptime", duration(status["uptime_seconds"]), border=True)
    predictions.metric("Predictions served", f"{status['num_predictions']:,}", border=True)
    when = status["last_retrain_time"]
    retraining.metric("Last retraining", ago(when) if when else "never", border=True)
    version.metric("Serving version", status["model_version"] or "none yet", border=True)
    if when and status["last_retrain_state"]:
        st.caption(f"Last retraining: {moment(when)}, {STATES[status['last_retrain_state']]}.")
    if status["running_job"]:
        also = ", and another one waits" if status["waiting_job"] else ""
        st.caption(f"A retraining is running{also}; see the page Train.")
    if status["current_model_path"]:
        st.caption(f"Model file: `{status['current_model_path']}`")


def _traffic(activity: Activity, status: Status) -> None:
    st.subheader("Predictions over time")
    now = datetime.now(UTC)
    figure = predictions_over_time(
        activity["predictions"],
        colours_of(status),
        bucket_seconds=activity["bucket_seconds"],
        window=(now - timedelta(minutes=activity["window_minutes"]), now),
    )
    st.altair_chart(figure, key="traffic")
    st.caption(data_captions.traffic(activity))


def _latency(activity: Activity) -> None:
    st.subheader("Latency")
    latency = activity["latency"]
    if latency is None:
        st.caption("No request in this window.")
        return
    half, most, nearly_all = st.columns(3)
    half.metric("Half within (p50)", f"{latency['p50_ms']:.0f} ms", border=True)
    most.metric("95 % within (p95)", f"{latency['p95_ms']:.0f} ms", border=True)
    nearly_all.metric("99 % within (p99)", f"{latency['p99_ms']:.0f} ms", border=True)


def _health(status: Status) -> None:
    st.subheader("Health")
    parts = [
        {"part": name, "state": "well" if part["ok"] else "unwell", "detail": part["detail"]}
        for name, part in status["health"].items()
    ]
    st.dataframe(pd.DataFrame(parts), hide_index=True)
    if memory := status["task_memory_mb"]:
        shares = ", ".join(f"{name} {size:.0f} MB" for name, size in memory.items())
        st.caption(f"Memory of the loaded models: {shares}.")
    # Below it: side by side its last columns would be cut off.
    st.subheader("Workers")
    workers = [
        {
            "host": worker["host"],
            "process": str(worker["pid"]),
            "serves": _served(worker),
            "waiting": worker["waiting"],
            "films/s at most": worker["films_per_s"],
            "p99 ms, last 10 s": worker["p99_ms"],
            "crashed decoders": worker["decoder_crashes"],
            "gave up": worker["decoder_timeouts"],
            "started": ago(worker["started_at"]),
        }
        for worker in status["workers"]
    ]
    st.dataframe(pd.DataFrame(workers), hide_index=True)


def _sites(sites: list[SiteVersion]) -> None:
    """Those with versions of their own, where there are any."""
    if not sites:
        return
    st.subheader("Sites with versions of their own")
    rows = [
        {
            "site": site["site"],
            "answered by": site["version"],
            "state": "loaded" if site["is_loaded"] else "loaded when asked for",
            "problem": site["problem"] or "",
        }
        for site in sites
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True)


def _served(worker: Worker) -> str:
    if worker["model_version"] is None:
        return "nothing yet"
    return f"{worker['model_version']}, {worker['precision'] or 'fp32'}"


def _errors(errors: list[Failure]) -> None:
    st.subheader("Recent errors")
    if not errors:
        st.caption("None in this window.")
        return
    rows = [
        {
            "when": moment(error["at"]),
            "status": error["status"],
            "path": error["path"],
            "what": error["title"],
            "detail": error["detail"],
            "request": error["request_id"],
        }
        for error in errors
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
