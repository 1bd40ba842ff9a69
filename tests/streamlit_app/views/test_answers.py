"""The page Answers as a person sees it, against the fake API."""

import csv
import io
from datetime import date
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from api_types import Prediction
from components.viewer import image_viewer
from formatting import percent
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import Answer, FakeApi, png
from tests.streamlit_app.page_checks import (
    TIMEOUT_S,
    metrics,
    open_page,
    shown_by,
    tables,
    texts,
)
from views import answers as answers_page

ANSWER = answers.prediction()
PATH = f"/predictions/{ANSWER['id']}"


def page_of(*given: Any, following: str | None = None) -> dict[str, Any]:
    return {"predictions": list(given), "next_before": following}


def opened(identifier: str) -> AppTest:
    page = AppTest.from_string(
        "from views import answers\nanswers.show()", default_timeout=TIMEOUT_S
    )
    page.query_params["prediction"] = identifier
    return page.run()


def asked(api: FakeApi) -> dict[str, list[str]]:
    return parse_qs(urlsplit(api.calls("GET", "/predictions")[-1].path).query)


class TestTheList:
    def test_answers_stand_in_a_table_newest_first(self, api: FakeApi) -> None:
        api.answer("GET", "/predictions", page_of(ANSWER, answers.referred()))

        page = open_page("answers")

        assert not page.exception
        (frame,) = page.dataframe
        assert list(frame.value["id"]) == [ANSWER["id"], answers.referred()["id"]]
        assert "A person must look" in tables(page)

    def test_of_a_picture_that_is_no_such_film_no_class_is_told(self, api: FakeApi) -> None:
        other = answers.prediction(causes=["unlike"], decision="refer")
        api.answer("GET", "/predictions", page_of(other, ANSWER))

        (frame,) = open_page("answers").dataframe

        first, second = frame.value.to_dict("records")
        assert (first["class"], first["confidence"]) == ("", "")
        assert second["class"] == ANSWER["label"]
        assert second["confidence"] == percent(ANSWER["confidence"])

    def test_what_is_looked_for_is_asked_of_the_server(self, api: FakeApi) -> None:
        api.answer("GET", "/predictions", page_of(ANSWER))
        page = open_page("answers")

        page.text_input(key="answers-name").set_value("ward 3").run()
        page.selectbox(key="answers-decision").select("refer").run()

        assert asked(api) == {"limit": ["100"], "name": ["ward 3"], "decision": ["refer"]}

    def test_filters_are_as_they_were_when_an_answer_is_closed_again(self, api: FakeApi) -> None:
        api.answer("GET", "/predictions", page_of(ANSWER))
        api.answer("GET", PATH, ANSWER)
        page = open_page("answers")
        page.text_input(key="answers-name").set_value("ward 3").run()
        page.selectbox(key="answers-decision").select("refer").run()

        page.query_params["prediction"] = ANSWER["id"]
        page.run()
        page.button(key="answers-all").click().run()

        assert page.text_input(key="answers-name").value == "ward 3"
        assert page.selectbox(key="answers-decision").value == "refer"
        assert asked(api) == {"limit": ["100"], "name": ["ward 3"], "decision": ["refer"]}

    def test_its_file_has_the_fields_of_the_api(self) -> None:
        names, *rows = csv.reader(
            io.StringIO(answers_page.file_of([cast(Prediction, ANSWER)]).decode())
        )

        (row,) = rows
        assert names[:3] == ["created_at", "filename", "decision"]
        assert dict(zip(names, row, strict=True))["decision"] == ANSWER["decision"]

    def test_days_are_whole_ones(self, api: FakeApi) -> None:
        api.answer("GET", "/predictions", page_of(ANSWER))
        page = open_page("answers")

        page.date_input(key="answers-days").set_value([date(2026, 11, 3), date(2026, 11, 4)]).run()

        assert asked(api)["since"] == ["2026-11-03T00:00:00+00:00"]
        assert asked(api)["until"] == ["2026-11-05T00:00:00+00:00"]

    def test_one_turns_to_older_answers_and_back(self, api: FakeApi) -> None:
        api.answer("GET", "/predictions", page_of(ANSWER, following="last-of-page"))
        page = open_page("answers")
        assert page.button(key="answers-newer").disabled

        page.button(key="answers-older").click().run()
        assert asked(api)["before"] == ["last-of-page"]
        page.button(key="answers-newer").click().run()

        assert "before" not in asked(api)

    def test_one_is_opened_by_name_and_the_next_from_there(self, api: FakeApi) -> None:
        """All that a keyboard needs: a field to choose from, and buttons."""
        other = answers.referred()
        api.answer("GET", "/predictions", page_of(ANSWER, other))
        for answer in (ANSWER, other):
            api.answer("GET", f"/predictions/{answer['id']}", answer)
        page = open_page("answers")

        field = page.selectbox(key="answers-table-by-name")
        assert ANSWER["filename"] in field.options[0]
        field.select_index(0).run(timeout=TIMEOUT_S)
        assert page.query_params["prediction"] == ANSWER["id"]
        assert page.button(key="answers-newer-one").disabled

        page.button(key="answers-older-one").click().run(timeout=TIMEOUT_S)
        assert page.query_params["prediction"] == other["id"]
        assert page.button(key="answers-older-one").disabled

        page.button(key="answers-all").click().run(timeout=TIMEOUT_S)
        assert page.selectbox(key="answers-table-by-name").value is None
        assert not page.exception

    @pytest.mark.parametrize(
        ("name", "words"), [("", "No answer was given"), ("x", "No answer fit")]
    )
    def test_an_empty_list_says_why(self, api: FakeApi, name: str, words: str) -> None:
        api.answer("GET", "/predictions", page_of())
        page = open_page("answers")

        page.text_input(key="answers-name").set_value(name).run()

        assert words in texts(page)


