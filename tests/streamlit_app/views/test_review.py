"""The page Review as a person sees it, against the fake API."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from session.identity import WHO
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import TIMEOUT_S, open_page, shown_by, texts, texts_of

WAITING = answers.review(n=3)
ITEM: dict[str, Any] = WAITING["items"][0]
# The recorded one is of a picture unlike all films.
ITEM["prediction"]["causes"] = ["uncertain"]
FEEDBACK = f"/predictions/{ITEM['id']}/feedback"
OTHERS = tuple(f"/predictions/{item['id']}/intakes" for item in WAITING["items"][1:])


@pytest.fixture
def reviewing(api: FakeApi) -> FakeApi:
    """Three answers wait, and a word about the first can be given and taken back."""
    api.answer("GET", "/review", WAITING)
    for path in OTHERS:
        api.answer("GET", path, {"intakes": []})
    api.answer("POST", FEEDBACK, answers.feedback(), status=201)
    api.answer("DELETE", FEEDBACK, answers.recorded("taken_back"))
    return api


def press(page: AppTest, key: str) -> AppTest:
    return page.button(key=key).click().run()


def place(page: AppTest) -> str:
    """Which film of how many."""
    (bar,) = page.get("progress")
    return str(bar.proto.text)


class TestOneImage:
    def test_it_stands_large_beside_its_answer_and_why_it_waits(self, reviewing: FakeApi) -> None:
        page = open_page("review")

        assert not page.exception
        assert place(page) == "1 of 3"
        assert ITEM["why"][0] in texts(page)
        assert len(reviewing.calls("GET", ITEM["film"])) == 1
        assert "kept=true" in reviewing.calls("GET", "/review")[0].path

    def test_a_class_is_a_key_and_the_next_image_comes(self, reviewing: FakeApi) -> None:
        page = open_page("review")
        keys = [button.proto.shortcut for button in page.button if "label" in (button.key or "")]
        assert keys[:4] == ["1", "2", "3", "4"]

        page.text_input(key=f"review-remark-{ITEM['id']}").set_value("read by two")
        press(page, "review-label-Normal")

        sent = json.loads(reviewing.calls("POST", FEEDBACK)[0].body)
        assert sent == {"label": "Normal", "remark": "read by two"}
        assert "Saved: Normal, unlike the model. The film is a training sample now." in texts(page)
        assert place(page) == "2 of 3"

    def test_right_says_what_the_model_said(self, reviewing: FakeApi) -> None:
        press(open_page("review"), "review-right")

        sent = json.loads(reviewing.calls("POST", FEEDBACK)[0].body)
        assert sent["label"] == ITEM["prediction"]["label"]

    def test_right_names_on_its_button_what_it_saves(self, reviewing: FakeApi) -> None:
        page = open_page("review")

        label = ITEM["prediction"]["label"]
        assert page.button(key="review-right").label == f"Right: {label} (r)"

    def test_of_kinds_left_open_none_is_saved_unseen(self, reviewing: FakeApi) -> None:
        waiting = answers.review(n=3)
        waiting["items"][0]["prediction"] |= {
            "causes": [], "decision": "positive", "label": "COVID-19",
            "possible_labels": ["COVID-19", "Pneumonia-Viral"],
        }  # fmt: skip
        reviewing.answer("GET", "/review", waiting)

        page = open_page("review")

        assert "Kind uncertain" in texts(page)
        assert not [button for button in page.button if button.key == "review-right"]
        assert "names no single class" in texts(page)
        press(page, "review-label-Pneumonia-Viral")
        (sent,) = reviewing.calls("POST", FEEDBACK)
        assert json.loads(sent.body)["label"] == "Pneumonia-Viral"

    @pytest.mark.parametrize(
        ("decision", "label"), [("positive", "Normal"), ("negative", "COVID-19")]
    )
    def test_a_class_against_its_own_decision_is_not_saved_by_one_key(
        self, reviewing: FakeApi, decision: str, label: str
    ) -> None:
        waiting = answers.review(n=3)
        waiting["items"][0]["prediction"] |= {
            "causes": [], "decision": decision, "label": label, "possible_labels": None,
        }  # fmt: skip
        reviewing.answer("GET", "/review", waiting)

        page = open_page("review")

        assert not [button for button in page.button if button.key == "review-right"]
        assert page.button(key=f"review-label-{label}")

    def test_a_word_is_taken_back_and_the_image_is_there_again(self, reviewing: FakeApi) -> None:
        page = press(open_page("review"), "review-label-Normal")

        press(page, "review-undo")

        assert len(reviewing.calls("DELETE", FEEDBACK)) == 1
        assert place(page) == "1 of 3"
        assert "Taken back: Normal." in texts(page)

    def test_skipping_sends_nothing_and_can_be_undone(self, reviewing: FakeApi) -> None:
        page = open_page("review")
        assert page.button(key="review-undo").disabled

        press(press(page, "review-skip"), "review-undo")

        assert place(page) == "1 of 3"
        assert not reviewing.calls("POST", FEEDBACK)
        assert not reviewing.calls("DELETE", FEEDBACK)

    def test_a_refusal_keeps_the_image(self, reviewing: FakeApi) -> None:
        reviewing.refuse("POST", FEEDBACK, "The disk is full.", status=507)

        page = press(open_page("review"), "review-label-Normal")

        assert "The disk is full." in page.error[0].value
        assert place(page) == "1 of 3"

    def test_after_the_last_one_it_says_how_many(self, api: FakeApi) -> None:
        api.answer("POST", FEEDBACK, answers.feedback(), status=201)

        page = press(open_page("review"), "review-label-Normal")

        assert "you said something about 1 film" in texts(page)

    @pytest.mark.parametrize(
        ("outcome", "words"),
        [(None, "was not kept"), ("duplicate", "no new training sample (duplicate). Already")],
    )
    def test_what_did_not_become_a_sample_is_said(
        self, reviewing: FakeApi, outcome: str | None, words: str
    ) -> None:
        answer = answers.feedback(outcome, agrees=True)
        reviewing.answer("POST", FEEDBACK, answer, status=201)

        page = press(open_page("review"), "review-label-Normal")

        assert "as the model said" in texts(page)
        assert words in texts(page)

    def test_it_is_in_the_viewer_with_a_heat_map_only_where_the_body_is(
        self, reviewing: FakeApi
    ) -> None:
        shown = shown_by(open_page("review"), "roentgen_film_viewer")

        assert shown["film"]
        assert shown["heat"]
        assert shown["label"] == ITEM["prediction"]["label"]
        # Those keys are the page's: classes, right, skip, undo.
        assert {"r", "s", "u", "1", "4"} <= set(shown["taken"])
        assert "h" not in shown["taken"]
        assert reviewing.calls("GET", f"/predictions/{ITEM['id']}/heatmap.png")

    def test_of_a_picture_that_is_no_such_film_no_class_is_told(self, reviewing: FakeApi) -> None:
        waiting = answers.review(n=3)
        waiting["items"][0]["prediction"] |= {"causes": ["unlike"], "decision": "refer"}
        reviewing.answer("GET", "/review", waiting)

        page = open_page("review")

        assert "The picture is unlike the films that the model knows." in texts(page)
        assert "Most probable" not in texts(page)
        assert not [button for button in page.button if button.key == "review-right"]
        assert page.button(key="review-skip").proto.type == "primary"
        shown = shown_by(page, "roentgen_film_viewer")
        assert (shown["film"] is not None, shown["heat"], shown["marks"]) == (True, None, False)
        assert not reviewing.calls("GET", f"/predictions/{ITEM['id']}/heatmap.png")

    def test_a_dropped_name_is_named_so(self, api: FakeApi) -> None:
        answer = answers.review()
        answer["items"][0]["prediction"]["filename"] = ""
        api.answer("GET", "/review", answer)

        assert "name dropped" in texts(open_page("review"))

    def test_an_answer_is_deleted_with_a_second_click(self, reviewing: FakeApi) -> None:
        path = f"/predictions/{ITEM['id']}"
        reviewing.answer("DELETE", path, None, status=204)
        page = open_page("review")
        assert not reviewing.calls("DELETE", path)

        press(page, f"delete-{ITEM['id']}")

        assert not page.exception
        assert len(reviewing.calls("DELETE", path)) == 1
        assert place(page) == "1 of 2"


TWICE = """
import streamlit as st
from components.review import review_queue, spoken_words
from errors import api

