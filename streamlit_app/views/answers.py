"""All answers that were given: found again, and each with an address of its own."""

from collections.abc import Sequence
from functools import partial
from typing import Literal

import pandas as pd
import streamlit as st

from addresses import PREDICTION
from api_types import Card, Prediction, Status
from captions import answer_captions
from client import ApiError
from components import filter_choices, line_choice
from components.answers import answer_panel, image_and_answer, row_form, row_numbers
from components.day_range import days_of
from components.retraining import deletion
from csv_export import as_csv
from errors import api, guarded, refusal
from formatting import DECISIONS, file_name, moment, percent, plain
from language.catalogue import N_, _
from session import sign_in
from worklist.predictions import FULL_PX, THUMBNAIL_PX

PAGE = 100
# Of a line of the table, and of all of it.
ROW_PX, MAX_TABLE_PX = 32, 640
# What the file of a page has, as the API has it, whatever the language.
FIELDS: tuple[
    Literal[
        "created_at", "filename", "decision", "label", "confidence", "source", "model_version", "id"
    ],
    ...,
] = ("created_at", "filename", "decision", "label", "confidence", "source", "model_version", "id")
# The ids at which earlier pages begin, the newest page's first.
STARTS = "answers-starts"
# The ids of the page that was shown last.
LISTED = "answers-listed"
NOT_KEPT = N_(
    "The film is not kept here, so only its answer can be shown. Whoever runs "
    "the server can keep films for some weeks."
)


@guarded
def show() -> None:
    st.title(_("Answers"))
    status = api().status()
    if identifier := st.query_params.get(PREDICTION):
        _one(identifier, status)
        return
    st.caption(_("Every answer that was given and is still kept, also by scripts; newest first."))
    filters = _filters(status)
    starts: list[str | None] = st.session_state.setdefault(STARTS, [None])
    page = api().predictions(limit=PAGE, before=starts[-1], **filters)
    if not page["predictions"]:
        st.info(_("No answer fits.") if filters else _("No answer was given yet."))
    else:
        _table(page["predictions"])
    _turn(starts, page["next_before"])


def _filters(status: Status) -> dict[str, str]:
    """What was chosen, as the API takes it."""
    first, second = st.columns(3), st.columns(3)
    text = partial(filter_choices.text, on_change=_first_page)
    one_of = partial(filter_choices.one_of, on_change=_first_page)
    decisions = {name: _(words) for name, words in DECISIONS.items()}
    classes = {name: name for name in status["classes"]}
    chosen = {
        "name": text(first[0], _("File name contains"), key="answers-name"),
        "decision": one_of(first[1], _("Decision"), decisions, key="answers-decision"),
        "label": one_of(first[2], _("Class"), classes, key="answers-label"),
        "version": text(second[0], _("Version"), key="answers-version"),
        "source": text(second[1], _("Site"), key="answers-source"),
    }
    days = filter_choices.days(
        second[2], _("Days (UTC)"), key="answers-days", on_change=_first_page
    )
    return filter_choices.active(chosen) | days_of(days)


def _first_page() -> None:
    st.session_state[STARTS] = [None]


def _table(answers: Sequence[Prediction]) -> None:
    lines = [_row(answer) for answer in answers]
    st.session_state[LISTED] = [answer["id"] for answer in answers]
    place = line_choice.show(
        lines,
        key="answers-table",
        words=_("Open an answer: choose its line, or find it here"),
        named_by=(_("when"), _("file"), _("decision"), _("class")),
        height=min(ROW_PX * (len(answers) + 1) + 2, MAX_TABLE_PX),
    )
    st.download_button(
        _("Download this page (CSV)"),
        file_of(answers),
        file_name="roentgen-answers.csv",
        mime="text/csv",
        key="answers-csv",
        on_click="ignore",
    )
    if place is not None:
        st.query_params[PREDICTION] = answers[place]["id"]
        st.rerun()


def file_of(answers: Sequence[Prediction]) -> bytes:
    """Answers as CSV: a program that reads it must not depend on anybody's language."""
    rows = [{name: answer[name] for name in FIELDS} for answer in answers]
    return as_csv(pd.DataFrame(rows))


def _row(answer: Prediction) -> dict[str, object]:
    # Of a picture that is no film of the task's kind a class and its share would only mislead.
    is_other = answer_captions.is_other_image(answer)
    return {
        _("when"): moment(answer["created_at"]),
        _("file"): file_name(answer["filename"]),
        _("decision"): _(DECISIONS[answer["decision"]]),
        _("class"): "" if is_other else answer_captions.shown_class(answer),
        _("confidence"): "" if is_other else percent(answer["confidence"]),
        _("site"): answer["source"] or "",
        _("version"): answer["model_version"],
        _("id"): answer["id"],
    }


def _turn(starts: list[str | None], following: str | None) -> None:
    with st.container(horizontal=True, gap="small"):
        newer = st.button(_("Newer"), key="answers-newer", disabled=len(starts) == 1)
        older = st.button(_("Older"), key="answers-older", disabled=following is None)
    if newer:
        starts.pop()
        st.rerun()
    if older:
        starts.append(following)
        st.rerun()


def _one(identifier: str, status: Status) -> None:
    _way_on(identifier)
    try:
        answer = api().prediction(identifier)
    except ApiError as exc:
        refusal(exc)
        return
    st.caption(f"{plain(file_name(answer['filename']))}, {moment(answer['created_at'])}")
    if sign_in.allowed("label") and deletion.deleted(identifier):
        del st.query_params[PREDICTION]
        st.rerun()
    if row_form.is_table():
        left, right = st.columns([2, 3], gap="medium")
        with left:
            row_numbers.of_answer(identifier)
        with right:
            answer_panel.show(answer, status, key=f"stored-{identifier}")
        return
    picture, small = (_image(answer, side_px) for side_px in (FULL_PX, THUMBNAIL_PX))
    opened = image_and_answer.Opened(
        f"stored-{identifier}",
        answer,
        picture,
        small,
        note=None if picture else _(NOT_KEPT),
    )
    image_and_answer.show(opened, status, _card(answer), key="answers-viewer")


def _way_on(identifier: str) -> None:
    """Back to the list, or on to the answer before or after in it."""
    listed: list[str] = st.session_state.get(LISTED, [])
    place = listed.index(identifier) if identifier in listed else None
    newer = listed[place - 1] if place else None
    older = listed[place + 1] if place is not None and place + 1 < len(listed) else None
    with st.container(horizontal=True, gap="small"):
        if st.button(_("All answers"), key="answers-all", icon=":material/arrow_back:"):
            del st.query_params[PREDICTION]
            st.rerun()
        for words, key, neighbour in (
            (_("Newer answer"), "answers-newer-one", newer),
            (_("Older answer"), "answers-older-one", older),
        ):
            if st.button(words, key=key, disabled=neighbour is None) and neighbour:
                st.query_params[PREDICTION] = neighbour
                st.rerun()


def _image(answer: Prediction, side_px: int) -> bytes | None:
    try:
        return api().image_of(answer["id"], side_px=side_px)
    except ApiError:
        return None


def _card(answer: Prediction) -> Card | None:
    try:
        return api().card(answer["model_version"])
    except ApiError:
        return None
