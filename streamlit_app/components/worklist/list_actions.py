"""What can be done with films of the worklist: download, read again, begin anew, remember."""

from collections.abc import Sequence

import streamlit as st

from api_types import Status
from components.answers import example_choice
from errors import api
from formatting import images
from language.catalogue import _
from session import stored_worklist
from worklist import answers_csv
from worklist.image_keeping import keeps_no_images
from worklist.rows import Row, Worklist


def show(worklist: Worklist, shown: Sequence[Row], status: Status, *, is_silent: bool) -> None:
    """About the films that are selected; with none, about those that are shown.

    Args:
        is_silent: nothing can be asked now.
    """
    chosen = worklist.chosen(shown)
    keys = [row.image.key for row in chosen]
    every = keys if worklist.selected else worklist.outdated(status["model_version"], keys)
    outdated = [key for key in every if key not in worklist.gone]
    if worklist.selected:
        st.caption(_("Selected: {images}.").format(images=images(len(chosen))))
    with st.container(horizontal=True, gap="small"):
        _download(chosen, status)
        if outdated and not is_silent and not worklist.is_being_read:
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


def _download(rows: Sequence[Row], status: Status) -> None:
    """The answers as a file."""
    st.download_button(
        _("Download answers about {images} (CSV)").format(images=images(len(rows))),
        answers_csv.as_csv(rows, list(status["classes"])),
        file_name="roentgen-answers.csv",
        mime="text/csv",
        key="download-csv",
        on_click="ignore",
    )


def offer_to_remember(worklist: Worklist) -> None:
    """Where the server keeps no films: whether this tab is to."""
    if not keeps_no_images(api()):
        return
    worklist.keep_images = st.toggle(
        _("Remember films in this browser tab"),
        value=worklist.keep_images,
        key="keep-films",
        help=_(
            "The server stores no films. While this is on, the tab can show the films that you "
            "drop from then on, and send them again, until you close or reload it. The film that "
            "is open, a few beside it and a small picture of each line also pass through the "
            "memory of the program that shows this page, which writes none of them down; a new "
            "list empties it."
        ),
    )


def _ask_again(keys: list[str]) -> None:
    worklist = stored_worklist.current()
    example_choice.read_again(keys, worklist)
    worklist.ask_again(key for key in keys if not worklist.rows[key].image.credit)


def _select_none() -> None:
    stored_worklist.current().selected = ()