queue = review_queue.current(api(), review_queue.QueueFilter(None, "", "first", False))
item = queue.items[0]
for _ in range(2):
    {step}
st.caption(f"{{len(queue.steps)}} of {{len(queue.items)}}")
"""


class TestAKeyThatCountsTwice:
    """Before the next film is drawn both are about the one that was open."""

    @pytest.mark.parametrize(
        ("step", "sent"),
        [
            ("spoken_words.answer_with(item, queue, 'Normal')", 1),
            ("spoken_words.skip(item, queue)", 0),
        ],
    )
    def test_it_is_one_word_about_one_film(self, reviewing: FakeApi, step: str, sent: int) -> None:
        page = AppTest.from_string(TWICE.format(step=step), default_timeout=TIMEOUT_S).run()

        assert not page.exception
        assert texts_of(page, "caption") == "1 of 3"
        assert len(reviewing.calls("POST", FEEDBACK)) == sent

    def test_it_takes_back_one_word(self, reviewing: FakeApi) -> None:
        given = "spoken_words.answer_with(queue.items[len(queue.steps)], queue, 'Normal')"
        second = f"/predictions/{WAITING['items'][1]['id']}/feedback"
        reviewing.answer("POST", second, answers.feedback(), status=201)
        reviewing.answer("DELETE", second, answers.recorded("taken_back"))
        undone = "for _ in range(2): spoken_words.undo(queue, 2)\nst.caption(str(len(queue.steps)))"

        page = AppTest.from_string(
            TWICE.format(step=given) + undone, default_timeout=TIMEOUT_S
        ).run()

        assert not page.exception
        assert texts_of(page, "caption").split("\n") == ["2 of 3", "1"]
        assert not reviewing.calls("DELETE", FEEDBACK)


class TestBlinded:
    def test_a_second_reader_sees_no_answer_until_they_have_said_theirs(
        self, reviewing: FakeApi
    ) -> None:
        page = open_page("review")
        reviewing.answer("GET", "/review", answers.review(blinded=True))
        shown = ITEM["prediction"]
        reviewing.answer("GET", f"/predictions/{ITEM['id']}", shown)

        page.selectbox(key="review-reader").set_value("second").run()

        assert "reader=second&blinded=true" in reviewing.calls("GET", "/review")[-1].path
        assert "is hidden until you have said yours" in texts(page)
        assert not [button for button in page.button if button.key == "review-right"]
        press(page, "review-label-Normal")
        assert json.loads(reviewing.calls("POST", FEEDBACK)[0].body)["blinded"] is True
        assert f"The model said {shown['label']}" in texts(page)

    def test_the_heat_map_of_a_hidden_answer_is_not_asked_for(self, reviewing: FakeApi) -> None:
        reviewing.answer("GET", "/review", answers.review(blinded=True))

        shown = shown_by(open_page("review"), "roentgen_film_viewer")

        assert (shown["heat"], shown["labels"], shown["label"]) == (None, [], "")


class TestAfterAReload:
    def test_skipped_films_and_filters_are_as_they_were(self, reviewing: FakeApi) -> None:
        page = logged_in()
        page.selectbox(key="review-reason").set_value("referred").run()
        press(press(page, "review-label-Normal"), "review-skip")
        assert place(page) == "3 of 3"

        again = logged_in(review=page.query_params["review"])

        assert not again.exception
        assert place(again) == "3 of 3"
        assert again.selectbox(key="review-reason").value == "referred"
        assert len(reviewing.calls("GET", "/review")) == 2
        press(press(again, "review-undo"), "review-undo")
        assert len(reviewing.calls("DELETE", FEEDBACK)) == 1

    def test_an_address_of_somebody_else_begins_anew(self, reviewing: FakeApi) -> None:
        page = press(logged_in(), "review-skip")

        other = logged_in("ben", review=page.query_params["review"])

        assert place(other) == "1 of 3"
        assert other.query_params["review"] != page.query_params["review"]


def logged_in(name: str = "ann", **parameters: Any) -> AppTest:
    page = AppTest.from_string("from views import review\nreview.show()", default_timeout=TIMEOUT_S)
    page.session_state[WHO] = {"name": name, "rights": ["read", "label"]}
    for parameter, value in parameters.items():
        page.query_params[parameter] = value
    return page.run()


class TestTheQueue:
    def test_images_that_were_not_kept_are_one_sentence(self, api: FakeApi) -> None:
        api.answer("GET", "/review", {"total": 0, "without_film": 12, "items": []})

        shown = texts(open_page("review"))

        assert "12 answers that fit are not shown, because the film was not kept" in shown
        assert shown.count("ROENTGEN_KEEP_IMAGES") == 1

    def test_an_empty_queue_says_so(self, api: FakeApi) -> None:
        api.answer("GET", "/review", {"total": 0, "without_film": 0, "items": []})

        assert "Nothing waits" in texts(open_page("review"))

    def test_another_reason_asks_anew(self, reviewing: FakeApi) -> None:
        page = open_page("review")

        page.selectbox(key="review-reason").set_value("referred").run()

        paths = [request.path for request in reviewing.calls("GET", "/review")]
        assert ["reason=any" in paths[0], "reason=referred" in paths[1]] == [True, True]
