"""Whose films Diagnose reads."""

from streamlit.testing.v1 import AppTest

from components import filter_choices
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi, png
from tests.streamlit_app.page_checks import (
    TIMEOUT_S,
    open_page,
    send_images,
    texts,
)

IMAGE = ("film.png", png(), "image/png")


class TestSite:
    def test_without_a_choice_no_site_is_named(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), IMAGE)

        assert page.selectbox(key="source").value == ""
        assert "source=" not in api.calls("POST", "/predict")[0].path

    def test_a_new_name_is_taken_and_stays_for_other_pages(self, api: FakeApi) -> None:
        page = AppTest.from_string(
            "from views import diagnose\ndiagnose.show()", default_timeout=TIMEOUT_S
        )
        page.session_state["source"] = "St. Paul"
        send_images(page.run(), IMAGE)
        assert api.calls("POST", "/predict")[0].path.endswith("source=St.+Paul")

        other = AppTest.from_string(
            "from views import train\ntrain.show()", default_timeout=TIMEOUT_S
        )
        other.session_state[filter_choices.PLACE] = page.session_state[filter_choices.PLACE]
        other.run()

        assert other.selectbox(key="source").value == "St. Paul"

    def test_it_can_be_named_while_training_films_cannot_be_counted(self, api: FakeApi) -> None:
        api.refuse("GET", "/retrain/plan", "The disk is full.", status=507)

        page = open_page("diagnose")

        assert not page.exception
        assert page.selectbox(key="source").options == ["no site"]

    def test_the_chosen_one_goes_along_and_stays_in_the_address(self, api: FakeApi) -> None:
        api.answer("GET", "/status", answers.status(sites=[answers.site()]))
        page = open_page("diagnose")

        page.selectbox(key="source").set_value("St. Anna").run()
        send_images(page, IMAGE)

        assert not page.exception
        assert api.calls("POST", "/predict")[0].path.endswith("source=St.+Anna")
        assert page.query_params["source"] == "St. Anna"

    def test_the_address_chooses_and_a_stale_profile_is_said(self, api: FakeApi) -> None:
        api.answer(
            "GET", "/status", answers.status(sites=[answers.site(is_stale=True, version="v1")])
        )
        page = AppTest.from_string(
            "from views import diagnose\ndiagnose.show()", default_timeout=TIMEOUT_S
        )
        page.query_params["source"] = "St. Anna"

        page.run()

        assert page.selectbox(key="source").value == "St. Anna"
        assert "it is not applied" in texts(page)
