"""The file of a check: dropped or chosen, and kept until it is taken away."""

from collections.abc import Iterable

import streamlit as st

from components.sites import check_sender
from formatting import plain, size
from language.catalogue import _
from session import stored_check
from site_checks.held_check import NO_ROOM, HeldCheck
from site_checks.sent_file import SentFile

CHECK, AWAY = "check", "check-away"
TABLES = "check-tables"


def archive(check: HeldCheck, labels: Iterable[str]) -> None:
    """A ZIP of class folders; it comes from the browser part by part."""
    if _is_held(check):
        return
    check_sender.drop_zone()
    st.caption(
        _("ZIP with a folder of films for each class; some are enough: {labels}").format(
            labels=plain(", ".join(labels))
        )
    )
    if check.problem:
        st.error(_(check.problem))


def table(check: HeldCheck) -> None:
    """A CSV with a column of classes."""
    if _is_held(check):
        return
    # A new widget for the next one: Streamlit holds what it has of the last as long as it is shown.
    count = st.session_state.setdefault(TABLES, 0)
    sent = st.file_uploader(
        _("A CSV: a column a number, and one with the class"),
        type="csv",
        key=f"check-table-{count}",
    )
    if sent is None:
        return
    try:
        check.take(SentFile.of(sent.name, sent.getvalue()))
    except OSError:
        st.error(_(NO_ROOM))
        return
    st.session_state[TABLES] = count + 1
    st.rerun()


def button(words: str, check: HeldCheck) -> bool:
    """Whether the check is to begin; not without a file, nor while one runs."""
    is_possible = check.is_there and not check.is_running
    return st.button(words, type="primary", key=CHECK, disabled=not is_possible) and is_possible


def _is_held(check: HeldCheck) -> bool:
    """Shows the file that there is, with the way to take it away."""
    if check.file is None:
        return False
    with st.container(horizontal=True, vertical_alignment="center"):
        if check.is_coming:
            st.markdown(_("**{name}** is on its way.").format(name=plain(check.file.name)))
        else:
            name, megabytes = plain(check.file.name), size(check.file.size_bytes)
            st.markdown(f":material/folder_zip: **{name}**, {megabytes}")
        st.button(_("Take it away"), key=AWAY, on_click=stored_check.forget)
    return True
