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
PUBLISH = "\nglobalThis.OpenSeadragon ??= OpenSeadragon;\nexport default function () {}\n"


class Shown(TypedDict):
    """What the viewer shows. `film` and `heat` are addresses of pictures; None: there is none.

    `place` counts from 1; `note` stands where the film would; `marks`: left and right are known;
    `taken`: keys that the page uses for something else.
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


def show(
    shown: Shown, *, key: str, on_move: Callable[[], None], on_evidence: Callable[[], None]
) -> None:
    """Mount it. What a person wants (`move`, `evidence`) stands in the session under `key`."""
    _component(DRAWER)(key=f"{key}-drawer")
    _component(NAME)(
        key=key,
        data={**shown, "words": in_language(VIEWER)},
        on_move_change=on_move,
        on_evidence_change=on_evidence,
    )


def requested(key: str, name: str) -> str | None:
    """What a person wanted just now: `move` is 'next' or 'previous', `evidence` a class."""
    return (st.session_state.get(key) or {}).get(name)


def _component(name: str) -> ComponentRenderer:
    if name == DRAWER:
        return st.components.v2.component(
            name,
            html=NOTHING,
            js=text_of(FOLDER, "openseadragon.min.js") + PUBLISH,
            isolate_styles=False,
        )
    return st.components.v2.component(
        name,
        html=text_of(FOLDER, "viewer.html"),
        css=text_of(FOLDER, "viewer.css"),
        js=text_of(FOLDER, "../words.mjs", "grey_window.mjs", "viewer.js"),
        isolate_styles=False,
    )
