"""What came of guided questions: what to do now, why, and what to watch for; to take along."""

import streamlit as st

from api_types import Intake, IntakeOutcome, IntakeRule
from client import ApiDown, ApiError
from errors import api
from formatting import plain
from intake_page import as_html


def show(intake: Intake, *, key: str) -> None:
    """The outcome of an intake that has ended, its answers, and the downloads."""
    outcome = intake["outcome"]
    assert outcome is not None
    _title(outcome)
    st.markdown("**What to do now**")
    st.markdown(_list(outcome["do"]))
    st.markdown("**Watch for, and come back with**")
    st.markdown(_list(outcome["watch_for"]))
    st.markdown(plain(outcome["caution"]))
    st.markdown("**Why**")
    for rule in (outcome["rule"], *outcome["also"]):
        st.markdown(reason(rule))
    with st.expander(f"Your answers ({len(intake['answers'])})"):
        for answer in intake["answers"]:
            st.markdown(f"{plain(answer['text'])} **{plain(answer['label'])}**")
    st.caption(f"Rules of {plain(intake['rules_version'])}.")
    _downloads(intake, key)


def titles(prediction_id: str) -> None:
    """A line for each intake that stands beside an answer about an image."""
    try:
        found = api().intakes_beside(prediction_id)
    except (ApiError, ApiDown) as exc:
        st.caption(f"Symptoms cannot be shown: {plain(str(exc))}")
        return
    for intake in found:
        if (outcome := intake["outcome"]) is not None:
            st.markdown(f"Symptoms ({plain(intake['title'])}): **{plain(outcome['title'])}**")
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
        for label, content, ending, kind in (
            ("Download as text", intake["summary"], "txt", "text/plain"),
            ("Download to print", as_html(intake["title"], intake["summary"]), "html", "text/html"),
        ):
            st.download_button(
                label,
                content,
                file_name=f"intake-{intake['topic']}.{ending}",
                mime=kind,
                key=f"intake-{key}-{ending}",
                on_click="ignore",
            )
