"""Errors that nobody foresaw, a row a kind; where each happened can be opened."""

import pandas as pd
import streamlit as st

from api_types import UnexpectedError
from errors import api
from formatting import ago, plain
from language.catalogue import _

SHOWN = 20


def show() -> None:
    """A table, and the places in the code of each kind."""
    st.subheader(_("Unexpected errors"))
    found = api().unexpected_errors(limit=SHOWN)["errors"]
    if not found:
        st.caption(_("None. Requests that were refused are below."))
        return
    st.dataframe(pd.DataFrame([_row(error) for error in found]), hide_index=True, placeholder="")
    st.caption(
        _(
            "The message of an error may name a file, so it is only in the server's "
            "log, under the request's id."
        )
    )
    for error in found:
        with st.expander(
            _("{type} in {place}").format(type=plain(error["type"]), place=plain(error["place"]))
        ):
            st.code(error["traceback"], language=None)
            st.caption(_("The newest request:"))
            st.code(error["request_id"], language=None)


def _row(error: UnexpectedError) -> dict[str, object]:
    return {
        _("error"): error["type"],
        _("where"): error["place"],
        _("times"): error["count"],
        _("last"): ago(error["last_at"]),
        _("first"): ago(error["first_at"]),
        _("newest request"): error["request_id"],
        _("version"): error["version"],
    }
