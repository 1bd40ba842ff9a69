"""Right or wrong, and one more click to say what the film did show."""

from collections.abc import Mapping, Sequence

import streamlit as st

from api_types import Prediction
from captions import answer_captions
from client import ApiDown, ApiError
from components.answers.feedback_form import NOTICE, notice_of
from errors import api
from formatting import plain
from language.catalogue import N_, _, keyed

RIGHT, WRONG = N_("Right"), N_("Wrong")


def show(
    answer: Prediction, labels: Mapping[str, str], negative_class: str | None, *, key: str
) -> None:
    """The buttons; once it was said, what came of it stands in their place."""
    notices: dict[str, str] = st.session_state.setdefault(NOTICE, {})
    if notice := notices.get(answer["id"]):
        st.caption(notice)
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


def _labels(answer: Prediction, names: Sequence[str], labels: Mapping[str, str], key: str) -> None:
    with st.container(horizontal=True, gap="small"):
        for name in names:
            if st.button(labels[name], key=f"label-{key}-{name}"):
                _save(answer, name)


def _save(answer: Prediction, label: str) -> None:
    try:
        given = api().give_feedback(answer["id"], label=label, remark="")
    except (ApiError, ApiDown) as exc:
        st.error(plain(str(exc)))
        return
    st.session_state[NOTICE][answer["id"]] = notice_of(given)
    st.rerun()
