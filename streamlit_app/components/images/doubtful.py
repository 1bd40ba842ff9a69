"""Films whose label the other films contradict, as the newest retraining found them."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from api_types import Check, Job, LabelIssue, SampleDetail
from client import ApiError
from components.images import sample_detail, sample_images
from components.images.gallery import CELL_PX, go_to
from errors import api
from formatting import instant, moment, percent, plain
from language.api_sentences import translated
from language.catalogue import _, ngettext
from language.numbers import written

# The reasons that are kept where somebody takes what the other films say, or knows better.
TAKEN, CONFIRMED = "As the other films say.", "Right, whatever the other films say."
# What is written down of a film when a person gives it its class.
DECIDED = frozenset({"relabelled", "resolved"})


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A film whose label is doubted; `doubt` is None where the retraining did not write down why,
    `sample` where the film is no longer there."""

    sha256: str
    sample: SampleDetail | None
    issue: LabelIssue | None


def show(labels: Mapping[str, str]) -> None:
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
    issues = {issue["sha256"]: issue for issue in check.get("label_issues") or ()}
    listed = [Doubtful(sha256, _sample(sha256), issues.get(sha256)) for sha256 in check["films"]]
    waiting = [
        entry
        for entry in listed
        if entry.sample is None or not decided_since(entry.sample, job["finished_at"])
    ]
    if decided := len(listed) - len(waiting):
        st.caption(
            ngettext(
                "{count} film got its class from a person since, and is left out.",
                "{count} films got their class from a person since, and are left out.",
                decided,
            ).format(count=written(decided))
        )
    with st.container(horizontal=True, key="gallery-doubtful"):
        for entry in waiting:
            with st.container(width=CELL_PX):
                _one(entry, labels)


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


def expectation(issue: LabelIssue, labels: Mapping[str, str]) -> str:
    """'Labelled Normal; the others say COVID-19 (93 %).'"""
    expected = issue["expected"]
    return _("Labelled {label}; the others say {expected} ({probability}).").format(
        label=_named(issue["label"], labels),
        expected=_named(expected, labels) if expected else _("a finding"),
        probability=percent(issue["probability"], digits=0),
    )


def _named(label: str, labels: Mapping[str, str]) -> str:
    """A class by its name, a coarse label by what it means, as it stands within a sentence."""
    meaning = labels.get(label, label)
    return label if meaning == label else f"{meaning[:1].lower()}{meaning[1:]}"


def _one(entry: Doubtful, labels: Mapping[str, str]) -> None:
    sample, issue = entry.sample, entry.issue
    if sample is None:
        st.caption(_("{sha256} is no longer there.").format(sha256=entry.sha256[:12]))
        return
    sample_images.show(sample)
    if issue:
        st.caption(plain(expectation(issue, labels)))
    if st.button(sample["label"], key=f"doubtful-{entry.sha256}", width="stretch",
                 icon=":material/open_in_full:"):  # fmt: skip
        go_to(entry.sha256)
    expected = issue["expected"] if issue else None
    if expected and expected != sample["label"]:
        name = _("It is {label}").format(label=_named(expected, labels))
        if st.button(name, key=f"take-{entry.sha256}", width="stretch"):
            sample_detail.decide(entry.sha256, expected, TAKEN)
    if st.button(_("The class is right"), key=f"confirm-{entry.sha256}", width="stretch"):
        sample_detail.decide(entry.sha256, sample["label"], CONFIRMED)
