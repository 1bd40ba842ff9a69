"""The upload of training films, by class or as a ZIP of class folders."""

from collections.abc import Mapping

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from client import ApiError
from components.answers import row_form
from components.retraining import upload_outcomes
from errors import api, refusal
from language.catalogue import _, keyed

FILES_AT_ONCE = 25


def show(labels: Mapping[str, str]) -> None:
    """Of `labels`, each with what a person reads for it, the coarse ones come last."""
    if row_form.is_table():
        _table_form(list(labels))
        upload_outcomes.show()
        return
    st.subheader(_("Add films"))
    by_class, as_zip = st.tabs([_("Films of one class"), _("ZIP of class folders")])
    with by_class:
        _images_form(labels)
    with as_zip:
        _zip_form(list(labels))
    upload_outcomes.show()


def _table_form(classes: list[str]) -> None:
    st.subheader(_("Add rows"))
    with st.form("rows-form", clear_on_submit=True):
        st.caption(
            _(
                "A CSV with a column for each number and one, `label`, for the class: {classes}."
            ).format(classes=", ".join(classes))
        )
        table = st.file_uploader(_("Labelled table"), type="csv", key="upload-rows")
        if st.form_submit_button(_("Add rows"), key="add-rows"):
            _send([table] if table else [], None)


def _images_form(labels: Mapping[str, str]) -> None:
    with st.form("films-form", clear_on_submit=True):
        label = st.selectbox(
            _("Class of these films"),
            list(labels),
            format_func=labels.__getitem__,
            key=keyed("upload-class"),
        )
        files = st.file_uploader(
            _("Training films"), accept_multiple_files=True, key="upload-films"
        )
        if st.form_submit_button(_("Add films"), key="add-films"):
            _send(files, label)


def _zip_form(classes: list[str]) -> None:
    with st.form("zip-form", clear_on_submit=True):
        st.caption(_("One folder for each class: {classes}.").format(classes=", ".join(classes)))
        archive = st.file_uploader(_("ZIP file"), type="zip", key="upload-zip")
        if st.form_submit_button(_("Add ZIP"), key="add-zip"):
            _send([archive] if archive else [], None)


def _send(files: list[UploadedFile], label: str | None) -> None:
    """Upload in portions, so that a person sees it move and no request grows huge."""
    if not files:
        st.warning(_("Choose a file first."))
        return
    outcomes = upload_outcomes.begin()
    bar = st.progress(0.0)
    try:
        for start in range(0, len(files), FILES_AT_ONCE):
            portion = files[start : start + FILES_AT_ONCE]
            bar.progress(
                start / len(files),
                _("Sending {portion} of {files}").format(
                    portion=start + len(portion), files=len(files)
                ),
            )
            content = [(file.name, file.getvalue()) for file in portion]
            outcomes += api().upload(content, label=label)["files"]
    except ApiError as exc:
        refusal(exc)
    bar.empty()
