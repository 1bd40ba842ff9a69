"""The file of a check on its way from the browser, as films are: see `image_sender`."""

import streamlit as st

from components.front_end_words import DROP_ZONE, SENDER, in_language
from components.worklist import image_sender
from session import stored_check

KEY, DRAWN = "check-sender", "check-drawn"
STORE = "check"


@st.fragment
def send(*, is_shown: bool) -> None:
    """Take what the browser sends; on every page, so that a file arrives whichever is open.

    Args:
        is_shown: the page shows the file, and is drawn again once it is there or is given up.
    """
    check = stored_check.current()
    image_sender.component(image_sender.SENDER)(
        key=KEY,
        data={
            "store": STORE,
            "owner": image_sender.owner(),
            "poll": (st.session_state.get(KEY) or {}).get("poll"),
            "received": check.received,
            # A part is on the disk before the page is drawn.
            "answered": check.received,
            "again": [],
            "asked": 0,
            "problem": None,
            "look": None,
            "keep": False,
            "generation": 0,
            "words": in_language(SENDER),
        },
        on_images_change=_received,
        on_poll_change=lambda: None,
        on_stopped_change=lambda: stored_check.current().stop_sending(),
        on_lost_change=lambda: None,
    )
    if is_shown and _is_redrawn((check.file is not None, check.left > 0, check.problem)):
        st.rerun()


def drop_zone() -> None:
    """Where a ZIP is dropped or chosen."""
    image_sender.component(image_sender.ZIP_ZONE)(
        key="drop-zone-check",
        data={"words": in_language(DROP_ZONE), "store": STORE, "is_whole": True},
    )


def _received() -> None:
    if (group := (st.session_state.get(KEY) or {}).get("images")) is not None:
        stored_check.current().receive(group)


def _is_redrawn(now: tuple[object, ...]) -> bool:
    """Whether the page shows less than there is."""
    was, st.session_state[DRAWN] = st.session_state.get(DRAWN, (False, False, None)), now
    return bool(was != now)
