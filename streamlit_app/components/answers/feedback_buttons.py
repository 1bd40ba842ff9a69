"""Right or wrong, and one more click to say what the film did show; and back."""

from collections.abc import Mapping, Sequence

import streamlit as st

from api_types import Prediction
from captions import answer_captions
from client import ApiDown, ApiError
from components.answers import feedback_form
from errors import api, refusal
from language.catalogue import N_, _, keyed

RIGHT, WRONG = N_("Right"), N_("Wrong")
# By answer: what this person has said about it, in a sentence; empty: nothing, or taken back.
NOTICES = "feedback-notices"


def show(
    answer: Prediction, labels: Mapping[str, str], negative_class: str | None, *, key: str
) -> None:
    """The buttons; once it was said, what came of it stands in their place, with the way back."""
    if sentence := _notice(answer):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.caption(sentence, width="content")
            if st.button(_("Take back"), key=f"take-back-{key}"):
                _take_back(answer)
        return
    if answer_captions.is_other_image(answer):
        # None of the classes fits a picture of something else.
        st.caption(
            _(
                "If it is a film of this kind all the same, say what it shows on the page Review; "
                "a picture of something else needs no word."
            )
        )
        return
    if answer["decision"] == "refer":
        st.markdown(_("**What does it show?** For who has looked at it."))
        _labels(answer, list(labels), labels, key)
        return
    verdict = st.segmented_control(
        _("Was the answer right?"),
        [RIGHT, WRONG],
        format_func=_,
        key=keyed(f"verdict-{key}"),
        width="stretch",
    )
    if verdict is None:
        return
    fitting = answer_captions.choices(answer, labels, negative_class, was_right=verdict == RIGHT)
    st.caption(_("What does the film show?"))
    _labels(answer, fitting, labels, key)


def _notice(answer: Prediction) -> str:
    """What was said already, in this session or before it; the server is asked once an answer."""
    notices: dict[str, str] = st.session_state.setdefault(NOTICES, {})
    identifier = answer["id"]
    if identifier not in notices:
        try:
            word = answer.get("feedback") or api().own_feedback(identifier)
        except (ApiError, ApiDown):
            # Asked again with the next look at the page.
            return ""
        notices[identifier] = feedback_form.earlier_notice_of(word) if word else ""
    return notices[identifier]


def _labels(answer: Prediction, names: Sequence[str], labels: Mapping[str, str], key: str) -> None:
    with st.container(horizontal=True, gap="small"):
        for name in names:
            if st.button(labels[name], key=f"label-{key}-{name}"):
                _save(answer, name)


def _save(answer: Prediction, label: str) -> None:
    try:
        given = api().give_feedback(answer["id"], label=label, remark="")
    except (ApiError, ApiDown) as exc:
        refusal(exc)
        return
    st.session_state[NOTICES][answer["id"]] = feedback_form.notice_of(given)
    st.rerun()


def _take_back(answer: Prediction) -> None:
    """An earlier word may count then, which the server knows."""
    try:
        api().take_back_feedback(answer["id"])
    except (ApiError, ApiDown) as exc:
        refusal(exc)
        return
    answer.pop("feedback", None)
    del st.session_state[NOTICES][answer["id"]]
    st.rerun()
