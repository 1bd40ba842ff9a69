"""The report of a site check as a page to print."""

from typing import cast

from api_types import SiteReport
from site_report_page import as_html
from tests.streamlit_app import answers


class TestPage:
    def test_it_holds_the_verdict_its_reasons_and_the_figures(self) -> None:
        report = cast(SiteReport, answers.site_report())

        page = as_html(report)

        assert page.startswith("<!doctype html>")
        assert "<h2>Caution: read the reasons" in page or "<h2>No-go" in page or "<h2>Go" in page
        assert page.count("<tr>") >= len(report["comparisons"])
        assert "Not a medical device" in page

    def test_nothing_in_it_is_taken_for_html(self) -> None:
        report = cast(SiteReport, answers.site_report())
        report["reasons"] = ["<script>alert(1)</script>"]

        assert "<script>" not in as_html(report)
