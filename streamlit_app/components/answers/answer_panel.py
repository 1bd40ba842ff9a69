"""What stands beside a film: the decision first, then what it rests on, then what it is worth."""

from typing import Literal

import streamlit as st

import addresses
from api_types import Prediction, Status
from captions import answer_captions
from charts.data_charts import probability_bars
from charts.palette import colours_of
from components.answers import archive_files, feedback_buttons, intake_chat, row_form
from formatting import labels_of, plain
from language.api_sentences import translated
from language.catalogue import _
from session import sign_in
from worklist.order import NAMES

Colour = Literal["red", "green", "orange", "blue"]
COLOURS: dict[str, Colour] = {
    "positive": "red",
    "negative": "green",
    "refer": "orange",
    "accept": "blue",
}
ICONS = {
    "positive": ":material/add_circle:",
    "negative": ":material/do_not_disturb_on:",
    "refer": ":material/person_search:",
    "accept": ":material/check_circle:",
}


def show(answer: Prediction, status: Status, *, key: str, takes_feedback: bool = True) -> None:
    """`takes_feedback`: a person may say whether it was right; not about an example film."""
    decided = answer["decision"]
    st.badge(_(NAMES[decided]), icon=ICONS[decided], color=COLOURS[decided])
    if answer_captions.is_other_image(answer):
        st.markdown(f"**{answer_captions.decision(answer)}**")
        _why(answer)
    else:
        st.subheader(answer_captions.decision(answer), anchor=False)
        _metrics(answer, status)
        _why(answer)
        if worth := answer_captions.worth(answer):
            st.markdown(_("**What this decision is worth here.** {worth}").format(worth=worth))
    if takes_feedback and sign_in.allowed("label"):
        feedback_buttons.show(answer, labels_of(status), status["negative_class"], key=key)
    if takes_feedback:
        intake_chat.beside(answer, status, place=key)
    if not row_form.is_table():
        archive_files.show(answer, key=key)
    with st.expander(_("Model and time")):
        st.caption(plain(answer_captions.footnote(answer)))
        st.caption(
            _("[Address of this answer]({of_prediction})").format(
                of_prediction=addresses.of_prediction(answer["id"])
            )
        )


def _metrics(answer: Prediction, status: Status) -> None:
    """Whether there is a finding and of which kind are two questions."""
    negative = status["negative_class"]
    name, share = answer_captions.kind(answer, negative)
    kinds = answer_captions.open_kinds(answer)
    if found := answer_captions.finding(answer, negative):
        st.metric(_("Probability of any finding"), found[0], help=found[1] or None)
        if kinds:
            st.markdown(
                _("**Kind uncertain**: {kinds}.").format(kinds=plain(_(" or ").join(kinds)))
            )
        else:
            st.metric(
                _("Most probable kind: {name}").format(name=name),
                share,
                help=translated(status["classes"].get(name, "")) or None,
            )
    else:
        st.metric(
            _("Most probable: {name}").format(name=name),
            share,
            help=translated(status["classes"].get(name, "")) or None,
        )
    st.altair_chart(probability_bars(answer["probabilities"], colours_of(status)))


def _why(answer: Prediction) -> None:
    """Why a person must look, or what decided."""
    lines = "\n".join(f"- {plain(translated(reason))}" for reason in answer["reasons"])
    if answer["decision"] == "refer":
        st.markdown(
            _("**Why a person must look: {causes}.**\n\n{lines}").format(
                causes=answer_captions.causes(answer), lines=lines
            )
        )
    elif lines:
        st.caption(lines)
