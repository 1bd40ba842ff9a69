"""The whole application: its navigation, and every page without an API."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi, png
from tests.streamlit_app.page_checks import TIMEOUT_S, open_page, send_images

PAGES = (
    "diagnose", "intake", "site_check", "model_card", "review", "images", "train", "insights",
    "monitor", "privacy", "versions",
)  # fmt: skip
APP = Path(__file__).parents[2] / "streamlit_app/app.py"


class TestWithoutAnApi:
    @pytest.mark.parametrize("name", PAGES)
    @pytest.mark.usefixtures("no_api")
    def test_every_page_says_what_to_do(self, name: str) -> None:
        page = open_page(name)

        assert not page.exception
        assert "Try again" in page.error[0].value
        assert "uvicorn" not in page.error[0].value
        assert "uvicorn api.main:app" in page.expander[0].markdown[0].value

    @pytest.mark.usefixtures("no_api")
    def test_the_sidebar_says_so_too(self) -> None:
        page = AppTest.from_file(APP, default_timeout=TIMEOUT_S).run()

        assert not page.exception
        assert any("cannot be reached" in text.value for text in page.sidebar.markdown)

    @pytest.mark.parametrize("name", PAGES)
    def test_a_refusal_is_shown_in_the_servers_words(self, api: FakeApi, name: str) -> None:
        api.answers.clear()
        api.refuse("GET", "/*", "The database is locked.", status=503)

        assert "The database is locked." in open_page(name).warning[0].value


class TestWorklist:
    @pytest.mark.usefixtures("api")
    def test_its_address_opens_it_again_after_a_reload_and_in_another_tab(self) -> None:
        page = AppTest.from_file(APP, default_timeout=TIMEOUT_S).run()
        assert "list" not in page.query_params
        send_images(page, ("a.png", png(), "image/png"))

        again = AppTest.from_file(APP, default_timeout=TIMEOUT_S)
        again.query_params["list"] = page.query_params["list"]
        again.run()

        assert not again.exception
        rows = again.session_state["worklist"].rows.values()
        assert [row.image.name for row in rows] == ["a.png"]


class TestApp:
    def test_it_opens_with_navigation_and_a_calm_sidebar(self, api: FakeApi) -> None:
        page = AppTest.from_file(APP, default_timeout=TIMEOUT_S).run()

        assert not page.exception
        assert page.title[0].value == answers.recorded("tasks")["tasks"][0]["title"]
        lines = [text.value for text in (*page.sidebar.markdown, *page.sidebar.caption)]
        assert "Serving v2" in lines
        (folded,) = page.sidebar.expander
        assert (folded.label, folded.markdown[0].value) == (
            "For administrators", f"API: `{api.url}`",
        )  # fmt: skip
        assert "Research and education. Not a medical device." in lines

    @pytest.mark.usefixtures("api")
    def test_the_first_page_says_what_each_of_three_people_finds(self) -> None:
        page = AppTest.from_file(APP, default_timeout=TIMEOUT_S).run()

        assert [text.value for text in page.subheader] == ["Read a film", "Teach it", "Trust it"]
        shown = "\n".join(text.value for text in page.markdown)
        plan = answers.recorded("plan")
        assert f"{plan['total']} films collected, {plan['new']} new" in shown
        assert "v2 answers" in shown
