"""Films in, answers out: a worklist that fills while films are read, and a viewer for one."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from api_types import Card, Status
from client import ApiDown, ApiError
from components.answers import decision_controls, example_choice, image_and_answer, row_form
from components.sites import site_choice
from components.viewer import image_viewer
from components.worklist import image_sender
from components.worklist.table import image_table
from errors import api, away, guarded
from formatting import images
from language.api_sentences import translated
from language.catalogue import N_, _, keyed
from session import stored_worklist, task_choice
from worklist import answers_csv, order, predictions, revaluation
from worklist.image_keeping import keeps_no_images
from worklist.rows import Row, Worklist, neighbour

VIEWER = "viewer"
MISSED = N_("The picture of this film comes once the API is back.")
# What the API last said of itself: with it the films stay in view while the API is away.
KNOWN = "diagnose-status"
GONE = N_(
    "This picture is no longer at hand, and the server keeps none. Drop the film again to look."
)


@guarded
def show() -> None:
    st.title(_("Diagnose"))
    worklist = stored_worklist.current()
    try:
        task, status = task_choice.current(), api().status()
    except ApiDown as exc:
        _without_api(exc, worklist)
        return
    if task and row_form.is_table():
        row_form.show(task)
        return
    st.session_state[KNOWN] = status
    if worklist.missed:
        # What sends films has run already, and is to ask for their pictures.
        worklist.missed.clear()
        st.rerun()
    if not worklist.rows:
        inputs = task["inputs"] if task else _("Films")
        st.caption(_("{inputs} as JPEG, PNG, BMP, TIFF, WebP or DICOM.").format(inputs=inputs))
    image_sender.drop_zone()
    if status["model_version"] is None:
        st.info(_("The model is being prepared; films can be read in a moment."))
        st.button(_("Look again"), key="look-again")
        return
    card = _card_of(status["model_version"])
    shown = _images(worklist, status, card) if worklist.rows else []
    if not worklist.rows:
        if task and task["public_data"]:
            with st.expander(_("Public {images}").format(images=task["images"])):
                st.markdown(task["public_data"])
        example_choice.show(status["task"], worklist)
    source = site_choice.choose(status)
    worklist.options = replace(decision_controls.show(card, status), source=source)
    _revalue(worklist)
    if worklist.rows:
        _actions(worklist, shown, status)


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
    _download(worklist.chosen(_images(worklist, status, None)), status)


def _card_of(version: str) -> Card | None:
    """Answers are worth having without it."""
    try:
        return api().card(version)
    except (ApiError, ApiDown):
        return None


def _images(worklist: Worklist, status: Status, card: Card | None) -> list[Row]:
    """The table and the film that is open; the rows that are shown."""
    rows = list(worklist.rows.values())
    if len(rows) > 1 or worklist.is_being_read:
        rows = _worklist(worklist)
    keys = [row.image.key for row in rows]
    if keys and worklist.open_key not in worklist.rows and not worklist.is_being_read:
        # What sends films has run already, and is to look for this one's picture.
        worklist.open_key = keys[0]
        st.rerun()
    if row := worklist.rows.get(worklist.open_key or ""):
        _open(row, worklist, keys, status, card)
    return rows


def _worklist(worklist: Worklist) -> list[Row]:
    """The table with what chooses its lines; the rows that it shows."""
    every = list(worklist.rows.values())
    st.markdown(f"**{order.summary(every)}**")
    counts = order.counts(every)
    names = {order.EVERY: _("All {every}").format(every=len(every))}
    names |= {name: f"{_(order.NAMES[name])} {count}" for name, count in counts.items()}
    decision = st.segmented_control(
        _("Decision"),
        list(names),
        format_func=lambda name: names.get(name, name),
        default=order.EVERY,
        key=keyed("worklist-decision"),
        label_visibility="collapsed",
    )
    search, sort = st.columns(2)
    words = search.text_input(
        _("Search"),
        key="worklist-words",
        placeholder=_("Search: name, class or reason"),
        label_visibility="collapsed",
    )
    by = sort.selectbox(
        _("Order"),
        order.ORDERS,
        key=keyed("worklist-order"),
        format_func=lambda name: _("Order: {name}").format(name=_(name)),
        label_visibility="collapsed",
    )
    rows = order.shown(every, decision=decision or order.EVERY, words=words, order=by)
    image_table.show(rows, worklist, on_open=_open_chosen, on_select=_select)
    return rows


def _actions(worklist: Worklist, shown: Sequence[Row], status: Status) -> None:
    """What can be done with the films that are selected; with none, with those that are shown."""
    chosen = worklist.chosen(shown)
    keys = [row.image.key for row in chosen]
    every = keys if worklist.selected else worklist.outdated(status["model_version"], keys)
    outdated = [key for key in every if key not in worklist.gone]
    if worklist.selected:
        st.caption(_("Selected: {images}.").format(images=images(len(chosen))))
    with st.container(horizontal=True, gap="small"):
        _download(chosen, status)
        if outdated and not worklist.is_being_read:
            st.button(
                _("Read {images} again as chosen now").format(images=images(len(outdated))),
                key="ask-again",
                on_click=_ask_again,
                args=(outdated,),
            )
        if worklist.selected:
            st.button(_("Select none"), key="select-none", on_click=_select_none)
        st.button(_("New list"), key="clear-films", on_click=stored_worklist.begin_anew)
    if lost := len(every) - len(outdated):
        st.caption(
            _(
                "Not in this tab any more: {images}. Drop them again to have them read as "
                "chosen now."
            ).format(images=images(lost))
        )
    if keeps_no_images(api()):
        worklist.keep_images = st.toggle(
            _("Keep the films of this session in this browser tab"),
            value=worklist.keep_images,
            key="keep-films",
        )
        st.caption(
            _(
                "The server keeps no films. While this is on, this tab remembers them, so "
                "that you can look at them until you close or reload it."
            )
        )


def _download(rows: Sequence[Row], status: Status) -> None:
    st.download_button(
        _("Download answers about {images} (CSV)").format(images=images(len(rows))),
        answers_csv.as_csv(rows, list(status["classes"])),
        file_name="roentgen-answers.csv",
        mime="text/csv",
        key="download-csv",
        on_click="ignore",
    )


def _ask_again(keys: list[str]) -> None:
    worklist = stored_worklist.current()
    example_choice.read_again(keys, worklist)
    worklist.ask_again(key for key in keys if not worklist.rows[key].image.credit)


def _open(row: Row, worklist: Worklist, keys: list[str], status: Status, card: Card | None) -> None:
    key = row.image.key
    picture = (
        worklist.image_cache.get(key)
        or example_choice.picture_of(row, worklist)
        or _stored(row, worklist)
    )
    note = None if picture else _note(key, worklist)
    opened = image_and_answer.Opened(
        key,
        row.answer,
        picture,
        row.thumbnail,
        note=None if row.answer is None and key in worklist.gone else note,
        error=f"{row.image.name}: {translated(_(row.error))}" if row.error else None,
        credit=row.image.credit,
        place=keys.index(key) + 1 if key in keys else 1,
        count=len(keys) if key in keys else 1,
    )
    if not row.image.credit:
        st.caption(row.image.name)
    image_and_answer.show(opened, status, card, key=VIEWER, on_move=lambda: _move(worklist, keys))


def _note(key: str, worklist: Worklist) -> str:
    """Why a film cannot be shown just now."""
    if key in worklist.gone:
        return _(GONE)
    return _(MISSED) if key in worklist.missed else _("The film is on its way …")


def _stored(row: Row, worklist: Worklist) -> bytes | None:
    """The picture of a film that the browser has no more, from the server, if that keeps films."""
    key = row.image.key
    if row.answer is None or key not in worklist.gone or keeps_no_images(api()):
        return None
    png = predictions.stored_picture(row.answer["id"], api())
    if png is not None:
        worklist.image_cache.keep(key, png)
    return png


def _open_chosen() -> None:
    if key := image_table.opened():
        stored_worklist.current().open_key = key


def _select() -> None:
    worklist, selected = stored_worklist.current(), image_table.selected()
    if selected is not None:
        known = [key for key in selected["keys"] if key in worklist.rows]
        worklist.selected, worklist.selected_at = tuple(known), selected["at"]


def _select_none() -> None:
    stored_worklist.current().selected = ()


def _move(worklist: Worklist, keys: list[str]) -> None:
    if direction := image_viewer.requested(VIEWER, "move"):
        worklist.open_key = neighbour(keys, worklist.open_key, 1 if direction == "next" else -1)
