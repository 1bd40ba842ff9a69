"""Alerts that fire, each with what to do and a way to have quiet for a while."""

from collections.abc import Callable
from datetime import timedelta

import streamlit as st

from api_calls.sentences import for_people
from api_types import Alert, AlertList
from client import ApiDown, ApiError
from components import for_administrators
from errors import api
from formatting import current_time, how_long_ago, moment, plain
from language.api_sentences import translated
from language.catalogue import N_, _, keyed, ngettext
from language.numbers import written

QUIET = {N_("1 hour"): 1, N_("4 hours"): 4, N_("1 day"): 24, N_("1 week"): 168}
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
        st.caption(_("No alert fires."))
    pending = [_named(alert) for alert in found["alerts"] if alert["status"] == "pending"]
    if pending:
        st.caption(_("May fire soon: {pending}.").format(pending="; ".join(pending)))
    for to in found["destinations"]:
        if to["waiting"] and to["last_error"]:
            waiting = ngettext(
                "{count} message to {name} waits and is tried again: {error}",
                "{count} messages to {name} wait and are tried again: {error}",
                to["waiting"],
            ).format(
                count=written(to["waiting"]),
                name=plain(to["name"]),
                error=plain(translated(to["last_error"])),
            )
            st.caption(f":material/schedule_send: {waiting}")
        if to["given_up"]:
            lost = ngettext(
                "{count} message to {name} did not arrive and is not tried again.",
                "{count} messages to {name} did not arrive and are not tried again.",
                to["given_up"],
            ).format(count=written(to["given_up"]), name=plain(to["name"]))
            st.caption(f":material/warning: {lost}")
            for_administrators.note(_("`GET /alerts/messages?state=given_up` says why."))


def _box(alert: Alert) -> None:
    key = f"{alert['name']}-{alert['task'] or ''}"
    since = (
        _(", since {since}").format(since=how_long_ago(alert["since"])) if alert["since"] else ""
    )
    text = f"**{_named(alert)}**: {alert['shown']}{since}.\n\n"
    if silence := alert["silence"]:
        silenced = _("Silenced until {until} by {by}: {why}").format(
            until=moment(silence["until"]), by=plain(silence["by"]), why=plain(silence["why"])
        )
        st.caption(f":material/notifications_off: {text}{silenced}")
        st.button(
            _("End the silence"), key=f"unsilence-{key}", on_click=_end_silence, args=(alert,)
        )
        return
    do = translated(alert["do"])
    BOXES[alert["severity"]](text + plain(for_people(do)))
    for_administrators.note(_("Its rule: `{rule}`").format(rule=alert["when"]) + f"\n\n{plain(do)}")
    quiet = st.popover(_("Silence"), icon=":material/notifications_off:")
    how_long = keyed(f"quiet-{key}")
    with quiet.form(f"silence-form-{key}", border=False):
        st.selectbox(_("For how long"), list(QUIET), index=1, format_func=_, key=how_long)
        st.text_input(_("Why"), key=f"why-{key}", max_chars=500)
        st.form_submit_button(
            _("Send no messages"),
            key=f"silence-{key}",
            on_click=_silence,
            args=(alert, key, how_long),
        )


def _named(alert: Alert) -> str:
    of_task = f" ({plain(alert['task'])})" if alert["task"] else ""
    return f"{plain(translated(alert['says']))}{of_task}"


def _silence(alert: Alert, key: str, how_long: str) -> None:
    hours = QUIET[st.session_state[how_long]]
    until = current_time() + timedelta(hours=hours)
    why = str(st.session_state[f"why-{key}"]).strip()
    if not why:
        st.session_state[REFUSAL] = _("Say why the alert is silenced; others will want to know.")
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
