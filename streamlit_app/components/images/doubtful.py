"""Films whose label the other films contradict, as the newest retraining found them."""

import streamlit as st

from api_types import Check, Job
from client import ApiError
from components.images import sample_pictures
from components.images.gallery import CELL_PX, go_to
from errors import api
from formatting import moment, plain
from language.catalogue import _


def show() -> None:
    found = newest(api().jobs())
    if found is None:
        st.info(_("No retraining has found a label to doubt."))
        return
    job, check = found
    st.markdown(plain(check["detail"]))
    st.caption(
        _(
            "Found by the retraining of {finished_at}, the most doubtful first: a "
            "model that did not learn from the film expects another class."
        ).format(finished_at=moment(job["finished_at"]))
    )
    with st.container(horizontal=True):
        for sha256 in check["films"]:
            with st.container(width=CELL_PX):
                _one(sha256)


def newest(jobs: list[Job]) -> tuple[Job, Check] | None:
    """The newest retraining that named films, with its check."""
    for job in jobs:
        for check in job["verdict"]["checks"] if job["verdict"] else ():
            if check["films"]:
                return job, check
    return None


def _one(sha256: str) -> None:
    try:
        sample = api().sample(sha256)
    except ApiError:
        st.caption(_("{sha256} is no longer there.").format(sha256=sha256[:12]))
        return
    sample_pictures.show(sample)
    if st.button(sample["label"], key=f"doubtful-{sha256}", width="stretch"):
        go_to(sha256)
