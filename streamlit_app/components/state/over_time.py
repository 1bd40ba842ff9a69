"""What the server did in the window that was chosen, as charts, with promotions marked."""

from datetime import datetime, timedelta

import streamlit as st

from api_types import Activity, Status
from captions import data_captions
from charts import activity_charts
from charts.activity_charts import TimeWindow
from charts.palette import colours_of
from client import ApiError
from errors import api
from formatting import current_time, instant
from language.catalogue import _


def show(activity: Activity, status: Status) -> None:
    """Predictions large, then referrals, errors and latency beside each other."""
    st.subheader(_("Predictions over time"))
    window = _window(activity)
    st.altair_chart(
        activity_charts.predictions_over_time(activity["predictions"], colours_of(status), window),
        key="traffic",
    )
    st.caption(data_captions.traffic(activity))
    # An API of an earlier release does not say it.
    slices = activity.get("over_time", [])
    if not slices:
        return
    charts = (
        (_("Referral rate"), activity_charts.referrals_over_time),
        (_("Errors"), activity_charts.errors_over_time),
        (_("Latency (p95)"), activity_charts.latency_over_time),
    )
    for place, (column, (name, chart)) in enumerate(zip(st.columns(3), charts, strict=True)):
        column.markdown(f"**{name}**")
        column.altair_chart(chart(slices, window), key=f"over-time-{place}")
    st.caption(data_captions.over_time(slices))


def _window(activity: Activity) -> TimeWindow:
    now = current_time()
    start = now - timedelta(minutes=activity["window_minutes"])
    changes = [(at, version) for at, version in promotions() if at >= start]
    return TimeWindow(start, now, activity["bucket_seconds"], changes)


def promotions() -> list[tuple[datetime, str]]:
    """When another version began to serve; nothing where the server does not say."""
    try:
        moves = api().models()["history"]
    except ApiError:
        return []
    return [(instant(move["at"]), move["version"]) for move in moves]
