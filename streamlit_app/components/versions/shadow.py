"""What another version would have answered: asked about live films beside the one that serves."""

import pandas as pd
import streamlit as st

import addresses
from api_types import Disagreement, ModelList, ShadowedAnswer, ShadowReport
from client import ApiError
from components.state import notices
from errors import api, refusal
from formatting import SHORT_DECISIONS, decimal, images, moment, percent, plain, within
from language.api_sentences import translated
from language.catalogue import _, keyed
from language.numbers import written
from session import sign_in


def show(models: ModelList) -> None:
    """A version to choose, how it compares, and buttons that start and end it."""
    others = [
        m["version"]
        for m in models["models"]
        if not m["problem"] and m["version"] != models["champion"]
    ]
    if not others:
        st.caption(_("There is no other version that could be asked beside it."))
        return
    st.markdown(_("**Would have answered differently**"))
    running = models["in_shadow"]
    version = st.selectbox(
        _("Version beside the one that serves"),
        others,
        index=others.index(running) if running in others else 0,
        format_func=lambda name: (
            _("{name} (in shadow)").format(name=name) if name == running else name
        ),
        key=keyed("shadow-version"),
        help=_(
            "In shadow a version is asked about each live film after it was answered. "
            "Nobody waits for it, and nobody is told what it says."
        ),
    )
    report = api().shadow(version)
    _state(report)
    if report["n"]:
        _metrics(report)
        _cross_table(report)
        _disagreements(report)
    _button(report, running)


def _state(report: ShadowReport) -> None:
    if report["problem"]:
        st.warning(plain(translated(report["problem"])))
    if report["started_at"] is None:
        st.caption(_("It never ran in shadow."))
        return
    until = (
        ""
        if report["is_running"]
        else _(", until {stopped_at}").format(stopped_at=moment(report["stopped_at"]))
    )
    cost = (
        ""
        if report["cost"] is None
        else _(
            " Its network took {cost} times as long as an answer, waiting for the "
            "processor included."
        ).format(cost=written(report["cost"], ".1f"))
    )
    st.caption(
        _(
            "In shadow since {started_at}{until}: {n} films, {dropped} left out while "
            "others waited, {failed} failed.{cost}"
        ).format(
            started_at=moment(report["started_at"]),
            until=until,
            n=written(report["n"]),
            dropped=written(report["dropped"]),
            failed=written(report["failed"]),
            cost=cost,
        )
    )


def _metrics(report: ShadowReport) -> None:
    alike, beyond_chance, label = st.columns(3)
    alike.metric(_("Same decision"), percent(report["agreement"]), border=True)
    alike.caption(within(report["agreement_interval"]))
    beyond_chance.metric(_("Kappa"), decimal(report["kappa"]), border=True)
    label.metric(_("Same class"), percent(report["label_agreement"]), border=True)


def _cross_table(report: ShadowReport) -> None:
    answered = sorted({pair["answer"] for pair in report["decisions"]})
    counts = {(pair["answer"], pair["shadow"]): pair["n"] for pair in report["decisions"]}
    columns = sorted({pair["shadow"] for pair in report["decisions"]})
    rows = [
        {_("answered"): _(SHORT_DECISIONS.get(one, one))}
        | {
            f"{report['version']}: {_(SHORT_DECISIONS.get(other, other))}": counts.get(
                (one, other), 0
            )
            for other in columns
        }
        for one in answered
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, placeholder="")


def _disagreements(report: ShadowReport) -> None:
    found = report["disagreements"]
    if not found:
        st.caption(_("It decided about every film as the one that serves."))
        return
    st.dataframe(
        pd.DataFrame([_row(each) for each in found]),
        hide_index=True,
        placeholder="",
        column_config={_("answer"): st.column_config.LinkColumn(display_text=_("open"))},
    )
    st.caption(
        _("{images} that {version} would have answered differently, the worst first.").format(
            images=images(len(found)), version=report["version"]
        )
    )


def _row(found: Disagreement) -> dict[str, object]:
    return {
        _("when"): moment(found["at"]),
        _("film"): found["filename"],
        _("answered"): _decision_text(found["answer"]),
        _("would have been"): _decision_text(found["shadow"]),
        _("class"): found["answer"]["label"],
        _("would have been class"): found["shadow"]["label"],
        _("answer"): addresses.of_prediction(found["prediction"].rpartition("/")[2]),
    }


def _decision_text(decided: ShadowedAnswer) -> str:
    words = _(SHORT_DECISIONS.get(decided["decision"], decided["decision"]))
    return f"{words}, {percent(decided['score'])}"


def _button(report: ShadowReport, running: str | None) -> None:
    version = report["version"]
    if not sign_in.allowed("promote"):
        return
    if report["is_running"]:
        if st.button(_("End the shadow of {version}").format(version=version), key="stop-shadow"):
            _change(version, start=False)
        return
    if running:
        st.caption(
            _("{running} runs in shadow; one version at a time does.").format(running=running)
        )
    if st.button(
        _("Run {version} in shadow").format(version=version),
        key="start-shadow",
        disabled=running is not None,
    ):
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
    does = _("runs in shadow from now on") if start else _("no longer runs in shadow")
    notices.put(notices.VERSIONS, f"{version} {does}.")
    st.rerun()
