"""Films on their way from the browser: a drop zone on one page, the sending on all of them.

The films stay in the browser, which sends a few at a time. So a batch goes on when the page
changes, and hundreds of films never lie in this process at once.
"""

import hashlib
import time
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from client import address_of
from components.front_end_files import text_of
from components.front_end_words import DROP_ZONE, in_language
from components.front_end_words import SENDER as SENDER_WORDS
from components.media import NOTHING
from errors import api
from language.api_sentences import translated
from language.catalogue import _
from session import stored_worklist
from worklist import incoming
from worklist.image_keeping import keeps_no_images
from worklist.memory import give_back_at_once
from worklist.rows import Worklist

FOLDER = Path(__file__).parent
KEY, DRAWN = "film-sender", "films-drawn"
# Films to read, among those that the browser sends.
STORE = "films"
SENDER, ZONE, UNPACKER = "roentgen_film_sender", "roentgen_drop_zone", "roentgen_zip"
ZIP_ZONE = "roentgen_zip_zone"
# While films are read the page is drawn again now and then: each time costs the server a few
# questions.
REDRAW_AFTER_S = 3.0


@st.fragment
def send() -> None:
    """Take what the browser sends; on every page, so that a batch goes on.

    Nothing here waits for an answer: the browser asks how far it is (`poll`).
    """
    give_back_at_once()
    images = stored_worklist.current()
    component(SENDER)(
        key=KEY,
        data={
            "store": STORE,
            "owner": owner(),
            "poll": (st.session_state.get(KEY) or {}).get("poll"),
            "received": images.received,
            "answered": images.answered,
            "again": list(images.again),
            "asked": images.asked,
            "problem": _problem(images),
            "keep": images.keep_images or not keeps_no_images(api()),
            "generation": images.generation,
            "words": in_language(SENDER_WORDS),
        },
        on_images_change=_received,
        on_poll_change=lambda: None,
        on_stopped_change=_stopped,
        on_lost_change=_lost,
    )
    if _is_redrawn(images):
        st.rerun()


def drop_zone(store: str = STORE, *, label: str = "", source: str = "") -> None:
    """Where films are dropped or chosen.

    Args:
        store: what they are for, in the browser's words.
        label: the class that a person gives them.
        source: the site that they are from, likewise.
    """
    component(UNPACKER)(key="zip")
    component(ZONE)(
        key=f"drop-zone-{store}",
        data={
            "words": in_language(DROP_ZONE),
            "store": store,
            "label": label,
            "source": source,
        },
    )


def owner() -> str:
    """Server, task and person: films of one are never sent for another."""
    return hashlib.sha256(address_of(api()).encode()).hexdigest()[:16]


def _received() -> None:
    if (group := (st.session_state.get(KEY) or {}).get("images")) is not None:
        incoming.receive(stored_worklist.current(), group, api())


def _stopped() -> None:
    images = stored_worklist.current()
    images.left, images.again, images.stopped = 0, (), images.received
    st.session_state.pop(DRAWN, None)


def _lost() -> None:
    """Films that are to be sent again, but were another tab's, or are gone with a reload."""
    stored_worklist.current().lose((st.session_state.get(KEY) or {}).get("lost") or ())


def _is_redrawn(images: Worklist) -> bool:
    """Whether the page is to show what came since it was drawn."""
    drawn: tuple[int, int, int, float] = st.session_state.get(DRAWN, (0, 0, 0, 0.0))
    now = (images.read, images.left, len(images.gone), time.monotonic())
    if now[:3] == drawn[:3] or (images.left and now[3] - drawn[3] < REDRAW_AFTER_S):
        return False
    st.session_state[DRAWN] = now
    return True


def _problem(images: Worklist) -> str | None:
    """Why films are waited with; None: nothing is in the way."""
    waiting = [row for key in images.again if (row := images.rows.get(key)) and not row.answer]
    return translated(_(waiting[0].error)) if waiting and waiting[0].error else None


def component(name: str) -> ComponentRenderer:
    """What runs in the browser: the sender, the drop zone, or what unpacks ZIP archives."""
    made = st.components.v2.component
    if name == UNPACKER:
        js = (
            "(function () {\n" + text_of(FOLDER, "zip/zip-core.min.js") + "\n}).call(globalThis);\n"
        )
        return made(
            name, html=NOTHING, js=js + "export default function () {}\n", isolate_styles=False
        )
    if name in (ZONE, ZIP_ZONE):
        return made(
            name,
            html=text_of(FOLDER, "drop_zone.html" if name == ZONE else "zip_zone.html"),
            css=text_of(FOLDER, "drop_zone.css"),
            js=text_of(FOLDER, "../words.mjs", "image_store.mjs", "drop_zone.js"),
            isolate_styles=False,
        )
    return made(
        name,
        html=text_of(FOLDER, "sender.html"),
        css=text_of(FOLDER, "sender.css"),
        js=text_of(FOLDER, "../words.mjs", "../navigation.mjs", "image_store.mjs", "sender.js"),
        isolate_styles=False,
    )