class TestOneAnswer:
    def test_its_address_opens_it_with_its_image(self, api: FakeApi) -> None:
        api.answer("GET", PATH, ANSWER)
        api.answers["GET", f"{PATH}/film.png"] = Answer(200, "image/png", png())

        page = opened(ANSWER["id"])

        assert not page.exception
        assert metrics(page)
        assert f"answers?prediction={ANSWER['id']}" in texts(page)
        assert shown_by(page, image_viewer.NAME)["film"]
        sizes = [
            call.path.partition("side_px=")[2] for call in api.calls("GET", f"{PATH}/film.png")
        ]
        assert sizes == ["4096", "96"]

    def test_without_its_image_the_answer_is_still_there(self, api: FakeApi) -> None:
        api.answer("GET", PATH, ANSWER)
        api.refuse("GET", f"{PATH}/film.png", "The film was not kept.", status=404)

        page = opened(ANSWER["id"])

        assert not page.exception
        assert "film is not kept" in shown_by(page, image_viewer.NAME)["note"]
        assert metrics(page)

    def test_ones_own_word_about_it_is_shown(self, api: FakeApi) -> None:
        api.answer("GET", PATH, {**ANSWER, "feedback": answers.own_feedback(agrees=True)})

        page = opened(ANSWER["id"])

        assert "You said: Normal, as the model said." in texts(page)
        assert page.button(key=f"take-back-stored-{ANSWER['id']}-{ANSWER['id']}")

    def test_one_that_is_gone_is_said_so_and_leads_back(self, api: FakeApi) -> None:
        api.refuse("GET", PATH, "No prediction with id.", status=404)
        api.answer("GET", "/predictions", page_of())
        page = opened(ANSWER["id"])
        assert "No prediction with id" in texts(page)

        page.button(key="answers-all").click().run()

        assert "prediction" not in page.query_params
        assert "No answer was given" in texts(page)
