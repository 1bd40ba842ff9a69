"""The versions of the model, and by whose hand another one serves."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from api_types import ModelList, ModelSummary
from client import ApiError
from errors import api, refusal
from formatting import moment, percent, size

NOTICE = "versions_notice"


def show(models: ModelList) -> None:
    st.subheader("Versions")
    if notice := st.session_state.pop(NOTICE, None):
        st.success(notice)
    if models["problem"]:
        st.warning(models["problem"])
    if not models["models"]:
        st.caption("There is no version yet.")
        return
    st.dataframe(pd.DataFrame([_row(model) for model in models["models"]]), hide_index=True)
    promotion, rollback, download = st.tabs(["Promote", "Roll back", "Download"])
    with promotion:
        _promotion(models)
    with rollback:
        _rollback(models)
    with download:
        _download(models)
    _moves(models)


def _row(model: ModelSummary) -> dict[str, object]:
    return {
        "version": model["version"],
        "serves": "yes" if model["is_champion"] else "",
        "from": model["parent"] or "",
        "made": moment(model["created_at"]),
        "accuracy": percent(model["accuracy"]),
        "balanced accuracy": percent(model["balanced_accuracy"]),
        "size": size(model["size_bytes"]),
        "problem": model["problem"] or "",
    }


def _promotion(models: ModelList) -> None:
    others = [m["version"] for m in models["models"] if not m["is_champion"] and not m["problem"]]
    if not others:
        st.caption("There is no other version that could serve.")
        return
    with st.form("promote-form", border=False, clear_on_submit=True):
        version = st.selectbox("Version to promote", others, key="promote-version")
        reason = st.text_input("Reason for the promotion", key="promote-reason", max_chars=500)
        if st.form_submit_button("Promote", key="promote"):
            _move(reason, lambda: _promoted(version, reason))


def _rollback(models: ModelList) -> None:
    target = models["rollback_target"]
    if target is None:
        st.caption("There is no earlier version to go back to.")
        return
    st.caption(f"Goes back from {models['champion']} to {target}.")
    with st.form("rollback-form", border=False, clear_on_submit=True):
        reason = st.text_input("Reason for the rollback", key="rollback-reason", max_chars=500)
        if st.form_submit_button("Roll back", key="rollback"):
            _move(reason, lambda: _rolled_back(models["champion"], reason))


def _move(reason: str, change: Callable[[], str]) -> None:
    """Change the champion; `change` returns what there is to say then."""
    if not reason.strip():
        st.warning("Give a reason; it is kept with the change.")
        return
    try:
        notice = change()
    except ApiError as exc:
        refusal(exc)
        return
    st.session_state[NOTICE] = notice
    st.rerun()


def _promoted(version: str, reason: str) -> str:
    model = api().promote(version, reason=reason)
    overrides = model["overrides"]
    against = f" This overrides the gate: {', '.join(overrides)}." if overrides else ""
    return f"{model['version']} serves now.{against} {model['note']}".strip()


def _rolled_back(champion: str | None, reason: str) -> str:
    model = api().roll_back(from_version=champion, reason=reason)
    return f"{model['version']} serves now."


def _download(models: ModelList) -> None:
    version = st.selectbox(
        "Version to download", [m["version"] for m in models["models"]], key="download-version"
    )
    client = api()
    st.download_button(
        "Download weights (.h5)",
        lambda: client.weights(version),
        file_name=f"{version}.h5",
        key="download-weights",
        on_click="ignore",
    )


def _moves(models: ModelList) -> None:
    if not models["history"]:
        return
    rows = [
        {
            "when": moment(move["at"]),
            "serves": move["version"],
            "before": move["previous"] or "",
            "by": move["by"],
            "reason": move["reason"],
            "overrides": ", ".join(move["overrides"]),
        }
        for move in models["history"]
    ]
    with st.expander(f"Changes of the serving version ({len(rows)})"):
        st.dataframe(pd.DataFrame(rows), hide_index=True)
