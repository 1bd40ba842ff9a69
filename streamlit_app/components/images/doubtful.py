"""Films whose label the other films contradict, as the newest retraining found them."""

import streamlit as st

from api_types import Check, Job, SampleDetail
from client import ApiError
from components.images import sample_images
from components.images.gallery import CELL_PX, go_to
from errors import api
from formatting import instant, moment, plain
from language.api_sentences import translated
from language.catalogue import _, ngettext
from language.numbers import written

# What is written down of a film when a person gives it its class.
DECIDED = frozenset({"relabelled", "resolved"})


def show() -> None:
    found = newest(api().jobs())
    if found is None:
        st.info(_("No retraining has found a label to doubt."))
        return
    job, check = found
    st.markdown(plain(translated(check["detail"])))
    st.caption(
        _(
            "Found by the retraining of {finished_at}, the most doubtful first: a "
            "model that did not learn from the film expects another class."
        ).format(finished_at=moment(job["finished_at"]))
    )
    listed = [(sha256, _sample(sha256)) for sha256 in check["films"]]
    waiting = [
        (sha256, sample)
        for sha256, sample in listed
        if sample is None or not decided_since(sample, job["finished_at"])
    ]
    if decided := len(listed) - len(waiting):
        st.caption(
            ngettext(
                "{count} film got its class from a person since, and is left out.",
                "{count} films got their class from a person since, and are left out.",
                decided,
            ).format(count=written(decided))
        )
    with st.container(horizontal=True):
        for sha256, sample in waiting:
            with st.container(width=CELL_PX):
                _one(sha256, sample)


def newest(jobs: list[Job]) -> tuple[Job, Check] | None:
    """The newest retraining that named films, with its check."""
    for job in jobs:
        for check in job["verdict"]["checks"] if job["verdict"] else ():
            if check["films"]:
                return job, check
    return None


def decided_since(sample: SampleDetail, moment: str | None) -> bool:
    """Whether a person has said since what the film shows."""
    return moment is not None and any(
        change["what"] in DECIDED and instant(change["at"]) > instant(moment)
        for change in sample["history"]
    )


def _sample(sha256: str) -> SampleDetail | None:
    try:
        return api().sample(sha256)
    except ApiError:
        return None


def _one(sha256: str, sample: SampleDetail | None) -> None:
    if sample is None:
        st.caption(_("{sha256} is no longer there.").format(sha256=sha256[:12]))
        return
    sample_images.show(sample)
    if st.button(sample["label"], key=f"doubtful-{sha256}", width="stretch"):
        go_to(sha256)
