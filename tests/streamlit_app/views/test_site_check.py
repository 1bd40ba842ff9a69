"""The page Site check as a person sees it, against the fake API."""

import pytest
from streamlit.testing.v1 import AppTest

from captions import model_captions
from formatting import decimal, estimate, plain
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import TIMEOUT_S, open_page, tables, texts, texts_of, titles_of

REPORT = answers.site_report()


class TestSiteCheck:
    @staticmethod
    def checked() -> AppTest:
        page = open_page("site_check")
        page.file_uploader(key="check-zip").upload("films.zip", b"PK", "application/zip").run()
        return page.button(key="check").click().run(timeout=TIMEOUT_S)

    def test_nothing_is_asked_without_images(self, api: FakeApi) -> None:
        page = open_page("site_check")

        assert page.button(key="check").disabled
        assert not api.calls("POST", "/evaluate")

    @pytest.mark.parametrize(
        ("verdict", "kind", "title"),
        [("go", "success", "Go: "), ("caution", "warning", "Caution: "), ("no-go", "error", "No-")],
    )
    def test_the_verdict_stands_first_with_its_reasons(
        self, api: FakeApi, verdict: str, kind: str, title: str
    ) -> None:
        api.answer("POST", "/evaluate", answers.site_report(verdict))

        page = self.checked()

        assert not page.exception
        assert titles_of(page, kind)[0].startswith(title)
        assert plain(REPORT["reasons"][0]) in texts_of(page, kind)

    def test_the_version_that_serves_is_measured_as_the_server_is_set(self, api: FakeApi) -> None:
        self.checked()

        assert [r.path for r in api.calls("POST", "/evaluate")] == ["/evaluate?model=v2"]

    def test_version_and_operating_point_can_be_chosen(self, api: FakeApi) -> None:
        page = open_page("site_check")
        page.file_uploader(key="check-zip").upload("films.zip", b"PK", "application/zip")
        page.selectbox(key="check-point").set_value("confirm").run()

        page.button(key="check").click().run(timeout=TIMEOUT_S)

        assert api.calls("POST", "/evaluate")[0].path.endswith("model=v2&operating_point=confirm")

    def test_the_report_is_shown_with_readings(self, api: FakeApi) -> None:
        suggested = {"threshold": 0.62, "temperature": 1.8}
        api.answer("POST", "/evaluate", answers.site_report(suggestion=suggested))

        page = self.checked()

        auroc = next(row for row in REPORT["comparisons"] if row["figure"] == "auroc")
        assert estimate(auroc["here"], auroc["interval"], decimal) in tables(page)
        assert model_captions.comparison(REPORT["comparisons"]) in texts(page)
        assert "a threshold of 0.620 instead of 0.689" in texts(page)
        assert "- 1: not in a class folder" in texts(page)
        assert len(page.get("vega_lite_chart")) == 5
        assert page.get("download_button")

    def test_a_report_of_one_kind_of_image_shows_what_it_can(self, api: FakeApi) -> None:
        api.answer("POST", "/evaluate", answers.one_sided_report())

        page = self.checked()

        assert not page.exception
        assert "films of one kind only" in texts_of(page, "info")
        assert "No file was left out." in texts(page)

    def test_a_refusal_is_shown_in_the_servers_words(self, api: FakeApi) -> None:
        api.refuse("POST", "/evaluate", "Another check is running.", status=409)

        page = self.checked()

        assert page.warning[0].value == "Another check is running."

    def test_a_refusal_takes_the_former_report_away(self, api: FakeApi) -> None:
        page = self.checked()
        api.refuse("POST", "/evaluate", "The ZIP archive is damaged.", status=422)

        page.button(key="check").click().run(timeout=TIMEOUT_S)

        assert page.error[0].value == "The ZIP archive is damaged."
        assert not page.warning
