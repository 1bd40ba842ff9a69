"""The upload of training films: dropped with their class, or in class folders; rows as a CSV."""

from collections.abc import Mapping

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from api_types import Status
from client import ApiDown, ApiError
from components.answers import row_form
from components.retraining import upload_outcomes
from components.sites import site_choice
from components.worklist import training_sender
from errors import api, refusal
from formatting import labels_of
from language.catalogue import _, keyed
from worklist.training_upload import BY_FOLDER

# How many tables were sent in this session: the next one begins with an empty field.
SENT = "upload-rows-sent"
MAX_TABLE_MB = 200


def show(status: Status) -> None:
    labels = labels_of(status)
    if row_form.is_table():
        _table_form(list(labels))
    else:
        _images_form(labels, status)
    upload_outcomes.show()


def _images_form(labels: Mapping[str, str], status: Status) -> None:
    """Nothing is chosen beforehand: films are sent as soon as they are dropped.

    Of `labels`, each with what a person reads for it, the coarse ones come last.
    """
    st.subheader(_("Add films"))
    names = {**labels, BY_FOLDER: _("As their folders are called (a ZIP, or a folder of folders)")}
    left, right = st.columns(2, gap="large")
    with right:
        source = site_choice.choose(status)
    label = left.selectbox(
        _("Class of these films"),
        list(names),
        index=None,
        format_func=names.__getitem__,
        placeholder=_("Choose the class first"),
        key=keyed("upload-class"),
    )
    if label is None:
        st.caption(_("Choose the class, then drop the films: they are sent at once."))
        return
    training_sender.drop_zone(label, source)
    if label == BY_FOLDER:
        classes = ", ".join(labels)
        st.caption(_("One folder for each class: {classes}.").format(classes=classes))
    else:
        st.caption(
            _(
                "Films that lie in a folder called like a class get that class. The upload goes on "
                "while you are on another page; this tab has to stay open."
            )
        )


def _table_form(classes: list[str]) -> None:
    st.subheader(_("Add rows"))
    sent = st.session_state.get(SENT, 0)
    with st.form("rows-form"):
        st.caption(
            _(
                "A CSV with a column for each number and one, `label`, for the class: {classes}."
            ).format(classes=", ".join(classes))
        )
        table = st.file_uploader(
            _("Labelled table"),
            type="csv",
            key=f"upload-rows-{sent}",
            max_upload_size=MAX_TABLE_MB,
        )
        if not st.form_submit_button(_("Add rows"), key="add-rows"):
            return
    if table is None:
        st.warning(_("Choose a file first."))
    elif _send(table):
        st.session_state[SENT] = sent + 1
        st.rerun()


def _send(table: UploadedFile) -> bool:
    """Whether it went through; if not, it stays chosen, to be sent again."""
    try:
        result = api().upload([(table.name, table.getvalue())])
    except (ApiError, ApiDown) as exc:
        refusal(exc)
        return False
    st.session_state[upload_outcomes.WORD], outcomes = upload_outcomes.begin()
    outcomes += result["files"]
    return True
