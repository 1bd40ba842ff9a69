"""A check as it runs: how many films were read, how long it will take, and a way to stop it."""

import streamlit as st

from api_types import RowReport, SiteReport
from components.state.refreshed import refreshed
from errors import refusal
from language.catalogue import _
from site_checks.held_check import NO_ROOM, HeldCheck
from site_checks.running_check import RunningCheck

STOP, TAKEN = "stop-check", "check-taken"
LOOK_AGAIN_S = 0.5


def show(check: HeldCheck) -> SiteReport | RowReport | None:
    """What there is of it: the bar while it runs, or why it ended without a report.

    Returns: its report, the first time that this session sees it.
    """
    run = check.run
    if run is None:
        return None
    if not run.is_over:
        refreshed(_follow, every_s=LOOK_AGAIN_S, key="site-check")(run)
    elif run.is_stopped:
        st.info(_("The check was stopped; it leaves no report."))
    elif isinstance(run.problem, OSError):
        st.error(_(NO_ROOM))
    elif run.problem:
        refusal(run.problem)
    elif st.session_state.get(TAKEN) is not run:
        st.session_state[TAKEN] = run
        return run.report
    return None


def _follow(run: RunningCheck) -> None:
    """Asks this process alone; the check goes on without the page."""
    if run.is_over:
        st.rerun()
    described = _("Stopping…") if run.is_stopped else run.described()
    st.progress(run.reading.share, described)
    st.button(_("Stop the check"), key=STOP, on_click=run.stop, disabled=run.is_stopped)
    st.caption(_("It goes on while you are on another page."))
