"""The queue of the page Review: for a second reader, after a reload, with nothing in it."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from session.identity import WHO
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import TIMEOUT_S, open_page, shown_by, texts
from tests.streamlit_app.waiting_answers import FEEDBACK, ITEM, place, press


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
