"""The page Diagnose while the API says nothing, or has no model yet."""

from streamlit.testing.v1 import AppTest

from components.viewer import image_viewer
from components.worklist.table import image_table
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi, png
from tests.streamlit_app.page_checks import metrics, open_page, send_images, shown_by

IMAGE = ("film.png", png(), "image/png")


def with_two_images() -> AppTest:
    page = send_images(open_page("diagnose"), IMAGE)
    return send_images(page, ("b.png", png(2), "image/png"))


class TestWithoutTheApi:
    def test_what_was_read_stays_in_view(self, api: FakeApi) -> None:
        page = with_two_images()
        api.close()

        page.run()

        assert not page.exception
        assert "cannot be reached" in page.error[0].value
        assert len(page.error) == 1
        assert len(shown_by(page, image_table.NAME)["rows"]) == 2
        assert shown_by(page, image_viewer.NAME)["film"]
        assert metrics(page)
        assert page.get("download_button")

    def test_what_was_chosen_stays_and_nothing_is_offered_that_needs_it(self, api: FakeApi) -> None:
        page = with_two_images()
        api.answer("GET", "/status", answers.status(sites=[answers.site()]))
        page.run()
        page.selectbox(key="source").set_value("St. Anna").run()
        page.selectbox(key="operating-point").set_value("screening").run()
        assert page.button(key="ask-again")
        api.close()

        page.run()

        assert page.selectbox(key="source").value == "St. Anna"
        assert page.selectbox(key="operating-point").value == "screening"
        assert "ask-again" not in [button.key for button in page.button]


class TestWithoutAModel:
    def test_it_is_waited_for(self, api: FakeApi) -> None:
        api.answer("GET", "/status", answers.status(model_version=None))

        page = open_page("diagnose")

        assert "being prepared" in page.info[0].value

    def test_what_was_read_stays_in_view(self, api: FakeApi) -> None:
        page = with_two_images()
        api.answer("GET", "/status", answers.status(model_version=None))

        page.run()

        assert not page.exception
        assert "being prepared" in page.info[0].value
        assert len(shown_by(page, image_table.NAME)["rows"]) == 2
        assert shown_by(page, image_viewer.NAME)["film"]
        api.answer("GET", "/status", answers.status())
        page.button(key="look-again").click().run()
        assert not page.info
        assert len(shown_by(page, image_table.NAME)["rows"]) == 2
