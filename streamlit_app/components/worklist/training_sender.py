"""Training films on their way from the browser, as films to read are: see `image_sender`."""

import time

import streamlit as st

from components.front_end_words import SENDER, in_language
from components.retraining import upload_outcomes
from components.worklist import image_sender
from errors import api
from language.api_sentences import translated
from language.catalogue import _
from worklist import training_upload
from worklist.training_upload import TrainingUpload

KEY, STATE, DRAWN = "training-sender", "training-upload", "training-drawn"
STORE = "training"
# The page Train asks the server a lot each time that it is drawn.
REDRAW_AFTER_S = 5.0


def current() -> TrainingUpload:
    """This session's upload, for the server, task and person that it has now."""
    owner = image_sender.owner()
    found: TrainingUpload | None = st.session_state.get(STATE)
    if found is None or found.owner != owner:
        found = st.session_state[STATE] = TrainingUpload(owner=owner)
    return found


@st.fragment
def send(*, is_shown: bool) -> None:
    """Take what the browser sends; on every page, so that an upload goes on.

    Args:
        is_shown: the page shows what became of the films, and is drawn again now and then.
    """
    upload = current()
    image_sender.component(image_sender.SENDER)(
        key=KEY,
        data={
            "store": STORE,
            "owner": upload.owner,
            "poll": (st.session_state.get(KEY) or {}).get("poll"),
            "received": upload.received,
            "answered": upload.answered,
            "again": list(upload.again),
            "asked": upload.asked,
            "problem": translated(_(upload.problem)) if upload.problem else None,
            # A film that was stored is the server's.
            "keep": False,
            "generation": 0,
            "words": in_language(SENDER),
        },
        on_images_change=_received,
        on_poll_change=lambda: None,
        on_stopped_change=lambda: current().stop(),
        on_lost_change=_lost,
    )
    if is_shown and _is_redrawn(upload):
        st.rerun()


def drop_zone(label: str, source: str | None) -> None:
    """Where films of one class and site are dropped.

    Args:
        label: `training_upload.BY_FOLDER`: their folders say it.
        source: None: their folders say it, if anybody does.
    """
    image_sender.drop_zone(STORE, label=label, source=source or "")


def _received() -> None:
    if (group := (st.session_state.get(KEY) or {}).get("images")) is None:
        return
    upload = current()
    if not upload.is_under_way:
        st.session_state[upload_outcomes.WORD], upload.outcomes = upload_outcomes.begin()
    training_upload.receive(upload, group, api())


def _lost() -> None:
    current().lose((st.session_state.get(KEY) or {}).get("lost") or ())


def _is_redrawn(upload: TrainingUpload) -> bool:
    """Whether the page is to show what came since it was drawn."""
    drawn: tuple[int, bool, float] = st.session_state.get(DRAWN, (0, False, 0.0))
    now = (upload.answered, upload.is_under_way, time.monotonic())
    if now[:2] == drawn[:2] or (upload.is_under_way and now[2] - drawn[2] < REDRAW_AFTER_S):
        return False
    st.session_state[DRAWN] = now
    return True
