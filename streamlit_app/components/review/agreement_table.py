"""How far the readers of the same films agree, and each with the model."""

import pandas as pd
import streamlit as st

from api_types import Agreement, ComparedReaders
from client import ApiError
from errors import api
from formatting import percent, plain

HELP = (
    "Kappa is agreement beyond what chance gives: 1 is perfect, 0 is chance. In brackets the "
    "interval of 95 %; with few films it is wide."
)


def show() -> None:
    """A table, folded away; it is asked for when it is opened."""
    with st.expander("How far readers agree", key="agreement", on_change="rerun") as box:
        if not box.open:
            return
        try:
            pairs = api().reading_agreement()["pairs"]
        except ApiError as exc:
            st.caption(plain(str(exc)))
            return
        if not pairs:
            st.caption("Nobody has said anything yet about an answer that is still kept.")
            return
        st.dataframe(pd.DataFrame([_row(pair) for pair in pairs]), hide_index=True)
        st.caption(HELP)


def _row(pair: ComparedReaders) -> dict[str, object]:
    finding = pair["finding"]
    return {
        "reader": pair["first"],
        "and": pair["second"],
        "films": pair["films"],
        "blinded": pair["blinded"],
        "same about finding or none": percent(finding["share"]) if finding else "-",
        "kappa": kappa(finding),
        "same class": percent(pair["label"]["share"]),
        "kappa of the class": kappa(pair["label"]),
    }


def kappa(found: Agreement | None) -> str:
    """'0.68 (0.50 to 0.85)', or a dash."""
    if found is None or found["kappa"] is None or found["interval"] is None:
        return "-"
    low, high = found["interval"]
    return f"{found['kappa']:.2f} ({low:.2f} to {high:.2f})"
