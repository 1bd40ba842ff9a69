"""The worklist as a table: thumbnail, name, decision, class, why."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

import streamlit as st

from components.front_end_words import IMAGE_TABLE, in_language
from components.media import address_of_png
from language.catalogue import _
from worklist.order import MARKS, NAMES, label, why
from worklist.rows import Row, Worklist

FOLDER = Path(__file__).parent
NAME, KEY = "roentgen_film_table", "film-table"


class Selected(TypedDict):
    """Keys of films in the order in which they were marked; `at` grows with each change."""

    keys: list[str]
    at: int


def show(
    rows: Sequence[Row],
    worklist: Worklist,
    *,
    on_open: Callable[[], None],
    on_select: Callable[[], None],
) -> None:
    """Mount it. `opened` says which film a person turned to, `selected` which ones they marked."""
    st.components.v2.component(
        NAME,
        html=_text("image_table.html"),
        css=_text("image_table.css"),
        js=_text("../../words.mjs") + _text("selection.mjs") + _text("image_table.js"),
        isolate_styles=False,
    )(
        key=KEY,
        data={
            "open": worklist.open_key,
            "selected": list(worklist.selected),
            "selected_at": worklist.selected_at,
            "rows": [_line(row) for row in rows],
            "words": in_language(IMAGE_TABLE),
        },
        on_open_change=on_open,
        on_selected_change=on_select,
    )


def opened() -> str | None:
    """The key of the film that was chosen just now."""
    return (st.session_state.get(KEY) or {}).get("open")


def selected() -> Selected | None:
    """The films that were marked just now."""
    return (st.session_state.get(KEY) or {}).get("selected")


def _line(row: Row) -> dict[str, str | None]:
    return {
        "key": row.image.key,
        "name": row.image.name,
        "thumbnail": address_of_png(row.thumbnail, place=f"thumbnail-{row.image.key}"),
        "decision": row.decision,
        "mark": MARKS[row.decision],
        "words": _(NAMES[row.decision]),
        "label": label(row),
        "why": why(row),
    }


@functools.cache
def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
