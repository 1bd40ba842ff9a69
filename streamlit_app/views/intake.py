"""Guided questions about symptoms, as a talk; the address of the page keeps it."""

import streamlit as st

import addresses
from api_types import Intake
from client import ApiError
from components.answers import intake_chat
from components.answers.intake_chat import Chat
from errors import api, guarded, refusal
from language.catalogue import _

# Names in the page's address.
TOPIC, INTAKE = "topic", "intake"
# The talk that this session has seen; its address is not read once more after "Start again".
SEEN = "intake-seen"


@guarded
def show() -> None:
    st.title(_("Intake"))
    st.caption(
        _(
            "Guided questions about symptoms. Published rules say what follows from "
            "the answers, no model does. Nobody asks who you are."
        )
    )
    topics = api().intake_topics()
    chat = Chat("page")
    _continue_from_address(chat)
    if chat.intake is not None and chat.intake["prediction_id"]:
        _link_to_answer(chat.intake, chat.intake["prediction_id"])
    intake_chat.show(chat, topics)
    if chat.intake is not None:
        st.session_state[SEEN] = chat.intake["id"]
        st.query_params.update({TOPIC: chat.intake["topic"], INTAKE: chat.intake["id"]})
    elif INTAKE in st.query_params:
        st.query_params.clear()


def _link_to_answer(intake: Intake, prediction_id: str) -> None:
    """The answer itself is not shown: whoever sees it cannot read its film blinded any more."""
    address = addresses.of_prediction(prediction_id, task=intake["task"])
    st.markdown(
        _(
            "Stands beside [an answer about an image]({address}), which is shown there with its "
            "film; neither changes the other."
        ).format(address=address)
    )


def _continue_from_address(chat: Chat) -> None:
    topic, intake_id = st.query_params.get(TOPIC), st.query_params.get(INTAKE)
    if not topic or not intake_id or chat.intake or intake_id == st.session_state.get(SEEN):
        return
    st.session_state[SEEN] = intake_id
    try:
        chat.keep(api().intake(topic, intake_id))
    except ApiError as exc:
        refusal(exc)
