"""Errors that nobody foresaw, a row a kind; where each happened can be opened."""

import pandas as pd
import streamlit as st

from api_types import UnexpectedError
from errors import api
from formatting import ago, plain

SHOWN = 20


def show() -> None:
    """A table, and the places in the code of each kind."""
    st.subheader("Unexpected errors")
    found = api().unexpected_errors(limit=SHOWN)["errors"]
    if not found:
        st.caption("None. Requests that were refused are below.")
        return
    st.dataframe(pd.DataFrame([_row(error) for error in found]), hide_index=True)
    st.caption(
        "The message of an error may name a file, so it is only in the server's log, under the "
        "request's id."
    )
    for error in found:
        with st.expander(f"{plain(error['type'])} in {plain(error['place'])}"):
            st.code(error["traceback"], language=None)


def _row(error: UnexpectedError) -> dict[str, object]:
    return {
        "error": error["type"],
        "where": error["place"],
        "times": error["count"],
        "last": ago(error["last_at"]),
        "first": ago(error["first_at"]),
        "newest request": error["request_id"],
        "version": error["version"],
    }
