"""The page Intake as a person sees it, and intakes beside answers, against the fake API."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Toggle

from intake_page import as_html
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import (
    TIMEOUT_S,
    open_page,
    send_images,
    texts,
    texts_of,
)

START = "/intake/breast"
INTAKE = "/intake/breast/i1"
BEGUN, FIRST_QUESTION, RED_FLAG = (
    answers.recorded(f"intake_{name}") for name in ("begun", "asking", "red_flag")
)
(BESIDE,) = answers.recorded("intakes_beside")["intakes"]
UPLOAD = ("chest.png", b"film", "image/png")


@pytest.fixture
def page(api: FakeApi) -> AppTest:
    """Opened, before a topic is chosen."""
    api.answer("POST", START, BEGUN, status=201)
    api.answer("POST", INTAKE, FIRST_QUESTION)
    api.answer("DELETE", INTAKE, {})
    return open_page("intake")


def press(page: AppTest, label: str) -> AppTest:
    (button,) = [each for each in page.button if each.label == label]
    return button.click().run()


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def sent(api: FakeApi, path: str = INTAKE) -> list[Any]:
    return [json.loads(call.body) for call in api.calls("POST", path)]


@pytest.fixture
def begun(page: AppTest) -> AppTest:
    return page.button(key="intake-page-begin-breast").click().run()


@pytest.fixture
def first_question(begun: AppTest) -> AppTest:
    """After the first answer."""
    begun.number_input[0].set_value(34)
    return press(begun, "Answer")


@pytest.fixture
def ended(first_question: AppTest, api: FakeApi) -> AppTest:
    api.answer("POST", INTAKE, RED_FLAG)
    return press(first_question, "Yes")


class TestBeginning:
    def test_each_topic_says_what_it_is_and_where_it_is_from(self, page: AppTest) -> None:
        assert not page.exception
        assert "A change in the breast" in texts(page)
        assert "NG12" in texts(page)
        assert "does not rule out" in texts(page)

    def test_the_first_question_is_asked_in_a_chat(self, begun: AppTest, api: FakeApi) -> None:
        assert sent(api, START) == [{"prediction_id": None}]
        assert "How old are you?" in texts(begun)
        assert [message.name for message in begun.chat_message] == ["assistant"]
        assert begun.button(key="intake-page-back-button").disabled

    def test_the_address_keeps_it(self, begun: AppTest, api: FakeApi) -> None:
        assert dict(begun.query_params) == {"topic": "breast", "intake": "i1"}
        api.answer("GET", INTAKE, FIRST_QUESTION)
        again = AppTest.from_string(
            "from views import intake\nintake.show()", default_timeout=TIMEOUT_S
        )
        again.query_params.update({"topic": "breast", "intake": "i1"})

        assert "34 years" in texts(again.run())

    def test_one_that_is_gone_is_said(self, api: FakeApi) -> None:
        api.refuse("GET", INTAKE, "No intake with id 'i1'.", status=404)
        page = AppTest.from_string(
            "from views import intake\nintake.show()", default_timeout=TIMEOUT_S
        )
        page.query_params.update({"topic": "breast", "intake": "i1"})

        page.run()

        assert "No intake with id 'i1'." in texts(page)
        assert "Begin" in labels(page)


class TestATalk:
    def test_a_number_is_entered_and_sent(self, first_question: AppTest, api: FakeApi) -> None:
        assert sent(api) == [{"question": "age", "answer": 34}]
        assert "34 years" in texts(first_question)
        assert "Is there a lump" in texts(first_question)
        assert not first_question.number_input

    def test_without_one_nothing_is_sent(self, begun: AppTest, api: FakeApi) -> None:
        press(begun, "Answer")

        assert "Enter a number" in texts(begun)
        assert sent(api) == []

    def test_i_do_not_know_is_an_answer_to_a_number_too(self, begun: AppTest, api: FakeApi) -> None:
        press(begun, "I don't know")

        assert sent(api) == [{"question": "age", "answer": "unknown"}]

    @pytest.mark.parametrize(
        ("label", "value"), [("Yes", "yes"), ("No", "no"), ("I don't know", "unknown")]
    )
    def test_buttons_answer(
        self, first_question: AppTest, api: FakeApi, label: str, value: str
    ) -> None:
        press(first_question, label)

        assert sent(api)[-1] == {"question": "lump", "answer": value}

    def test_nothing_can_be_typed_where_no_number_is_asked(self, first_question: AppTest) -> None:
        assert not first_question.text_input
        assert not first_question.text_area
        assert not first_question.chat_input

    def test_it_says_how_far_it_is(self, first_question: AppTest) -> None:
        assert f"Question 2 of at most {FIRST_QUESTION['progress']['at_most']}" in str(
            [element.proto for element in first_question.get("progress")]
        )

    def test_back_asks_again_and_the_answer_goes_to_the_earlier_question(
        self, first_question: AppTest, api: FakeApi
    ) -> None:
        press(first_question, "Back")
        assert "34 years" not in texts(first_question)
        first_question.number_input[0].set_value(25)

        press(first_question, "Answer")

        assert sent(api)[-1] == {"question": "age", "answer": 25}

    def test_start_again_forgets_it(self, first_question: AppTest, api: FakeApi) -> None:
        press(first_question, "Start again")

        assert len(api.calls("DELETE", INTAKE)) == 1
        assert "Begin" in labels(first_question)
        assert "intake" not in first_question.query_params

    def test_a_refusal_keeps_the_question(self, first_question: AppTest, api: FakeApi) -> None:
        api.refuse("POST", INTAKE, "The questions have changed.", status=409)

        press(first_question, "No")

        assert "The questions have changed." in first_question.warning[0].value
        assert "Yes" in labels(first_question)


class TestTheEnd:
    def test_it_says_what_to_do_why_and_what_to_watch_for(self, ended: AppTest) -> None:
        outcome = RED_FLAG["outcome"]

        assert ended.error[0].value == outcome["title"]
        for text in (*outcome["do"], *outcome["watch_for"], outcome["caution"]):
            assert text in texts(ended)
        assert outcome["rule"]["statement"] in texts(ended)
        assert "1.4.1" in texts(ended)
        assert "Is there a lump in a breast that nobody has explained yet? **Yes**" in texts(ended)

    def test_it_can_be_taken_along(self, ended: AppTest) -> None:
        labels = [element.proto.label for element in ended.get("download_button")]

        assert labels == ["Download as text", "Download to print"]

    def test_the_lowest_level_is_said_calmly(self, first_question: AppTest, api: FakeApi) -> None:
        calm = {**RED_FLAG, "outcome": {**RED_FLAG["outcome"], "rank": 1, "is_red_flag": False}}
        api.answer("POST", INTAKE, calm)

        press(first_question, "No")

        assert not first_question.error
        assert first_question.info[0].value == RED_FLAG["outcome"]["title"]
        assert "does not rule out" in texts(first_question)

    def test_back_gives_all_answers_but_the_last_anew(self, ended: AppTest, api: FakeApi) -> None:
        api.answer("POST", INTAKE, FIRST_QUESTION)
        before = len(sent(api))

        press(ended, "Back")

        assert sent(api)[before:] == [{"question": "age", "answer": 34}]
        assert len(api.calls("DELETE", INTAKE)) == 1
        assert "Is there a lump" in texts(ended)

    def test_the_page_to_print_takes_nothing_for_html(self) -> None:
        page = as_html("<b>", "1 < 2 & “quoted”\n")

        assert "1 &lt; 2 &amp; “quoted”" in page
        assert "<b>" not in page


def _symptoms(page: AppTest) -> Toggle:
    (found,) = [toggle for toggle in page.toggle if toggle.label == "Add symptoms"]
    return found


class TestBesideAnImage:
    @pytest.fixture
    def diagnosed(self, api: FakeApi) -> AppTest:
        page = open_page("diagnose")
        return send_images(page, UPLOAD)

    def test_none_is_begun_until_somebody_wants_it(self, diagnosed: AppTest) -> None:
        assert "Add symptoms" in [toggle.label for toggle in diagnosed.toggle]
        assert "Begin" not in labels(diagnosed)

    def test_a_task_without_a_topic_offers_none(self, api: FakeApi) -> None:
        topics = answers.recorded("intake_topics")["topics"]
        api.answer("GET", "/intake", {"topics": [t for t in topics if t["name"] == "breast"]})

        page = send_images(open_page("diagnose"), UPLOAD)

        assert not page.exception
        assert page.metric
        assert "Add symptoms" not in [toggle.label for toggle in page.toggle]

    def test_only_topics_of_this_kind_of_image_are_offered(self, diagnosed: AppTest) -> None:
        _symptoms(diagnosed).set_value(True).run()

        assert "Cough and breathing" in texts(diagnosed)
        assert "A change in the breast" not in texts(diagnosed)

    def test_it_is_linked_to_the_answer(self, diagnosed: AppTest, api: FakeApi) -> None:
        linked = {**BEGUN, "topic": "respiratory"}
        api.answer("POST", "/intake/respiratory", linked, status=201)

        _symptoms(diagnosed).set_value(True).run()
        press(diagnosed, "Begin")

        (start,) = sent(api, "/intake/respiratory")
        assert start == {"prediction_id": answers.prediction()["id"]}
        assert "How old are you?" in texts(diagnosed)

    def test_one_that_there_is_stands_beside_the_answer_which_stays(
        self, diagnosed: AppTest, api: FakeApi
    ) -> None:
        before = [(metric.label, metric.value) for metric in diagnosed.metric]

        page = self._with_one(api)

        assert BESIDE["outcome"]["title"] in texts_of(page, "warning")
        assert "neither changes the other" in texts(page)
        assert [(metric.label, metric.value) for metric in page.metric] == before
        assert "Add symptoms" not in [toggle.label for toggle in page.toggle]

    def test_another_one_can_be_begun_in_its_place(self, api: FakeApi) -> None:
        page = self._with_one(api)

        press(page, "Start again")

        assert "Begin" in labels(page)
        assert not texts_of(page, "warning")

    def test_the_server_is_asked_once_whether_there_is_one(self, api: FakeApi) -> None:
        page = self._with_one(api)

        page.run()

        asked = api.calls("GET", f"/predictions/{answers.prediction()['id']}/intakes")
        assert (len(asked), len(api.calls("GET", "/intake"))) == (1, 1)

    @staticmethod
    def _with_one(api: FakeApi) -> AppTest:
        """An answer beside which a talk stands."""
        path = f"/predictions/{answers.prediction()['id']}/intakes"
        api.answer("GET", path, {"intakes": [BESIDE]})
        return send_images(open_page("diagnose"), UPLOAD)

    def test_its_own_page_leads_to_the_answer(self, api: FakeApi) -> None:
        path = f"/intake/{BESIDE['topic']}/{BESIDE['id']}"
        api.answer("GET", path, BESIDE)
        page = AppTest.from_string(
            "from views import intake\nintake.show()", default_timeout=TIMEOUT_S
        )
        page.query_params.update({"topic": BESIDE["topic"], "intake": BESIDE["id"]})

        page.run()

        assert not page.exception
        address = f"answers?prediction={BESIDE['prediction_id']}&task={BESIDE['task']}"
        assert f"[an answer about an image]({address})" in texts(page)
        assert not api.calls("GET", f"/predictions/{BESIDE['prediction_id']}")

    def test_the_review_shows_its_title(self, api: FakeApi) -> None:
        (item,) = answers.review()["items"]
        path = f"/predictions/{item['prediction']['id']}/intakes"
        api.answer("GET", path, {"intakes": [BESIDE]})

        page = open_page("review")

        assert f"**{BESIDE['outcome']['title']}**" in texts(page)
        assert "CRB65" in texts(page)
