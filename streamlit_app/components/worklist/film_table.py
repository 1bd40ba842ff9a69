"""The worklist as a table: thumbnail, name, decision, class, why."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from components.media import address_of_png
from formatting import CAUSES
from worklist.order import MARKS, NAMES
from worklist.rows import Row

FOLDER = Path(__file__).parent
NAME, KEY = "roentgen_film_table", "film-table"


def show(rows: Sequence[Row], *, open_key: str | None, on_open: Callable[[], None]) -> None:
    """Mount it. `opened` says which film a person turned to."""
    st.components.v2.component(
        NAME,
        html=_text("film_table.html"),
        css=_text("film_table.css"),
        js=_text("film_table.js"),
        isolate_styles=False,
    )(
        key=KEY,
        data={"open": open_key, "rows": [_line(row) for row in rows]},
        on_open_change=on_open,
    )


def opened() -> str | None:
    """The key of the film that was chosen just now."""
    return (st.session_state.get(KEY) or {}).get("open")


def why(row: Row) -> str:
    """Why there is no clear answer, in a few words; nothing where there is one."""
    if row.answer is None:
        return row.error or ""
    return ", ".join(CAUSES.get(cause, cause) for cause in row.answer["causes"])


def _line(row: Row) -> dict[str, str | None]:
    return {
        "key": row.film.key,
        "name": row.film.name,
        "thumbnail": address_of_png(row.thumbnail, place=f"thumbnail-{row.film.key}"),
        "decision": row.decision,
        "mark": MARKS[row.decision],
        "words": NAMES[row.decision],
        "label": row.answer["label"] if row.answer and row.shows_label else "",
        "why": why(row),
    }


@functools.cache
def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
