"""The training films: found, looked at, corrected, deleted and brought back."""

import streamlit as st

from components import filter_choices
from components.answers import row_form
from components.images import conflicts, deleted_images, doubtful, gallery, sample_detail
from components.images.gallery import SAMPLE
from components.state import notices
from errors import api, guarded
from formatting import labels_of
from language.catalogue import N_, _, keyed

SECTIONS = (N_("All films"), N_("Conflicts"), N_("Doubtful labels"), N_("Deleted films"))


@guarded
def show() -> None:
    st.title(_("Films"))
    notices.show(notices.IMAGES)
    labels = labels_of(api().status())
    if sha256 := st.query_params.get(SAMPLE):
        sample_detail.show(sha256, labels)
        return
    section = st.segmented_control(
        _("What to look at"), SECTIONS, format_func=_,
        default=filter_choices.last("films-section", SECTIONS[0]),
        key=keyed("films-section"), required=True, label_visibility="collapsed",
    )  # fmt: skip
    filter_choices.remember("films-section", section)
    if section == SECTIONS[0] or row_form.is_table():
        gallery.show(labels)
    elif section == SECTIONS[1]:
        conflicts.show(labels)
    elif section == SECTIONS[2]:
        doubtful.show(labels)
    else:
        deleted_images.show()
