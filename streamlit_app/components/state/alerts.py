"""Alerts that fire, each with what to do and a way to have quiet for a while."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import streamlit as st

from api_types import Alert, AlertList
from client import ApiDown, ApiError
from errors import api
from formatting import ago, moment, plain

QUIET = {"1 hour": 1, "4 hours": 4, "1 day": 24, "1 week": 168}
BOXES: dict[str, Callable[[str], object]] = {
    "critical": st.error, "warning": st.warning, "info": st.info,
}  # fmt: skip
# Where the sentence of a refusal waits until the page is drawn again.
REFUSAL = "alert-refusal"


def show(found: AlertList) -> None:
    """A box for each alert that fires; a line for what is about to, and for lost messages."""
    if refusal := st.session_state.pop(REFUSAL, None):
        st.error(plain(refusal))
    firing = [alert for alert in found["alerts"] if alert["status"] == "firing"]
    for alert in firing:
        _box(alert)
    if not firing:
        st.caption("No alert fires.")
    pending = [_named(alert) for alert in found["alerts"] if alert["status"] == "pending"]
    if pending:
        st.caption(f"May fire soon: {'; '.join(pending)}.")
    for to in found["destinations"]:
        if to["waiting"] and to["last_error"]:
            st.caption(
                f":material/schedule_send: {to['waiting']} messages to {plain(to['name'])} wait "
                f"and are tried again: {plain(to['last_error'])}"
            )
        if to["given_up"]:
            st.caption(
                f":material/warning: {to['given_up']} messages to {plain(to['name'])} did not "
                "arrive and are not tried again; GET /alerts/messages?state=given_up says why."
            )


def _box(alert: Alert) -> None:
    key = f"{alert['name']}-{alert['task'] or ''}"
    since = f", since {ago(alert['since']).removesuffix(' ago')}" if alert["since"] else ""
    text = f"**{_named(alert)}**: {alert['shown']} (`{alert['when']}`){since}.\n\n"
    if silence := alert["silence"]:
        st.caption(
            f":material/notifications_off: {text}Silenced until {moment(silence['until'])} by "
            f"{plain(silence['by'])}: {plain(silence['why'])}"
        )
        st.button("End the silence", key=f"unsilence-{key}", on_click=_end_silence, args=(alert,))
        return
    BOXES[alert["severity"]](text + plain(alert["do"]))
    quiet = st.popover("Silence", icon=":material/notifications_off:")
    with quiet.form(f"silence-form-{key}", border=False):
        st.selectbox("For how long", list(QUIET), index=1, key=f"quiet-{key}")
        st.text_input("Why", key=f"why-{key}", max_chars=500)
        st.form_submit_button(
            "Send no messages", key=f"silence-{key}", on_click=_silence, args=(alert, key)
        )


def _named(alert: Alert) -> str:
    of_task = f" ({plain(alert['task'])})" if alert["task"] else ""
    return f"{plain(alert['says'])}{of_task}"


def _silence(alert: Alert, key: str) -> None:
    hours = QUIET[st.session_state[f"quiet-{key}"]]
    until = datetime.now(UTC) + timedelta(hours=hours)
    why = str(st.session_state[f"why-{key}"]).strip()
    if not why:
        st.session_state[REFUSAL] = "Say why the alert is silenced; others will want to know."
        return
    _asked(lambda: api().silence_alert(alert["name"], until=until, why=why, task=alert["task"]))


def _end_silence(alert: Alert) -> None:
    silence = alert["silence"]
    task = silence["task"] if silence else None
    _asked(lambda: api().end_silence(alert["name"], task=task))


def _asked(change: Callable[[], object]) -> None:
    """Before the page is drawn again: it shows what came of it."""
    try:
        change()
    except (ApiError, ApiDown) as exc:
        st.session_state[REFUSAL] = str(exc)
