"""One training film, large: what is known of it, its class to correct, and the way out."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from api_types import SampleChange, SampleDetail
from client import ApiError
from components.answers import row_form, row_numbers
from components.images import sample_images
from components.images.gallery import SAMPLE
from components.images.sample_filter import ORIGINS, SPLITS
from components.state import notices
from errors import api, refusal
from formatting import file_name, moment, plain, size
from language.catalogue import N_, _, keyed
from session import sign_in

CHANGES = {
    "disputed": N_("came as another class too"),
    "agreed": N_("conflict ended"),
    "resolved": N_("conflict decided"),
    "relabelled": N_("class corrected"),
    "deleted": N_("deleted"),
    "restored": N_("restored"),
    "withdrawn": N_("word taken back"),
}
CONFIRMED = N_("class confirmed")
UNUSED = N_("nothing yet: no retraining has seen it")


def show(sha256: str, labels: Mapping[str, str]) -> None:
    if st.button(_("All films"), key="films-all", icon=":material/arrow_back:"):
        leave()
    try:
        sample = api().sample(sha256)
    except ApiError as exc:
        refusal(exc)
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        if row_form.is_table():
            row_numbers.of_sample(sha256)
        else:
            sample_images.show_large(sample)
    with right:
        _facts(sample, labels)
        _relabel(sample, labels)
        _delete(sample)
    _history(sample)


def leave() -> None:
    """Back to where films are listed."""
    st.query_params.pop(SAMPLE, None)
    st.rerun()


def _facts(sample: SampleDetail, labels: Mapping[str, str]) -> None:
    st.subheader(labels.get(sample["label"], sample["label"]))
    if sample["disputed"]:
        st.warning(
            _(
                "The same film also came as {disputed}. No retraining uses it until "
                "somebody decides."
            ).format(disputed=sample["disputed"])
        )
    part = sample["part"]
    facts = {
        _("File"): file_name(sample["filename"]),
        _("Size"): size(sample["size_bytes"]),
        _("Added"): moment(sample["created_at"]),
        _("By"): sample["added_by"],
        _("Came by"): _(ORIGINS.get(sample["origin"] or "", sample["origin"] or "")),
        _("Site"): sample["source"],
        _("Patient"): sample["patient_id"],
        _("Used for"): _(SPLITS[part]) if part else _(UNUSED),
    }
    st.markdown("\n".join(f"- {name}: {plain(value)}" for name, value in facts.items() if value))


def _relabel(sample: SampleDetail, labels: Mapping[str, str]) -> None:
    names = list(labels)
    with st.form(f"relabel-{sample['sha256']}"):
        label = st.selectbox(
            _("Class"),
            names,
            index=names.index(sample["label"]) if sample["label"] in names else None,
            format_func=labels.__getitem__,
            key=keyed("films-new-label"),
        )
        remark = st.text_input(_("Why"), max_chars=1000, key="films-relabel-why")
        if st.form_submit_button(_("Save the class"), key="films-relabel") and label:
            decide(sample["sha256"], label, remark)


def decide(sha256: str, label: str, remark: str) -> None:
    """Give a film its class, and say what came of it."""
    try:
        api().relabel(sha256, label=label, remark=remark)
    except ApiError as exc:
        refusal(exc)
        return
    notices.put(notices.IMAGES, _("The film is {label} now.").format(label=label))
    st.rerun()


def _delete(sample: SampleDetail) -> None:
    if not sign_in.allowed("train"):
        return
    with st.popover(_("Delete")):
        st.caption(_("It can be restored for a day; then its file is removed for good."))
        remark = st.text_input(_("Why"), max_chars=1000, key="films-delete-why")
        if st.button(_("Delete this film"), key="films-delete"):
            delete(sample["sha256"], remark, restorable=True)
        st.caption(_("Whoever must be forgotten at once, as a patient has asked for it:"))
        if st.button(_("Erase at once, without a way back"), key="films-erase"):
            delete(sample["sha256"], remark, restorable=False)


def delete(sha256: str, remark: str, *, restorable: bool) -> None:
    """Delete a film, and say until when it can come back."""
    try:
        api().delete_sample(sha256, remark=remark, restorable=restorable)
    except ApiError as exc:
        refusal(exc)
        return
    notices.put(
        notices.IMAGES,
        _("Deleted. *Deleted films* has the way back, for a day.") if restorable else _("Erased."),
    )
    leave()


def _history(sample: SampleDetail) -> None:
    if not sample["history"]:
        return
    rows = [
        {
            _("when"): moment(change["at"]),
            _("what"): _(_what(change)),
            _("before"): change["before"] or "",
            _("after"): change["after"] or "",
            _("by"): change["changed_by"] or "",
            _("why"): change["remark"],
        }
        for change in sample["history"]
    ]
    st.subheader(_("What was done to it"))
    st.dataframe(pd.DataFrame(rows), hide_index=True, placeholder="")


def _what(change: SampleChange) -> str:
    is_confirmed = change["what"] == "relabelled" and change["before"] == change["after"]
    return CONFIRMED if is_confirmed else CHANGES[change["what"]]
