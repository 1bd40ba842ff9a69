"""How often decisions are right: estimated without labels, and as people said."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from api_types import EstimatedAccuracy, Quality
from client import ApiError
from errors import api
from formatting import percent, plain, within
from language.api_sentences import translated
from language.catalogue import _
from language.numbers import written


def show() -> None:
    """The panel; nothing while no model serves."""
    st.subheader(_("Are decisions right?"))
    try:
        found = api().quality()
    except ApiError as exc:
        st.caption(plain(str(exc)))
        return
    by_probability, by_confidence, by_people = st.columns(3)
    _estimated(by_probability, _("Estimated (CBPE)"), found["expected"])
    _estimated(by_confidence, _("Estimated (ATC)"), found["thresholded"])
    realised = found["realised"]
    heading = _("As people said ({n} films)").format(n=written(realised["n"]))
    by_people.metric(heading, percent(realised["accuracy"]), border=True)
    by_people.caption(within(realised["interval"]))
    for reason in found["blanked"]:
        st.info(plain(translated(reason)))
    st.caption(_caption(found))


def _estimated(column: DeltaGenerator, name: str, found: EstimatedAccuracy | None) -> None:
    column.metric(name, percent(found["accuracy"]) if found else _("not known"), border=True)
    column.caption(within(found["interval"] if found else None))


def _caption(found: Quality) -> str:
    return _(
        "Of the newest {decided} decisions of {model_version} ({n} answers; what "
        "was referred is no decision), with intervals of 95 %. Estimates use no "
        "labels: the first needs calibrated probabilities, the second films like "
        "those of the validation. {selection}"
    ).format(
        decided=written(found["decided"]),
        model_version=found["model_version"],
        n=written(found["n"]),
        selection=translated(found["realised"]["selection"]),
    )
