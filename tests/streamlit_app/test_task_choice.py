"""The switch between tasks: in the sidebar, in the URL, and in what is asked."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import TIMEOUT_S

APP = Path(__file__).parents[2] / "streamlit_app/app.py"
OWN = "/tasks/twin"


@pytest.fixture
def two(api: FakeApi) -> FakeApi:
    """A server of two tasks; the second has a model of its own."""
    api.answer("GET", "/tasks", answers.tasks())
    api.answer("GET", f"{OWN}/status", answers.status(task="twin", model_version="v1"))
    api.answer("GET", f"{OWN}/models/v1/card", answers.old_card())
    return api


def opened(**url: str) -> AppTest:
    page = AppTest.from_file(APP, default_timeout=TIMEOUT_S)
    for name, value in url.items():
        page.query_params[name] = value
    return page.run()


class TestTheSwitch:
    def test_with_one_task_there_is_none(self, api: FakeApi) -> None:
        listed = answers.tasks()
        api.answer("GET", "/tasks", listed | {"tasks": listed["tasks"][:1]})

        page = opened()

        assert not page.exception
        assert [box.label for box in page.sidebar.selectbox] == ["Language"]

    def test_it_shows_all_titles_and_begins_with_the_default(self, two: FakeApi) -> None:
        page = opened()

        switch, language = page.sidebar.selectbox
        assert switch.value == "pneumonia"
        assert switch.options[1] == "The same again"
        assert language.label == "Language"
        assert two.calls("GET", f"{OWN}/status") == []

    def test_what_is_chosen_is_asked_for_and_stands_in_the_url(self, two: FakeApi) -> None:
        page = opened()
        page.sidebar.selectbox[0].select("twin").run()

        assert not page.exception
        assert page.query_params["task"] in ("twin", ["twin"])
        assert two.calls("GET", f"{OWN}/status")
        assert "Serving v1" in [text.value for text in page.sidebar.markdown]

    def test_back_at_the_default_the_url_names_none(self, two: FakeApi) -> None:
        page = opened(task="twin")
        page.sidebar.selectbox[0].select("pneumonia").run()

        assert "task" not in page.query_params
        assert "Serving v2" in [text.value for text in page.sidebar.markdown]


class TestTheUrl:
    def test_it_opens_the_task_that_it_names(self, two: FakeApi) -> None:
        page = opened(task="twin")

        assert page.sidebar.selectbox[0].value == "twin"
        assert page.title[0].value == "The same again"

    def test_an_unknown_task_is_said(self, two: FakeApi) -> None:
        two.refuse("GET", "/tasks/none/*", "There is no task 'none' here.", status=404)

        page = opened(task="none")

        assert not page.exception
        assert "no task 'none'" in page.sidebar.warning[0].value


class TestATaskWithoutAModel:
    WHY = "There is no model of the task 'twin' here; train one."

    @pytest.fixture
    def page(self, two: FakeApi) -> AppTest:
        listed = answers.tasks()
        first, second = listed["tasks"]
        without = second | {"champion": None, "problem": self.WHY}
        two.answer("GET", "/tasks", listed | {"tasks": [first, without]})
        two.refuse("GET", f"{OWN}/*", self.WHY, status=503)
        del two.answers["GET", f"{OWN}/status"]
        return opened(task="twin")

    def test_the_switch_says_so(self, page: AppTest) -> None:
        assert page.sidebar.selectbox[0].options[1] == "The same again (no model yet)"

    @pytest.mark.usefixtures("page")
    def test_it_says_so_in_french_too(self) -> None:
        switch = opened(task="twin", lang="fr").sidebar.selectbox[0]

        assert switch.options[1] == "The same again (pas encore de modèle)"

    def test_the_page_says_what_to_do(self, page: AppTest) -> None:
        assert not page.exception
        assert self.WHY in [warning.value for warning in page.main.warning]
