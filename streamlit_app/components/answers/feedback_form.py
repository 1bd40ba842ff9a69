"""What a film did show, said by somebody who knows."""

from collections.abc import Mapping

import streamlit as st

from api_types import Feedback, Prediction
from client import ApiDown, ApiError
from errors import api
from formatting import plain
from language.catalogue import _, keyed

NOTICE = "feedback_said"


def form(answer: Prediction, labels: Mapping[str, str], *, key: str) -> None:
    """A label and a remark; once given, what came of it stands in the form's place."""
    notices: dict[str, str] = st.session_state.setdefault(NOTICE, {})
    if notice := notices.get(answer["id"]):
        st.caption(notice)
        return
    with st.form(f"feedback-{key}", border=False):
        # Nothing is chosen beforehand: the answer must not put the word into anybody's mouth.
        label = st.selectbox(
            _("What does it show?"),
            list(labels),
            index=None,
            format_func=labels.__getitem__,
            key=keyed(f"feedback-label-{key}"),
            placeholder=_("Choose"),
        )
        remark = st.text_input(
            _("Remark"), max_chars=500, placeholder=_("Who read it, or how you know")
        )
        if not st.form_submit_button(_("Save")):
            return
    if label is None:
        st.warning(_("Choose what it shows."))
        return
    try:
        given = api().give_feedback(answer["id"], label=label, remark=remark)
    except (ApiError, ApiDown) as exc:
        st.error(plain(str(exc)))
        return
    notices[answer["id"]] = notice_of(given)
    # On a page of what waits the film is gone with the next run; the toast stays a while.
    st.toast(notices[answer["id"]])
    st.rerun()


def notice_of(given: Feedback) -> str:
    """What came of a word, in a sentence."""
    kind = _("as the model said") if given["agrees"] else _("unlike the model")
    sample = given["sample"]
    if sample is None:
        became = _("The film was not kept, so it is no training sample.")
    elif sample["outcome"] == "stored":
        became = _("The film is a training sample now.")
    elif sample["outcome"] == "conflict":
        became = _("It came with two classes; the page Films, Conflicts, decides.")
    else:
        reason = plain(sample["reason"] or "")
        became = _("The film is no new training sample ({outcome}). {reason}").format(
            outcome=sample["outcome"], reason=reason
        )
    return (
        _("Saved: {label}, {kind}. {became}")
        .format(label=given["label"], kind=kind, became=became)
        .strip()
    )
