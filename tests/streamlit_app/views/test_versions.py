"""The page Versions as a person sees it, against the fake API."""

import json

from streamlit.testing.v1 import AppTest

from session.identity import WHO
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import TIMEOUT_S, open_page, texts, texts_of


class TestVersions:
    def test_who_signed_a_version_is_shown_where_anybody_did(self, api: FakeApi) -> None:
        def tables(page: AppTest) -> list[list[str]]:
            found = [f.value for f in page.dataframe if "balanced accuracy" in f.value.columns]
            return [list(f["signed by"]) if "signed by" in f.columns else [] for f in found]

        assert [] in tables(open_page("versions"))

        found = answers.models()
        found["models"][0]["signed_by"] = "the clinic"
        api.answer("GET", "/models", found)

        assert ["the clinic", ""] in tables(open_page("versions"))

    def test_another_version_is_promoted_with_a_reason(self, api: FakeApi) -> None:
        promoted = {**answers.recorded("promote"), "version": "v1", "overrides": ["labels"]}
        api.answer("POST", "/models/v1/promote", promoted)
        page = open_page("versions")

        page.button(key="promote").click().run()
        assert page.warning[0].value == "Give a reason; it is kept with the change."
        page.text_input(key="promote-reason").set_value("Better on our films.")
        page.button(key="promote").click().run()

        assert not page.exception
        assert b"Better on our films." in api.calls("POST", "/models/v1/promote")[0].body
        assert "v1 serves now. This overrides the gate: labels." in texts(page)
        assert page.text_input(key="promote-reason").value == ""

    def test_the_former_version_comes_back(self, api: FakeApi) -> None:
        api.answer("POST", "/models/rollback", answers.recorded("rollback"))
        page = open_page("versions")

        page.text_input(key="rollback-reason").set_value("Too many false alarms.")
        page.button(key="rollback").click().run()

        (call,) = api.calls("POST", "/models/rollback")
        assert json.loads(call.body)["from_version"] == "v2"

    def test_what_is_wrong_with_the_champions_file_is_shown(self, api: FakeApi) -> None:
        api.answer("GET", "/models", answers.models(problem="'champion.json' is damaged."))

        assert "'champion.json' is damaged." in texts_of(open_page("versions"), "warning")

    def test_a_site_with_a_version_of_its_own_goes_back(self, api: FakeApi) -> None:
        api.answer("GET", "/models", answers.site_versions())
        api.answer("POST", "/models/rollback", answers.recorded("rollback"))
        page = open_page("versions")

        assert "St. Anna: answered by v2" in texts(page)
        page.button(key="rollback-St. Anna").click().run()
        assert page.warning[0].value == "Give a reason; it is kept with the change."
        page.text_input(key="rollback-reason-St. Anna").set_value("Worse at night.")
        page.button(key="rollback-St. Anna").click().run()

        (call,) = api.calls("POST", "/models/rollback")
        assert call.path.endswith("?source=St.+Anna")
        assert json.loads(call.body) == {"reason": "Worse at night.", "from_version": "v2"}

    def test_a_version_is_promoted_for_one_site(self, api: FakeApi) -> None:
        api.answer("GET", "/models", answers.site_versions())
        api.answer("POST", "/models/v1/promote", answers.recorded("promote"))
        page = open_page("versions")

        page.selectbox(key="promote-whom").set_value("St. Anna")
        page.text_input(key="promote-reason").set_value("Better there.")
        page.button(key="promote").click().run()

        (call,) = api.calls("POST", "/models/v1/promote")
        assert call.path.endswith("?source=St.+Anna")

    def test_who_may_not_promote_is_told_so_and_sees_all_else(self, api: FakeApi) -> None:
        api.answer("GET", "/models", answers.site_versions())
        page = AppTest.from_string(
            "from views import versions\nversions.show()", default_timeout=TIMEOUT_S
        )
        page.session_state[WHO] = {"name": "eve", "rights": ["read"]}

        page.run()

        assert not page.exception
        assert "is changed by whoever has the right 'promote'" in texts(page)
        keys = {button.key or "" for button in page.button}
        assert not {key for key in keys if key.startswith(("promote", "rollback", "start-shadow"))}
        assert page.selectbox(key="compare-first").options
