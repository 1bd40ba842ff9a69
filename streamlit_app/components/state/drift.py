"""Whether the newest answers still look as known: a picture over time, and a table of now."""

import pandas as pd
import streamlit as st

from api_types import Drift, DriftWindow, FigureDrift
from charts.drift_charts import over_time
from errors import api
from formatting import ago, decimal, percent, plain

FIGURES = {
    "acquisition": "how films were made (MMD)",
    "nearness": "nearness to known hospitals (KS)",
    "score": "scores (KS)",
    "ood_score": "distance to learned films (KS)",
    "classes": "mix of classes",
    "referrals": "share referred",
}


def show() -> None:
    """The panel."""
    st.subheader("Drift")
    found = api().drift()
    if not found["windows"]:
        st.caption(
            "The version that serves has too few answers to be looked at; a hundred are needed."
        )
        return
    for reason in found["reasons"]:
        st.warning(plain(reason), icon=":material/warning:")
    _history(found)
    rows = [_row(window, figure) for window in found["windows"] for figure in window["figures"]]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(
        f"Answers of {found['model_version']}, looked at {ago(found['checked_at'] or '')}. Films, "
        "scores and distances are held against the films of known hospitals that it keeps; "
        "classes and referrals against its own answers before."
    )


def _history(found: Drift) -> None:
    if found["history"]:
        st.altair_chart(over_time(found["history"], FIGURES), key="drift-history")
        st.caption("Above 1, the dashed line, is drift; each figure has a threshold of its own.")


def _row(window: DriftWindow, figure: FigureDrift) -> dict[str, object]:
    return {
        "window": window["window"],
        "films": window["n"],
        "figure": FIGURES[figure["figure"]],
        "state": _state(figure),
        "distance": decimal(figure["distance"]),
        "threshold": decimal(figure["threshold"]),
        "here": _shares(figure["here"]),
        "before": _shares(figure["known"]),
    }


def _state(figure: FigureDrift) -> str:
    if figure["threshold"] is None:
        return "too little to tell"
    return "drifted" if figure["drifted"] else "as known"


def _shares(shares: dict[str, float]) -> str:
    ordered = sorted(shares.items(), key=lambda entry: -entry[1])
    return ", ".join(f"{name} {percent(share, digits=0)}" for name, share in ordered)
