"""Films in, answers out: a worklist that fills while films are read, and a viewer for one."""

import contextlib
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from api_types import Card, Status, TaskSummary
from client import ApiDown, ApiError, RoentgenClient, address_of
from components.answers import decision_controls, example_choice, row_form
from components.sites import site_choice
from components.state.refreshed import refreshed
from components.worklist import image_list, image_sender, list_actions, open_image
from errors import LOOK_AGAIN_S, api, away, guarded
from language.catalogue import _
from session import stored_worklist, task_choice
from worklist import revaluation
from worklist.rows import Row, Worklist

# What the API last said of itself, with a model: with it the films stay in view while there is
# none, or no API.
KNOWN = "diagnose-status"


@guarded
def show() -> None:
    worklist = stored_worklist.current()
    head = st.container(key="diagnose-head", horizontal=True, vertical_alignment="center")
    head.title(_("Diagnose"))
    # It is there without a sentence too: drawn at another place of the page once there is one, the
    # list and the viewer would be made anew by the browser, and so be as they were at first.
    notice = st.container(key="diagnose-notice")
    try:
        task, status = task_choice.current(), api().status()
    except ApiDown as exc:
        with notice:
            _explain_silence(exc, worklist)
        _go_on(head, worklist, st.session_state.get(KNOWN))
        return
    if task and row_form.is_table():
        row_form.show(task)
    elif status["model_version"] is None:
        with notice:
            _explain_preparation()
        _drop_first(task, worklist)
        _go_on(head, worklist, st.session_state.get(KNOWN, status))
    else:
        st.session_state[KNOWN] = status
        example_choice.follow(status["task"], worklist)
        _drop_first(task, worklist)
        _answering(head, task, worklist, status)


def _explain_silence(error: ApiDown, worklist: Worklist) -> None:
    away(error, place="diagnose")
    if worklist.rows and KNOWN in st.session_state:
        st.caption(_("What was read so far stays here; what was not goes on once the API is back."))


def _explain_preparation() -> None:
    st.info(_("The model is being prepared; films can be read in a moment."))
    st.button(_("Look again"), key="look-again")
    refreshed(_draw_once_prepared, every_s=LOOK_AGAIN_S, key="diagnose-prepared")()


def _draw_once_prepared() -> None:
    with contextlib.suppress(ApiError, ApiDown):
        if api().status()["model_version"]:
            st.rerun()


def _drop_first(task: TaskSummary | None, worklist: Worklist) -> None:
    """The zone of a page without films; with films it is beside the title."""
    if worklist.rows:
        return
    inputs = task["inputs"] if task else _("Films")
    st.caption(_("{inputs} as JPEG, PNG, BMP, TIFF, WebP or DICOM.").format(inputs=inputs))
    with st.container():
        image_sender.drop_zone()


def _go_on(head: DeltaGenerator, worklist: Worklist, status: Status | None) -> None:
    """While nothing can be asked, what was read stays in view: to look at, to search, to
    download."""
    if worklist.rows and status is not None:
        _list(head, worklist, status, is_silent=True)


def _answering(
    head: DeltaGenerator, task: TaskSummary | None, worklist: Worklist, status: Status
) -> None:
    if worklist.rows:
        _list(head, worklist, status)
        return
    list_actions.offer_to_remember(worklist)
    _examples(task, status, worklist)
    _choose(worklist, status, _card_of(status["model_version"]))


def _list(
    head: DeltaGenerator, worklist: Worklist, status: Status, *, is_silent: bool = False
) -> None:
    """The films, and what can be done with them.

    Args:
        is_silent: nothing can be asked now, and the page says so already.
    """
    with head:
        image_sender.drop_zone()
    card = _card_of(status["model_version"])
    shown = _images(worklist, status, card, is_silent=is_silent)
    _choose(worklist, status, card)
    if not is_silent:
        _revalue(worklist)
    list_actions.show(worklist, shown, status, is_silent=is_silent)
    list_actions.offer_to_remember(worklist)


def _choose(worklist: Worklist, status: Status, card: Card | None) -> None:
    """How films are read from now on."""
    source = site_choice.choose(status)
    worklist.options = replace(decision_controls.show(card, status), source=source)


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


def _card_of(version: str | None) -> Card | None:
    """Answers are worth having without it."""
    if version is None:
        return None
    try:
        return _card(api(), version)
    except (ApiError, ApiDown):
        return None


@st.cache_data(max_entries=20, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def _card(client: RoentgenClient, version: str) -> Card:
    """A version's card never changes."""
    return client.card(version)


def _images(worklist: Worklist, status: Status, card: Card | None, *, is_silent: bool) -> list[Row]:
    """The list, the film that is open and its answer; the rows that are shown."""
    with st.container(key="diagnose"):
        rows = list(worklist.rows.values())
        if len(rows) > 1 or worklist.is_being_read:
            with st.container(key="diagnose-list"):
                rows = image_list.show(worklist)
        keys = [row.image.key for row in rows]
        if keys and worklist.open_key not in worklist.rows and not worklist.is_being_read:
            worklist.open_key = keys[0]
        open_image.show(keys, status, card, is_silent=is_silent)
    return rows
