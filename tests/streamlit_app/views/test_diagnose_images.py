"""Where the pictures of Diagnose come from: the tab, the server, examples."""

import base64
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

import example_images
from client import RoentgenClient
from components.viewer import image_viewer
from components.worklist.table import image_table
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi, png
from tests.streamlit_app.page_checks import (
    metrics,
    open_page,
    send_images,
    shown_by,
    texts,
)
from worklist import incoming
from worklist.image_cache import Picture
from worklist.rows import DecisionOptions

IMAGE = ("film.png", png(), "image/png")


def _without_its_picture(page: AppTest) -> AppTest:
    images = page.session_state["worklist"]
    images.image_cache.clear()
    images.gone.add("film-0")
    return page


class TestPictureWhileTheApiIsAway:
    def test_it_is_no_lost_image_and_is_asked_for_again(self, api: FakeApi) -> None:
        page = _without_its_picture(send_images(open_page("diagnose"), IMAGE))
        images = page.session_state["worklist"]
        images.gone.clear()
        data = base64.b64encode(png()).decode()
        look: incoming.Group = {
            "number": images.answered + 1, "look": True, "left": 0, "total": 1,
            "images": [{"key": "film-0", "name": "film.png", "data": data}],
        }  # fmt: skip

        incoming.take(images, look, RoentgenClient("http://127.0.0.1:9"))
        assert images.missed == {"film-0"}
        assert not images.gone

        page.run()
        assert not images.missed
        assert "on its way" in shown_by(page, image_viewer.NAME)["note"]


class TestGoneFromTheTab:
    def test_an_image_that_no_tab_has_any_more_says_so(self, api: FakeApi) -> None:
        page = _without_its_picture(send_images(open_page("diagnose"), IMAGE))
        api.refuse("GET", "/predictions/*", "No film was kept.", status=404)

        page.run()

        assert "no longer at hand" in shown_by(page, image_viewer.NAME)["note"]

    @pytest.mark.usefixtures("api")
    def test_an_image_that_the_server_keeps_is_shown_though_the_tab_has_it_no_more(self) -> None:
        page = _without_its_picture(send_images(open_page("diagnose"), IMAGE)).run()

        shown = shown_by(page, image_viewer.NAME)
        assert shown["note"] is None
        assert shown["film"].endswith(".png")


class TestKeptImages:
    def test_where_the_server_keeps_none_the_tab_is_offered(self, api: FakeApi) -> None:
        kept = answers.recorded("privacy")
        for one in kept["kept"]:
            one["how_long"] = "never stored" if one["name"] == "kept films" else one["how_long"]
        api.answer("GET", "/privacy", kept)
        page = open_page("diagnose")
        assert not page.toggle(key="keep-films").value
        send_images(page, IMAGE)

        assert not page.session_state["worklist"].keep_images

        page.toggle(key="keep-films").set_value(True).run()

        assert page.session_state["worklist"].keep_images

    @pytest.mark.usefixtures("api")
    def test_films_that_the_tab_has_no_more_are_to_be_dropped_again(self) -> None:
        page = send_images(open_page("diagnose"), IMAGE)
        films = page.session_state["worklist"]
        films.rows["film-0"] = replace(
            films.rows["film-0"], options=DecisionOptions(operating_point="screening")
        )
        assert "ask-again" in [button.key for button in page.run().button]

        films.lose(["film-0"])
        page.run()

        assert "ask-again" not in [button.key for button in page.button]
        assert "Not in this tab any more: 1 film." in texts(page)

    @pytest.mark.usefixtures("api")
    def test_where_it_keeps_them_nothing_is_asked(self) -> None:
        page = send_images(open_page("diagnose"), IMAGE)

        assert "keep-films" not in [toggle.key for toggle in page.toggle]


class TestRememberedImages:
    def test_what_the_tab_was_not_to_remember_says_how_it_is_looked_at(self, api: FakeApi) -> None:
        kept = answers.recorded("privacy")
        for one in kept["kept"]:
            one["how_long"] = "never stored" if one["name"] == "kept films" else one["how_long"]
        api.answer("GET", "/privacy", kept)
        page = _without_its_picture(send_images(open_page("diagnose"), IMAGE)).run()

        assert "Remember films" in shown_by(page, image_viewer.NAME)["note"]


