"""Films that were deleted within the last day, and the way back."""

import streamlit as st

from api_types import DeletedSample
from client import ApiError
from components.images import sample_images
from components.images.gallery import CELL_PX
from components.state import notices
from errors import api, refusal
from formatting import images, moment, plain
from language.catalogue import _
from session import sign_in


def show() -> None:
    found = api().deleted_samples()
    if not found:
        st.info(_("Nothing was deleted in the last day."))
        return
    st.caption(
        _("{images}; each can be restored for a day after it was deleted.").format(
            images=images(len(found))
        )
    )
    with st.container(horizontal=True, key="gallery-deleted"):
        for image in found:
            with st.container(width=CELL_PX):
                _one(image)


def _one(image: DeletedSample) -> None:
    sample = image["sample"]
    sample_images.show(sample)
    why = _(" Why: {remark}.").format(remark=plain(image["remark"])) if image["remark"] else ""
    by = (
        _(" by {deleted_by}").format(deleted_by=plain(image["deleted_by"]))
        if image["deleted_by"]
        else ""
    )
    st.caption(
        _("{label}. Deleted{by}; until {until}.{why}").format(
            label=sample["label"], by=by, until=moment(image["until"]), why=why
        )
    )
    if not sign_in.allowed("train"):
        return
    if st.button(_("Restore"), key=f"restore-{sample['sha256']}", width="stretch"):
        try:
            api().restore_sample(sample["sha256"])
        except ApiError as exc:
            refusal(exc)
            return
        notices.put(notices.IMAGES, _("The film of {label} is back.").format(label=sample["label"]))
        st.rerun()
