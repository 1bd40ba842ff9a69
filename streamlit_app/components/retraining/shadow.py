"""What another version would have answered: asked about live films beside the one that serves."""

import pandas as pd
import streamlit as st

from api_types import Disagreement, ModelList, ShadowReport
from client import ApiError
from components.retraining.version_changes import NOTICE
from errors import api, refusal
from formatting import decimal, images, moment, percent, plain, within


def show(models: ModelList) -> None:
    """A version to choose, how it compares, and buttons that start and end it."""
    others = [
        m["version"]
        for m in models["models"]
        if not m["problem"] and m["version"] != models["champion"]
    ]
    if not others:
        return
    st.markdown("**Would have answered differently**")
    running = models["in_shadow"]
    version = st.selectbox(
        "Version beside the one that serves",
        others,
        index=others.index(running) if running in others else 0,
        format_func=lambda name: f"{name} (in shadow)" if name == running else name,
        key="shadow-version",
        help="In shadow a version is asked about each live film after it was answered. Nobody "
        "waits for it, and nobody is told what it says.",
    )
    report = api().shadow(version)
    _state(report)
    if report["n"]:
        _figures(report)
        _cross_table(report)
        _disagreements(report)
    _button(report, running)


def _state(report: ShadowReport) -> None:
    if report["problem"]:
        st.warning(plain(report["problem"]))
    if report["started_at"] is None:
        st.caption("It never ran in shadow.")
        return
    until = "" if report["is_running"] else f", until {moment(report['stopped_at'])}"
    cost = (
        ""
        if report["cost"] is None
        else f" Its network took {report['cost']:.1f} times as long as an answer, waiting for the "
        "processor included."
    )
    st.caption(
        f"In shadow since {moment(report['started_at'])}{until}: {report['n']:,} films, "
        f"{report['dropped']:,} left out while others waited, {report['failed']:,} failed.{cost}"
    )


def _figures(report: ShadowReport) -> None:
    alike, beyond_chance, label = st.columns(3)
    alike.metric("Same decision", percent(report["agreement"]), border=True)
    alike.caption(within(report["agreement_interval"]))
    beyond_chance.metric("Kappa", decimal(report["kappa"]), border=True)
    label.metric("Same class", percent(report["label_agreement"]), border=True)


def _cross_table(report: ShadowReport) -> None:
    answered = sorted({pair["answer"] for pair in report["decisions"]})
    counts = {(pair["answer"], pair["shadow"]): pair["n"] for pair in report["decisions"]}
    columns = sorted({pair["shadow"] for pair in report["decisions"]})
    rows = [
        {"answered": one}
        | {f"{report['version']}: {other}": counts.get((one, other), 0) for other in columns}
        for one in answered
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True)


def _disagreements(report: ShadowReport) -> None:
    found = report["disagreements"]
    if not found:
        st.caption("It decided about every film as the one that serves.")
        return
    root = api().base_url
    st.dataframe(
        pd.DataFrame([_row(each, root) for each in found]),
        hide_index=True,
        column_config={"answer": st.column_config.LinkColumn(display_text="open")},
    )
    st.caption(
        f"{images(len(found))} that {report['version']} would have answered differently, the "
        "worst first."
    )


def _row(found: Disagreement, root: str) -> dict[str, object]:
    return {
        "when": moment(found["at"]),
        "film": found["filename"],
        "answered": f"{found['answer']['decision']}, {percent(found['answer']['score'])}",
        "would have been": f"{found['shadow']['decision']}, {percent(found['shadow']['score'])}",
        "class": found["answer"]["label"],
        "would have been class": found["shadow"]["label"],
        "answer": root + found["prediction"],
    }


def _button(report: ShadowReport, running: str | None) -> None:
    version = report["version"]
    if report["is_running"]:
        if st.button(f"End the shadow of {version}", key="stop-shadow"):
            _change(version, start=False)
        return
    if running:
        st.caption(f"{running} runs in shadow; one version at a time does.")
    if st.button(f"Run {version} in shadow", key="start-shadow", disabled=running is not None):
        _change(version, start=True)


def _change(version: str, *, start: bool) -> None:
    try:
        if start:
            api().start_shadow(version)
        else:
            api().stop_shadow(version)
    except ApiError as exc:
        refusal(exc)
        return
    does = "runs in shadow from now on" if start else "no longer runs in shadow"
    st.session_state[NOTICE] = f"{version} {does}."
    st.rerun()
