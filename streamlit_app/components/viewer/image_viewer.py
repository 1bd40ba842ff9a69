"""One film, large: zoom, pan, window and level, invert, heat map (OpenSeadragon in the browser)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from components.front_end_files import text_of
from components.front_end_words import VIEWER, in_language
from components.media import NOTHING

FOLDER = Path(__file__).parent
NAME, DRAWER = "roentgen_film_viewer", "roentgen_openseadragon"
NEAR = "roentgen_near_films"
PUBLISH = "\nglobalThis.OpenSeadragon = resting(OpenSeadragon);\nexport default function () {}\n"


class Shown(TypedDict):
    """What the viewer shows. `film` and `heat` are addresses of pictures; None: there is none.

    `place` counts from 1; `note` stands where the film would; `marks`: left and right are known;
    `taken`: keys that the page uses for something else; `quick`: `film` has fewer pixels than the
    film, and whoever stays is to have them all.
    """

    key: str
    film: str | None
    heat: str | None
    labels: Sequence[str]
    label: str
    marks: bool
    place: int
    count: int
    note: str | None
    taken: NotRequired[Sequence[str]]
    quick: NotRequired[bool]


class Held(TypedDict):
    """A film that is open or beside that, and the address of its picture; `quick`: the film has
    more pixels."""

    key: str
    film: str | None
    quick: bool


class MissingImage(TypedDict):
    """A film that the browser is to send for a look; `full`: for all of its pixels."""

    key: str
    full: bool


class Near(TypedDict):
    """What is beside the film `key`, which the browser fetches before it is asked for; `waits`: the
    server is about to have more."""

    key: str
    near: Sequence[Held]
    missing: Sequence[MissingImage]
    waits: bool


def show(
    shown: Shown,
    *,
    key: str,
    on_move: Callable[[], None],
    on_evidence: Callable[[], None],
    on_open: Callable[[], None] = lambda: None,
) -> None:
    """Mount it. What a person wants (`open`, `move`, `evidence`) stands in the session under `key`.

    Where a list of films is on the page, the viewer turns within it by itself, and says what it has
    opened; elsewhere it asks to be moved.
    """
    _component(DRAWER)(key=f"{key}-drawer")
    _component(NAME)(
        key=key,
        data={**shown, "words": in_language(VIEWER)},
        on_open_change=on_open,
        on_move_change=on_move,
        on_evidence_change=on_evidence,
    )


def surround(
    near: Near, *, key: str, on_came: Callable[[], None], on_enlarge: Callable[[], None]
) -> None:
    """Say what is beside the film; mounted last, so that what stands before it is about the film.

    `came`: there is a picture that was wanted. What else is (`enlarge`: a film's key) stands in the
    session under `key`.
    """
    _component(NEAR)(key=key, data=near, on_came_change=on_came, on_enlarge_change=on_enlarge)


def requested(key: str, name: str) -> str | None:
    """What a person wanted just now: `open` is a film's key, `move` 'next' or 'previous',
    `evidence` a class."""
    return (st.session_state.get(key) or {}).get(name)


def _component(name: str) -> ComponentRenderer:
    if name == DRAWER:
        return st.components.v2.component(
            name,
            html=NOTHING,
            js=text_of(FOLDER, "openseadragon.min.js", "frame_clock.mjs") + PUBLISH,
            isolate_styles=False,
        )
    if name == NEAR:
        return st.components.v2.component(
            name,
            html=NOTHING,
            css=text_of(FOLDER, "three_columns.css"),
            js=text_of(FOLDER, "../navigation.mjs", "near.js"),
            isolate_styles=False,
        )
    return st.components.v2.component(
        name,
        html=text_of(FOLDER, "viewer.html"),
        css=text_of(FOLDER, "viewer.css"),
        js=text_of(FOLDER, "../words.mjs", "grey_window.mjs", "near_films.mjs", "viewer.js"),
        isolate_styles=False,
    )
