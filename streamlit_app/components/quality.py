"""How often decisions are right: estimated without labels, and as people said."""

import streamlit as st

from api_types import EstimatedAccuracy, Quality
from client import ApiError
from errors import api
from formatting import estimate, percent, plain


def show() -> None:
    """The panel; nothing while no model serves."""
    st.subheader("Are decisions right?")
    try:
        found = api().quality()
    except ApiError as exc:
        st.caption(plain(str(exc)))
        return
    by_probability, by_confidence, by_people = st.columns(3)
    by_probability.metric("Estimated (CBPE)", _shown(found["expected"]), border=True)
    by_confidence.metric("Estimated (ATC)", _shown(found["thresholded"]), border=True)
    realised = found["realised"]
    by_people.metric(
        f"As people said ({realised['n']:,} films)",
        estimate(realised["accuracy"], realised["interval"], percent),
        border=True,
    )
    for reason in found["blanked"]:
        st.info(plain(reason))
    st.caption(_caption(found))


def _shown(found: EstimatedAccuracy | None) -> str:
    return "not known" if found is None else estimate(found["accuracy"], found["interval"], percent)


def _caption(found: Quality) -> str:
    return (
        f"Of the newest {found['decided']:,} decisions of {found['model_version']} "
        f"({found['n']:,} answers; what was referred is no decision), with intervals of 95 %. "
        "Estimates use no labels: the first needs calibrated probabilities, the second films like "
        f"those of the validation. {found['realised']['selection']}"
    )
