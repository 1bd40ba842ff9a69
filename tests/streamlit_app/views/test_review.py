"""The page Review as a person sees it, against the fake API: one film, and a word about it."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import TIMEOUT_S, open_page, shown_by, texts, texts_of
from tests.streamlit_app.waiting_answers import FEEDBACK, ITEM, WAITING, place, press


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
