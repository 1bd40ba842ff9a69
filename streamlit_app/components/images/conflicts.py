"""A film that came with two classes: one beside the other, for a person to decide."""

from collections.abc import Mapping

import streamlit as st

from api_types import Sample, SampleSummary
from components.images import sample_detail, sample_images
from errors import api
from formatting import file_name, moment, plain
from language.catalogue import _, keyed
from language.numbers import written
from session import sign_in

AT_ONCE = 50
# Films that were skipped in this session.
SKIPPED = "conflicts-skipped"
EXAMPLES = 2
# What this page does by a key.
KEYS = ("a", "b", "s")


def show(labels: Mapping[str, str]) -> None:
    page = api().sample_page(limit=AT_ONCE, after=None, disputed=True)
    if not page["samples"]:
        st.info(_("There is no conflict: no film came with two classes."))
        return
    st.caption(
        _(
            "{total} to decide. The same picture came with two classes; no retraining "
            "uses it until somebody has decided."
        ).format(total=written(page["total"]))
    )
    skipped: set[str] = st.session_state.setdefault(SKIPPED, set())
    left = [sample for sample in page["samples"] if sample["sha256"] not in skipped]
    if not left:
        st.info(_("You have skipped all that wait."))
        if st.button(_("Look again"), key="conflict-again"):
            skipped.clear()
            st.rerun()
        return
    if st.button(_("Skip"), key="conflict-skip", shortcut="s"):
        skipped.add(left[0]["sha256"])
        st.rerun()
    _one(left[0], labels, api().samples())


def _one(sample: Sample, labels: Mapping[str, str], summary: SampleSummary) -> None:
    first, second = sample["label"], sample["disputed"] or ""
    a, image, b = st.columns([1, 2, 1], gap="medium")
    with image:
        sample_images.show_large(sample, taken=KEYS)
        st.caption(f"{plain(file_name(sample['filename']))}, {moment(sample['created_at'])}")
    with a:
        _side("A", first, labels, sample, summary)
    with b:
        _side("B", second, labels, sample, summary)
    with st.popover(_("Neither")):
        others = [name for name in labels if name not in (first, second)]
        label = st.selectbox(
            _("What it shows instead"),
            others,
            index=None,
            format_func=labels.__getitem__,
            key=keyed(f"conflict-other-{sample['sha256']}"),
        )
        if st.button(_("Save"), key="conflict-save", disabled=label is None) and label:
            sample_detail.decide(sample["sha256"], label, "Neither of the two.")
        if sign_in.allowed("train") and st.button(
            _("It is no film to learn from: delete it"), key="conflict-delete"
        ):
            sample_detail.delete(sample["sha256"], "Neither of the two.", restorable=True)


def _side(
    name: str, label: str, labels: Mapping[str, str], sample: Sample, summary: SampleSummary
) -> None:
    if st.button(
        f"{name}: {labels.get(label, label)}",
        key=f"conflict-{name.lower()}",
        shortcut=name.lower(),
        width="stretch",
    ):
        sample_detail.decide(sample["sha256"], label, f"Decided for {label}.")
    examples = next((f["examples"] for f in summary["classes"] if f["label"] == label), [])
    if examples:
        st.caption(_("Others of {label}:").format(label=plain(label)))
    for sha256 in examples[:EXAMPLES]:
        sample_images.by_hash(
            sha256, alt=_("Another training film labelled {label}").format(label=label)
        )
