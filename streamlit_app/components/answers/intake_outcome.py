"""What came of guided questions: what to do now, why, and what to watch for; to take along."""

import streamlit as st

from api_types import Intake, IntakeOutcome, IntakeRule
from client import ApiDown, ApiError
from errors import api, refusal
from formatting import plain
from intake_page import as_html
from language.catalogue import _


def show(intake: Intake, *, key: str) -> None:
    """The outcome of an intake that has ended, its answers, and the downloads."""
    outcome = intake["outcome"]
    assert outcome is not None
    _title(outcome)
    st.markdown(_("**What to do now**"))
    st.markdown(_list(outcome["do"]))
    st.markdown(_("**Watch for, and come back with**"))
    st.markdown(_list(outcome["watch_for"]))
    st.markdown(plain(outcome["caution"]))
    st.markdown(_("**Why**"))
    for rule in (outcome["rule"], *outcome["also"]):
        st.markdown(reason(rule))
    with st.expander(_("Your answers ({answers})").format(answers=len(intake["answers"]))):
        for answer in intake["answers"]:
            st.markdown(f"{plain(answer['text'])} **{plain(answer['label'])}**")
    st.caption(_("Rules of {rules_version}.").format(rules_version=plain(intake["rules_version"])))
    _downloads(intake, key)


def titles(prediction_id: str) -> None:
    """A line for each intake that stands beside an answer about an image."""
    try:
        found = api().intakes_beside(prediction_id)
    except (ApiError, ApiDown) as exc:
        st.caption(_("Symptoms cannot be shown:"))
        refusal(exc)
        return
    for intake in found:
        if (outcome := intake["outcome"]) is not None:
            st.markdown(
                _("Symptoms ({title}): **{title2}**").format(
                    title=plain(intake["title"]), title2=plain(outcome["title"])
                )
            )
            st.caption(reason(outcome["rule"]))


def reason(rule: IntakeRule) -> str:
    """A rule, and where it is from, as Markdown."""
    source = f"[{plain(rule['source'])}]({rule['url']})"
    return f"{plain(rule['statement'])} {source}, {plain(rule['section'])}, {plain(rule['date'])}."


def _title(outcome: IntakeOutcome) -> None:
    title = plain(outcome["title"])
    if outcome["is_red_flag"]:
        st.error(title, icon=":material/emergency:")
    elif outcome["rank"] > 1:
        st.warning(title, icon=":material/stethoscope:")
    else:
        st.info(title)


def _list(lines: list[str]) -> str:
    return "\n".join(f"- {plain(line)}" for line in lines)


def _downloads(intake: Intake, key: str) -> None:
    with st.container(horizontal=True):
        for label, content, extension, kind in (
            (_("Download as text"), intake["summary"], "txt", "text/plain"),
            (
                _("Download to print"),
                as_html(intake["title"], intake["summary"]),
                "html",
                "text/html",
            ),
        ):
            st.download_button(
                label,
                content,
                file_name=f"intake-{intake['topic']}.{extension}",
                mime=kind,
                key=f"intake-{key}-{extension}",
                on_click="ignore",
            )
