"""How far the readers of the same films agree, and each with the model."""

import pandas as pd
import streamlit as st

from api_types import Agreement, ComparedReaders
from client import ApiError
from errors import api
from formatting import percent, plain
from language.catalogue import N_, _
from language.numbers import written

HELP = N_(
    "Kappa is agreement beyond what chance gives: 1 is perfect, 0 is chance. "
    "In brackets the interval of 95 %; with few films it is wide."
)


def show() -> None:
    """A table, folded away; it is asked for when it is opened."""
    with st.expander(_("How far readers agree"), key="agreement", on_change="rerun") as box:
        if not box.open:
            return
        try:
            pairs = api().reading_agreement()["pairs"]
        except ApiError as exc:
            st.caption(plain(str(exc)))
            return
        if not pairs:
            st.caption(_("Nobody has said anything yet about an answer that is still kept."))
            return
        st.dataframe(pd.DataFrame([_row(pair) for pair in pairs]), hide_index=True, placeholder="")
        st.caption(_(HELP))


def _row(pair: ComparedReaders) -> dict[str, object]:
    finding = pair["finding"]
    return {
        _("reader"): pair["first"],
        _("and"): pair["second"],
        _("films"): pair["films"],
        _("blinded"): pair["blinded"],
        _("same about finding or none"): percent(finding["share"]) if finding else "-",
        _("kappa"): kappa(finding),
        _("same class"): percent(pair["label"]["share"]),
        _("kappa of the class"): kappa(pair["label"]),
    }


def kappa(found: Agreement | None) -> str:
    """'0.68 (0.50 to 0.85)', or a dash."""
    if found is None or found["kappa"] is None or found["interval"] is None:
        return "-"
    low, high = found["interval"]
    return _("{kappa} ({low} to {high})").format(
        kappa=written(found["kappa"], ".2f"), low=written(low, ".2f"), high=written(high, ".2f")
    )
