"""The page Review as a person sees it, against the fake API."""

import json

import pytest

from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import (
    open_page,
    texts,
)

WAITING = answers.review()
(ITEM,) = WAITING["items"]
FEEDBACK = f"/predictions/{ITEM['prediction']['id']}/feedback"


class TestReview:
    def test_the_image_stands_beside_its_answer_and_why_it_waits(self, api: FakeApi) -> None:
        api.answer("GET", "/review", answers.review())

        page = open_page("review")

        assert not page.exception
        assert f"1 of {WAITING['total']} that wait." in texts(page)
        assert ITEM["why"][0] in texts(page)
        assert len(api.calls("GET", ITEM["film"])) == 1

    def test_an_image_that_was_not_stored_is_named_with_the_setting(self, api: FakeApi) -> None:
        api.answer("GET", "/review", answers.review(is_stored=False))

        assert "ROENTGEN_KEEP_IMAGES" in texts(open_page("review"))

    def test_a_word_is_sent_and_what_came_of_it_is_said(self, api: FakeApi) -> None:
        api.answer("GET", "/review", answers.review(is_stored=False))
        api.answer("POST", FEEDBACK, answers.feedback(), status=201)
        page = open_page("review")

        page.selectbox[0].select("Normal")
        page.text_input[0].set_value("read by two")
        page.button[0].click().run()

        sent = json.loads(api.calls("POST", FEEDBACK)[0].body)
        assert sent == {"label": "Normal", "remark": "read by two"}
        assert "Saved: Normal, unlike the model. The film is a training sample now." in texts(page)
        assert not page.selectbox

    @pytest.mark.parametrize(
        ("outcome", "words"),
        [(None, "was not kept"), ("duplicate", "no new training sample (duplicate). Already")],
    )
    def test_what_did_not_become_a_sample_is_said(
        self, api: FakeApi, outcome: str | None, words: str
    ) -> None:
        api.answer("GET", "/review", answers.review(is_stored=False))
        answer = answers.feedback(outcome, agrees=True)
        api.answer("POST", FEEDBACK, answer, status=201)
        page = open_page("review")

        page.selectbox[0].select("Normal")
        page.button[0].click().run()

        assert "as the model said" in texts(page)
        assert words in texts(page)

    def test_a_refusal_keeps_the_form(self, api: FakeApi) -> None:
        api.answer("GET", "/review", answers.review(is_stored=False))
        api.refuse("POST", FEEDBACK, "The disk is full.", status=507)
        page = open_page("review")

        page.selectbox[0].select("Normal")
        page.button[0].click().run()

        assert "The disk is full." in page.error[0].value
        assert len(page.selectbox) == 1

    def test_nothing_is_chosen_beforehand_and_nothing_is_sent_without_a_choice(
        self, api: FakeApi
    ) -> None:
        page = open_page("review")
        assert page.selectbox[0].value is None

        page.button[0].click().run()

        assert "Choose what it shows." in texts(page)
        assert not api.calls("POST", FEEDBACK)

    def test_an_empty_queue_says_so(self, api: FakeApi) -> None:
        api.answer("GET", "/review", {"total": 0, "items": []})

        assert "Nothing waits" in texts(open_page("review"))

    def test_a_dropped_name_is_named_so(self, api: FakeApi) -> None:
        answer = answers.review(is_stored=False)
        answer["items"][0]["prediction"]["filename"] = ""
        api.answer("GET", "/review", answer)

        assert "name dropped" in texts(open_page("review"))

    def test_an_answer_is_deleted_with_a_second_click(self, api: FakeApi) -> None:
        path = f"/predictions/{ITEM['prediction']['id']}"
        api.answer("DELETE", path, None, status=204)
        page = open_page("review")
        assert not api.calls("DELETE", path)

        page.button(key=f"delete-{ITEM['prediction']['id']}").click().run()

        assert not page.exception
        assert len(api.calls("DELETE", path)) == 1

    def test_a_deletion_that_is_refused_is_said(self, api: FakeApi) -> None:
        path = f"/predictions/{ITEM['prediction']['id']}"
        api.refuse("DELETE", path, "The disk is full.", status=507)
        page = open_page("review")

        page.button(key=f"delete-{ITEM['prediction']['id']}").click().run()

        assert "The disk is full." in page.error[0].value
