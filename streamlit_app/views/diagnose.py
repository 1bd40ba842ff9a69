"""Films in, answers out: a worklist that fills while films are read, and a viewer for one."""

from dataclasses import replace

import streamlit as st

from api_types import Card, Status, TaskSummary
from client import ApiDown, ApiError, RoentgenClient, address_of
from components.answers import decision_controls, example_choice, row_form
from components.sites import site_choice
from components.worklist import image_list, image_sender, list_actions, open_image
from errors import api, away, guarded
from language.catalogue import _
from session import stored_worklist, task_choice
from worklist import revaluation
from worklist.rows import Row, Worklist

# What the API last said of itself: with it the films stay in view while the API is away.
KNOWN = "diagnose-status"


@guarded
def show() -> None:
    worklist = stored_worklist.current()
    head = st.container(key="diagnose-head", horizontal=True, vertical_alignment="center")
    head.title(_("Diagnose"))
    try:
        task, status = task_choice.current(), api().status()
    except ApiDown as exc:
        _without_api(exc, worklist)
        return
    if task and row_form.is_table():
        row_form.show(task)
        return
    st.session_state[KNOWN] = status
    if not worklist.rows:
        inputs = task["inputs"] if task else _("Films")
        st.caption(_("{inputs} as JPEG, PNG, BMP, TIFF, WebP or DICOM.").format(inputs=inputs))
    with head if worklist.rows else st.container():
        image_sender.drop_zone()
    if status["model_version"] is None:
        st.info(_("The model is being prepared; films can be read in a moment."))
        st.button(_("Look again"), key="look-again")
        return
    card = _card_of(status["model_version"])
    shown = _images(worklist, status, card) if worklist.rows else []
    if not worklist.rows:
        list_actions.offer_to_remember(worklist)
        _examples(task, status, worklist)
    source = site_choice.choose(status)
    worklist.options = replace(decision_controls.show(card, status), source=source)
    _revalue(worklist)
    if worklist.rows:
        list_actions.show(worklist, shown, status)
        list_actions.offer_to_remember(worklist)


def _examples(task: TaskSummary | None, status: Status, worklist: Worklist) -> None:
    """For whoever has no film at hand."""
    if task and task["public_data"]:
        with st.expander(_("Public {images}").format(images=task["images"])):
            st.markdown(task["public_data"])
    example_choice.show(status["task"], worklist)


def _revalue(worklist: Worklist) -> None:
    """Answers for the prevalence that is wanted now; films are not read again for it."""
    if worklist.is_being_read or not (rows := revaluation.fitting(worklist)):
        return
    with st.spinner(_("Answers for the new prevalence …")):
        revaluation.revalue(worklist, rows, api())
    st.rerun()


def _without_api(error: ApiDown, worklist: Worklist) -> None:
    """What was read stays in view: to look at, to search, to download."""
    away(error, place="diagnose")
    status: Status | None = st.session_state.get(KNOWN)
    if not worklist.rows or status is None:
        return
    st.caption(_("What was read so far stays here; what was not goes on once the API is back."))
    shown = _images(worklist, status, None, is_away=True)
    list_actions.download(worklist.chosen(shown), status)


def _card_of(version: str) -> Card | None:
    """Answers are worth having without it."""
    try:
        return _card(api(), version)
    except (ApiError, ApiDown):
        return None


@st.cache_data(max_entries=20, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def _card(client: RoentgenClient, version: str) -> Card:
    """A version's card never changes."""
    return client.card(version)


def _images(
    worklist: Worklist, status: Status, card: Card | None, *, is_away: bool = False
) -> list[Row]:
    """The list, the film that is open and its answer; the rows that are shown."""
    with st.container(key="diagnose"):
        rows = list(worklist.rows.values())
        if len(rows) > 1 or worklist.is_being_read:
            with st.container(key="diagnose-list"):
                rows = image_list.show(worklist)
        keys = [row.image.key for row in rows]
        if keys and worklist.open_key not in worklist.rows and not worklist.is_being_read:
            worklist.open_key = keys[0]
        open_image.show(keys, status, card, is_away=is_away)
    return rows
