"""A check as it runs: how many films were read, how long it will take, and a way to stop it."""

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import cast

import streamlit as st

from api_types import CheckStep, RowReport, SiteReport
from client import ApiDown, ApiError
from errors import refusal
from formatting import duration
from language.catalogue import _
from language.numbers import written

STOP, STOPPED = "stop-check", "check-stopped"
# A guess from fewer would jump.
ENOUGH = 5


@dataclass(slots=True)
class CheckProgress:
    """How far a check is: `share` never falls, also where the API counts anew."""

    share: float = 0.0
    begun: float | None = None

    def take(self, done: int, total: int | None, *, at: float) -> str:
        """In words, for a step that came at a moment in seconds."""
        if total is None:
            return _("Unpacking, and starting the version…")
        self.share = max(self.share, done / total if total else 0.0)
        if self.begun is None:
            self.begun = at
        if done == total:
            return _("All {total} films are read; measuring…").format(total=written(total))
        parts = [_("{done} of {total} films read").format(done=written(done), total=written(total))]
        if done >= ENOUGH and at > self.begun:
            left_s = (at - self.begun) / done * (total - done)
            parts.append(_("about {time} left").format(time=duration(left_s, units=1)))
        return " · ".join(parts)


def follow(steps: Iterator[CheckStep]) -> SiteReport | RowReport | None:
    """The report; None where there is none, which is said.

    Whatever is clicked meanwhile ends this run of the page, and with it the check.
    """
    place, report, reached = st.empty(), None, CheckProgress()
    with place.container():
        bar = st.progress(0.0, reached.take(0, None, at=time.monotonic()))
        st.button(_("Stop the check"), key=STOP, on_click=_stop)
    try:
        with closing(cast(Generator[CheckStep, None, None], steps)):
            for step in steps:
                label = reached.take(step["done"], step["total"], at=time.monotonic())
                bar.progress(reached.share, label)
                report = step["report"]
    except (ApiError, ApiDown) as exc:
        refusal(exc)
    place.empty()
    return report


def was_stopped() -> None:
    """Says so in the run of the page that the button began."""
    if st.session_state.pop(STOPPED, False):
        st.info(_("The check was stopped; nothing of it is kept."))


def _stop() -> None:
    st.session_state[STOPPED] = True
