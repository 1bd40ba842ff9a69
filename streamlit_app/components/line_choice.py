"""A table whose lines are opened: by a click, or by name with the keyboard alone.

Streamlit draws a table as a picture: with a keyboard a line is chosen there by Shift and Space,
which nobody knows, and a screen reader tells little of it.
"""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from language.catalogue import _, keyed


def show(
    lines: Sequence[dict[str, object]],
    *,
    key: str,
    words: str,
    named_by: Sequence[str],
    height: int | None = None,
) -> int | None:
    """The table, and below it a field with the same lines; returns the place of the one chosen.

    Args:
        words: what the field is called.
        named_by: the columns that tell lines apart there.
    """
    chosen = st.dataframe(
        pd.DataFrame(lines),
        hide_index=True,
        placeholder="",
        height=height or "auto",
        key=key,
        on_select="rerun",
        selection_mode="single-row",
    )
    named = st.selectbox(
        words,
        range(len(lines)),
        index=None,
        format_func=lambda place: " · ".join(_described(lines[place], named_by)),
        placeholder=_("Choose an option"),
        key=keyed(f"{key}-by-name"),
    )
    rows: list[int] = chosen["selection"]["rows"]
    return rows[0] if rows else named


def _described(line: dict[str, object], named_by: Sequence[str]) -> list[str]:
    return [str(line[name]) for name in named_by if line.get(name)]