class TestNearFilms:
    FILES = tuple((f"{n}.png", png(n), "image/png") for n in range(5))

    def test_the_browser_is_to_send_what_is_open_and_what_is_beside_it(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), *self.FILES)
        page.session_state["worklist"].open_key = "film-1"
        page.run()

        near = shown_by(page, image_viewer.NEAR)
        assert near["key"] == "film-1"
        assert [film["key"] for film in near["missing"]] == ["film-1", "film-2", "film-3", "film-0"]

    def test_what_is_there_is_at_hand_and_wanted_no_more(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), *self.FILES)
        films = page.session_state["worklist"]
        films.open_key = "film-1"
        films.image_cache.keep("film-2", Picture(png(2), is_full=False))
        films.gone.add("film-3")
        page.run()

        near = shown_by(page, image_viewer.NEAR)
        assert [(film["key"], film["quick"]) for film in near["near"]] == [("film-2", True)]
        assert [film["key"] for film in near["missing"]] == ["film-1", "film-0"]
        # The server keeps films, and is asked beside the page.
        assert near["waits"]

    def test_all_pixels_of_the_film_that_somebody_stays_with_are_wanted(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), *self.FILES)
        films = page.session_state["worklist"]
        films.open_key = films.enlarged = "film-4"
        films.image_cache.keep("film-4", Picture(png(4), is_full=False))
        page.run()

        assert shown_by(page, image_viewer.NAME)["quick"]
        missing = shown_by(page, image_viewer.NEAR)["missing"]
        assert missing[0] == {"key": "film-4", "full": True}

    def test_while_films_are_read_none_is_sent_ahead(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), *self.FILES, left=30)
        page.session_state["worklist"].open_key = "film-1"
        page.run()

        missing = shown_by(page, image_viewer.NEAR)["missing"]
        assert [film["key"] for film in missing] == ["film-1"]


class TestExamples:
    def test_one_is_answered_with_its_source_and_asks_for_no_feedback(self, api: FakeApi) -> None:
        page = open_page("diagnose")

        page.button(key="example-covid-19-adult.jpg").click().run()

        assert not page.exception
        assert "Example film: an adult with COVID-19. [Winther et al. 2020](" in texts(page)
        (request,) = api.calls("POST", "/predict")
        assert (example_images.FOLDER / "covid-19-adult.jpg").read_bytes() in request.body
        assert metrics(page)
        assert shown_by(page, image_viewer.NAME)["film"]
        assert not page.segmented_control

    def test_one_that_the_address_names_is_answered_once_and_opened(self, api: FakeApi) -> None:
        page = open_page("diagnose", example="covid-19-adult.jpg")

        assert not page.exception
        assert "Example film: an adult with COVID-19. [Winther et al. 2020](" in texts(page)
        assert "example" not in page.query_params

        page.query_params["example"] = "covid-19-adult.jpg"
        page.run()
        assert len(api.calls("POST", "/predict")) == 1

    def test_an_address_that_names_no_example_opens_the_page(self, api: FakeApi) -> None:
        page = open_page("diagnose", example="../README.md")

        assert not page.exception
        assert not page.query_params
        assert not api.calls("POST", "/predict")

    def test_an_own_image_stands_beside_it(self, api: FakeApi) -> None:
        page = open_page("diagnose")
        page.button(key="example-healthy-child.jpg").click().run()

        send_images(page, IMAGE)

        assert not [b for b in page.button if str(b.key).startswith("example-")]
        assert len(shown_by(page, image_table.NAME)["rows"]) == 2

    def test_a_task_without_example_images_offers_none(self, api: FakeApi) -> None:
        api.answer("GET", "/status", answers.status(task="mammography"))

        page = open_page("diagnose")

        assert not page.exception
        assert "No film at hand?" not in texts(page)
