"""Whether the newest answers still look as known: a picture over time, and a table of now."""

import pandas as pd
import streamlit as st

from api_types import Drift, DriftWindow, FigureDrift
from charts import drift_charts
from components.state import over_time
from errors import api
from formatting import ago, decimal, percent, plain
from language.api_sentences import translated
from language.catalogue import N_, _

STATISTICS = {
    "acquisition": N_("how films were made (MMD)"),
    "nearness": N_("nearness to known hospitals (KS)"),
    "score": N_("scores (KS)"),
    "ood_score": N_("distance to learned films (KS)"),
    "classes": N_("mix of classes"),
    "referrals": N_("share referred"),
}


def show() -> None:
    """The panel."""
    st.subheader(_("Drift"))
    found = api().drift()
    if not found["windows"]:
        st.caption(
            _("The version that serves has too few answers to be looked at; a hundred are needed.")
        )
        return
    for reason in found["reasons"]:
        st.warning(plain(translated(reason)), icon=":material/warning:")
    _history(found)
    rows = [_row(window, figure) for window in found["windows"] for figure in window["figures"]]
    st.dataframe(pd.DataFrame(rows), hide_index=True, placeholder="")
    st.caption(
        _(
            "Answers of {model_version}, looked at {checked_at}. Films, scores and "
            "distances are held against the films of known hospitals that it keeps; "
            "classes and referrals against its own answers before."
        ).format(model_version=found["model_version"], checked_at=ago(found["checked_at"] or ""))
    )


def _history(found: Drift) -> None:
    if found["history"]:
        st.altair_chart(
            drift_charts.over_time(
                found["history"],
                {name: _(words) for name, words in STATISTICS.items()},
                over_time.promotions(),
            ),
            key="drift-history",
        )
        st.caption(
            _(
                "Above 1, the dashed line, is drift; each figure has a threshold of its own. "
                "Upright lines: another version began to serve."
            )
        )


def _row(window: DriftWindow, figure: FigureDrift) -> dict[str, object]:
    return {
        _("window"): window["window"],
        _("films"): window["n"],
        _("figure"): _(STATISTICS[figure["figure"]]),
        _("state"): _state(figure),
        _("distance"): decimal(figure["distance"]),
        _("threshold"): decimal(figure["threshold"]),
        _("here"): _shares(figure["here"]),
        _("before"): _shares(figure["known"]),
    }


def _state(figure: FigureDrift) -> str:
    if figure["threshold"] is None:
        return _("too little to tell")
    return _("drifted") if figure["drifted"] else _("as known")


def _shares(shares: dict[str, float]) -> str:
    ordered = sorted(shares.items(), key=lambda entry: -entry[1])
    return ", ".join(f"{name} {percent(share, digits=0)}" for name, share in ordered)
