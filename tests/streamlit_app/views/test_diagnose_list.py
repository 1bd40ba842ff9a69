"""The worklist of Diagnose: filled, searched, selected, kept, forgotten."""

import pytest
from streamlit.testing.v1 import AppTest

from components.viewer import image_viewer
from components.worklist.table import image_table
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi, png
from tests.streamlit_app.page_checks import (
    TIMEOUT_S,
    metrics,
    open_page,
    send_images,
    shown_by,
    texts,
)

IMAGE = ("film.png", png(), "image/png")


class TestManyImages:
    @pytest.mark.usefixtures("api")
    def test_they_have_a_worklist(self) -> None:
        files = [(f"{n}.png", png(n), "image/png") for n in range(12)]

        page = send_images(open_page("diagnose"), *files)

        assert not page.exception
        assert "**12 films: 12 with a finding.**" in texts(page)
        shown = shown_by(page, image_table.NAME)
        assert len(shown["rows"]) == 12
        assert shown["open"] == shown["rows"][0]["key"]
        assert {row["words"] for row in shown["rows"]} == {"Finding present"}
        assert {row["mark"] for row in shown["rows"]} == {"+"}
        viewer = shown_by(page, image_viewer.NAME)
        assert (viewer["place"], viewer["count"]) == (1, 12)

    @pytest.mark.usefixtures("api")
    def test_it_fills_while_images_are_read(self) -> None:
        page = send_images(open_page("diagnose"), IMAGE, left=30)

        assert len(shown_by(page, image_table.NAME)["rows"]) == 1
        assert not page.get("vega_lite_chart")

    def test_those_that_a_person_must_look_at_come_first(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), ("a.png", png(), "image/png"), left=1)
        api.answer("POST", "/predict", answers.referred(causes=["uncertain"]))

        send_images(page, ("b.png", png(), "image/png"))

        rows = shown_by(page, image_table.NAME)["rows"]
        assert [row["name"] for row in rows] == ["b.png", "a.png"]
        assert rows[0]["why"] == "uncertain"

    @pytest.mark.usefixtures("api")
    def test_its_filters_keep_their_names_while_films_come(self) -> None:
        """The browser sends the name that it shows: one that is another by then is no choice."""
        files = [(f"{n}.png", png(n), "image/png") for n in range(5)]
        page = send_images(open_page("diagnose"), *files[:2], left=3)
        before = page.segmented_control(key="worklist-decision").options

        send_images(page, *files[2:])

        assert len(shown_by(page, image_table.NAME)["rows"]) == 5
        assert page.segmented_control(key="worklist-decision").options == before

    @pytest.mark.usefixtures("api")
    def test_a_search_leaves_those_that_fit(self) -> None:
        files = [(f"{n}.png", png(n), "image/png") for n in range(3)]
        page = send_images(open_page("diagnose"), *files)

        page.text_input(key="worklist-words").set_value("1.PNG").run()

        assert [row["name"] for row in shown_by(page, image_table.NAME)["rows"]] == ["1.png"]

    def test_one_whose_server_was_busy_is_asked_for_again(self, api: FakeApi) -> None:
        api.refuse("POST", "/predict", "The model is being prepared.", status=503)
        page = send_images(open_page("diagnose"), IMAGE)
        assert page.session_state["worklist"].again == ("film-0",)
        api.answer("POST", "/predict", answers.prediction())
        page.session_state["worklist"].rows.clear()

        send_images(page, IMAGE)

        assert page.session_state["worklist"].again == ()
        assert not page.error
        assert metrics(page)

    @pytest.mark.usefixtures("api")
    def test_a_new_list_forgets_all(self) -> None:
        page = send_images(open_page("diagnose"), IMAGE)

        page.button(key="clear-films").click().run()

        assert not page.exception
        assert not page.session_state["worklist"].rows
        assert page.button(key="example-healthy-child.jpg").label == "Healthy child"


class TestSelection:
    FILES = tuple((f"{n}.png", png(n), "image/png") for n in range(4))

    def test_what_is_done_is_done_with_the_films_that_are_selected(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), *self.FILES)
        assert "ask-again" in [button.key for button in page.button]
        page.session_state["worklist"].selected = ("film-3", "film-1")
        page.run()

        assert "Selected: 2 films." in texts(page)
        assert downloads(page) == ["Download answers about 2 films (CSV)"]
        page.button(key="ask-again").click().run()
        assert page.session_state["worklist"].again == ("film-1", "film-3")

        page.button(key="select-none").click().run()
        assert downloads(page) == ["Download answers about 4 films (CSV)"]

    @pytest.mark.usefixtures("api")
    def test_without_one_it_is_done_with_those_that_are_shown(self) -> None:
        page = send_images(open_page("diagnose"), *self.FILES)

        page.text_input(key="worklist-words").set_value("2.png").run()

        assert downloads(page) == ["Download answers about 1 film (CSV)"]
        assert page.button(key="ask-again").label == "Read 1 film again as chosen now"


def downloads(page: AppTest) -> list[str]:
    return [button.proto.label for button in page.get("download_button")]


KEPT = """
import streamlit as st
from session import identity, stored_worklist
from views import diagnose
st.session_state[identity.WHO] = None
stored_worklist.follow()
diagnose.show()
"""


class TestReload:
    def test_the_film_that_was_open_is_open_again(self, api: FakeApi) -> None:
        files = [(f"{n}.png", png(n), "image/png") for n in range(3)]
        page = AppTest.from_string(KEPT, default_timeout=TIMEOUT_S).run()
        send_images(page, *files)
        page.session_state["worklist"].open_key = "film-2"
        page.run()

        again = AppTest.from_string(KEPT, default_timeout=TIMEOUT_S)
        again.query_params["list"] = page.query_params["list"]
        again.run()

        assert not again.exception
        assert len(shown_by(again, image_table.NAME)["rows"]) == 3
        assert shown_by(again, image_table.NAME)["open"] == "film-2"


class TestForgotten:
    def test_the_list_says_how_many_films_it_is_too_short_for(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), IMAGE)
        assert "No longer in it" not in texts(page)
        page.session_state["worklist"].forgotten = 37
        send_images(page, ("b.png", png(2), "image/png"))

        assert "The list holds the latest 2,000 films." in texts(page)
        assert "37 films read before" in texts(page)
