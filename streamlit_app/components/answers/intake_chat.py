"""Guided questions as a talk: buttons for answers, a number where one is asked, back, restart."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from api_types import Intake, IntakeQuestion, IntakeTopic, Prediction, Status
from client import ApiDown, ApiError, RoentgenClient, address_of
from components.answers import intake_outcome
from errors import api, guarded, refusal
from formatting import plain
from language.catalogue import N_, _

ANSWERS = {"yes": N_("Yes"), "no": N_("No"), "unknown": N_("I don't know")}
PAST_PX = 280
BESIDE = N_("Stands beside the answer about the image; neither changes the other.")


@dataclass(frozen=True, slots=True)
class Chat:
    """A talk in this browser session. `place` tells it from others on the page."""

    place: str

    def key(self, name: str) -> str:
        return f"intake-{self.place}-{name}"

    @property
    def intake(self) -> Intake | None:
        """As the server last gave it; None: not begun."""
        found: Intake | None = st.session_state.get(self.key("now"))
        return found

    @property
    def steps_back(self) -> int:
        """How many answers before the end the question lies that is asked again."""
        steps: int = st.session_state.get(self.key("back"), 0)
        return steps

    def keep(self, intake: Intake | None) -> None:
        st.session_state[self.key("now")] = intake
        st.session_state[self.key("back")] = 0

    @property
    def is_looked_for(self) -> bool:
        """Whether the server was asked for a talk that there is already."""
        return self.key("looked") in st.session_state

    def look_for(self, prediction_id: str) -> None:
        """Go on with the newest talk beside an answer, if there is one.

        Raises: ApiError, ApiDown.
        """
        if known := api().intakes_beside(prediction_id):
            self.keep(known[0])
        st.session_state[self.key("looked")] = True

    @property
    def is_begun_anew(self) -> bool:
        """Whether the person wants another talk than the one that there is."""
        return bool(st.session_state.get(self.key("anew")))

    def begin_anew(self) -> None:
        self.keep(None)
        st.session_state[self.key("anew")] = True

    def go_back(self) -> None:
        st.session_state[self.key("back")] = self.steps_back + 1


@guarded
def beside(answer: Prediction, status: Status, *, place: str) -> None:
    """The talk that stands beside an answer about an image; without one, a way to begin it.

    Nothing where no topic is about this kind of image.
    """
    chat = Chat(place)
    try:
        topics = [topic for topic in _topics(api()) if status["task"] in topic["tasks"]]
        if topics and not chat.is_looked_for:
            chat.look_for(answer["id"])
    except ApiDown:
        # The page says so; what was read stays in view without it.
        return
    if not topics:
        return
    is_asked_for = chat.intake is not None or chat.is_begun_anew
    if not is_asked_for and not st.toggle(_("Add symptoms"), key=chat.key("open")):
        return
    st.caption(_(BESIDE))
    show(chat, topics, prediction_id=answer["id"])


# They change with the server's files.
@st.cache_data(ttl=600.0, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def _topics(client: RoentgenClient) -> list[IntakeTopic]:
    return client.intake_topics()


def show(chat: Chat, topics: Sequence[IntakeTopic], *, prediction_id: str | None = None) -> None:
    """The talk as it stands, or what it can be about."""
    if chat.intake is None:
        _choose(chat, topics, prediction_id)
    elif chat.intake["outcome"] is None:
        _talk(chat, chat.intake)
    else:
        _ended(chat, chat.intake)


def _choose(chat: Chat, topics: Sequence[IntakeTopic], prediction_id: str | None) -> None:
    for topic in topics:
        with st.container(border=True):
            st.subheader(plain(topic["title"]))
            st.write(plain(topic["introduction"]))
            st.caption(
                _("At most {max_questions} questions. From: ").format(
                    max_questions=topic["max_questions"]
                )
                + "; ".join(f"[{plain(of['name'])}]({of['url']})" for of in topic["sources"])
            )
            st.caption(plain(topic["caution"]))
            if st.button(_("Begin"), key=chat.key(f"begin-{topic['name']}"), type="primary"):
                chat.keep(api().start_intake(topic["name"], prediction_id=prediction_id))
                st.rerun()


def _talk(chat: Chat, intake: Intake) -> None:
    answered = len(intake["answers"]) - chat.steps_back
    question = intake["asked"][answered] if chat.steps_back else intake["question"]
    # Places of their own, so that a button stays where the keyboard left it.
    past, now, controls = st.container(), st.container(), st.container(horizontal=True)
    _past(past, intake, answered)
    if question is None:
        now.warning(_("The questions have changed since this talk began. Please start again."))
    else:
        with now:
            _ask(chat, intake, question)
    if controls.button(_("Back"), key=chat.key("back-button"), disabled=answered < 1):
        chat.go_back()
        st.rerun()
    _start_again(chat, controls)


def _past(place: st.delta_generator.DeltaGenerator, intake: Intake, answered: int) -> None:
    at_most = max(intake["progress"]["at_most"], answered + 1)
    place.progress(
        answered / at_most,
        _("Question {answered} of at most {at_most}").format(
            answered=answered + 1, at_most=at_most
        ),
    )
    # A box that scrolls by itself: the question, and later what to do, stay in sight below it.
    box = place.container(height=PAST_PX) if answered else place
    for answer in intake["answers"][:answered]:
        box.chat_message("assistant").write(plain(answer["text"]))
        box.chat_message("user").write(plain(answer["label"]))


def _ask(chat: Chat, intake: Intake, question: IntakeQuestion) -> None:
    with st.chat_message("assistant"):
        st.markdown(f"**{plain(question['text'])}**")
        if question["help"]:
            st.caption(plain(question["help"]))
    given = _number(chat, question) if question["kind"] == "number" else _button(chat, ANSWERS)
    if given is None:
        return
    try:
        chat.keep(api().answer_intake(intake, question["id"], given))
    except (ApiError, ApiDown) as exc:
        refusal(exc)
    else:
        st.rerun()


def _button(chat: Chat, labels: dict[str, str]) -> str | None:
    """The answer whose button was pressed."""
    with st.container(horizontal=True):
        pressed = [name for name in labels if st.button(_(labels[name]), key=chat.key(name))]
    return pressed[0] if pressed else None


def _number(chat: Chat, question: IntakeQuestion) -> int | str | None:
    with st.form(chat.key(f"form-{question['id']}"), border=False):
        number = st.number_input(
            question["unit"].capitalize() or _("Number"),
            min_value=question["minimum"],
            max_value=question["maximum"],
            value=None,
            step=1,
            key=chat.key(f"number-{question['id']}"),
        )
        with st.container(horizontal=True):
            is_sent = st.form_submit_button(_("Answer"), type="primary")
            is_unknown = st.form_submit_button(_(ANSWERS["unknown"]))
    if is_unknown:
        return "unknown"
    if is_sent and number is None:
        st.warning(_("Enter a number, or choose “I don't know”."))
    return int(number) if is_sent and number is not None else None


def _ended(chat: Chat, intake: Intake) -> None:
    intake_outcome.show(intake, key=chat.place)
    controls = st.container(horizontal=True)
    if controls.button(_("Back"), key=chat.key("back-button"), disabled=not intake["answers"]):
        chat.keep(_without_the_last_answer(intake))
        st.rerun()
    _start_again(chat, controls)


def _without_the_last_answer(ended: Intake) -> Intake:
    """A new talk with the same answers but the last, in the place of the one that has ended."""
    again = api().start_intake(ended["topic"], prediction_id=ended["prediction_id"])
    for answer in ended["answers"][:-1]:
        again = api().answer_intake(again, answer["question"], answer["answer"])
    api().delete_intake(ended)
    return again


def _start_again(chat: Chat, place: st.delta_generator.DeltaGenerator) -> None:
    if place.button(_("Start again"), key=chat.key("restart")):
        # What was said half-way, or by mistake, is not to be found beside an image later.
        if chat.intake is not None and chat.intake["outcome"] is None:
            api().delete_intake(chat.intake)
        chat.begin_anew()
        st.rerun()
