"""What this installation keeps, for how long, and how it goes before its time."""

import pandas as pd
import streamlit as st

from api_types import Kept
from errors import api, guarded


@guarded
def show() -> None:
    st.title("What is kept")
    st.caption(
        "What this installation stores, as its settings say. Films that are sent for an answer are "
        "not stored unless a setting says so."
    )
    kept = api().privacy()
    st.dataframe(_table(kept["kept"]), hide_index=True)
    st.subheader("Never kept")
    for sentence in kept["never_kept"]:
        st.markdown(f"- {sentence}")
    st.caption(
        "An answer is deleted on the page Review, a training film by its SHA-256, everything of a "
        "patient or of a file name by whoever runs the server (`python -m api erase`)."
    )


def _table(kept: list[Kept]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "what": one["name"],
                "how long": one["how_long"],
                "what it holds": _words(one["what"]),
                "where": _words(one["where"]),
                "how it goes before": _words(one["erased_by"]),
                "setting": one["setting"] or "",
            }
            for one in kept
        ]
    )


def _words(text: str) -> str:
    """Without the marks of code, which a table shows as they are."""
    return text.replace("`", "")
