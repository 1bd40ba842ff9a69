"""Exports on the page Train: who may make one, and what a refusal ends; against the fake API."""

from streamlit.testing.v1 import AppTest

from components.versions import export_download
from session import identity
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import TIMEOUT_S, open_page, texts


class TestAnExport:
    def test_an_export_that_failed_is_not_asked_for_again(self, api: FakeApi) -> None:
        api.refuse("GET", "/models/v2/export", "There is no room for it.", status=507)
        page = open_page("versions")
        page.selectbox(key="download-version").set_value("v2").run()
        assert api.calls("GET", "/models/v2/export") == []

        page.button(key="prepare-export").click().run()
        assert "There is no room for it." in texts(page)
        page.run()

        assert len(api.calls("GET", "/models/v2/export")) == 1

    def test_an_export_that_fails_while_one_waits_ends_the_waiting(self, api: FakeApi) -> None:
        """The question of the panel alone is what fails: asked by a button here, by time there."""
        path = "/models/v2/export"
        api.answer("GET", path, {}, status=202)
        page = AppTest.from_string(
            "import streamlit as st\n"
            "from components.versions import export_download\n"
            "if st.button('ask'):\n"
            "    export_download._waiting('v2', 'mlflow')\n"
            "export_download.show('v2')",
            default_timeout=TIMEOUT_S,
        )
        page.session_state[export_download.REQUESTED] = "v2", "mlflow"
        page.run()
        assert "is being made" in texts(page)
        asked = len(api.calls("GET", path))

        api.refuse("GET", path, "It failed.", status=500)
        page.button[0].click().run()

        assert [error.value for error in page.error] == ["It failed."]
        assert "is being made" not in texts(page)
        page.run()
        assert len(api.calls("GET", path)) == asked + 1

    def test_an_export_is_offered_to_whoever_may_make_one(self, api: FakeApi) -> None:
        page = AppTest.from_string(
            "from views import versions\nversions.show()", default_timeout=TIMEOUT_S
        )
        page.session_state[identity.WHO] = {"name": "maria", "rights": ["read"]}

        page.run()

        assert "made by whoever has the right 'train'" in texts(page)
        assert "prepare-export" not in [button.key for button in page.button]
