"""What a retraining would learn if it began now, how long it would take, and what it needs."""

import streamlit as st

from api_types import RetrainingPlan, SampleSummary
from captions import data_captions
from components.answers import row_form
from formatting import images, rows_of
from language.catalogue import _
from language.numbers import written


def show(summary: SampleSummary, plan: RetrainingPlan) -> None:
    """Films by class, against what is needed; then sources, what is new, and the time."""
    st.subheader(_("What a retraining would learn"))
    for column, of_class in zip(
        st.columns(len(summary["classes"])), summary["classes"], strict=True
    ):
        column.metric(of_class["label"], written(of_class["count"]), border=True)
    count = rows_of if row_form.is_table() else images
    if not summary["ready"]:
        share = min(summary["total"] / max(summary["min_images"], 1), 1.0)
        covered = sum(of_class["count"] > 0 for of_class in summary["classes"])
        st.progress(
            share,
            _(
                "{count} of {covered} classes; needed are {min_images} of at least {min_classes}."
            ).format(
                count=count(summary["total"]),
                covered=covered,
                min_images=summary["min_images"],
                min_classes=summary["min_classes"],
            ),
        )
    lines = data_captions.plan(plan, count)
    st.markdown("\n".join(f"- {line}" for line in lines))
