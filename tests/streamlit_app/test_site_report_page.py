"""The report of a site check as a page to print."""

import re
from typing import Any, cast
from xml.etree import ElementTree

from api_types import SiteReport
from site_report_page import as_html
from tests.streamlit_app import answers


class TestRecord:
    """What makes of it a record: when, who, of what, and how it looks."""

    def test_it_says_when_by_whom_and_of_which_films(self) -> None:
        when = {"checked_at": "2026-11-28T09:30:00Z", "checked_by": "dr. <ann>"}
        report = cast(SiteReport, answers.site_report(**when))

        page = as_html(report, negative_class="Normal", archive="ward & 3.zip")

        for shown in (
            "28 Nov 2026, 09:30 UTC", "dr. &lt;ann&gt;", "ward &amp; 3.zip", str(report["check"]),
            report["version"], "75.0\N{NO-BREAK SPACE}% (18 of 24 films)", "balanced (threshold",
        ):  # fmt: skip
            assert shown in page.replace(" %", "\N{NO-BREAK SPACE}%"), shown

    def test_it_draws_both_curves_and_prints_itself(self) -> None:
        report = cast(SiteReport, answers.site_report())

        page = as_html(report)

        bins, points = report["curves"]["reliability"], report["curves"]["roc"]
        (svg,) = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
        root = ElementTree.fromstring(svg)
        lines = root.findall(".//{*}polyline")
        assert [len(line.attrib["points"].split()) for line in lines] == [
            len(points), *(2 for _ in bins),
        ]  # fmt: skip
        assert 'onclick="print()"' in page
        assert "@media print { button { display: none; } }" in page

    def test_what_is_not_known_is_left_out(self) -> None:
        unknown: dict[str, Any] = {"checked_at": None, "checked_by": None, "check": None}
        report = cast(SiteReport, answers.site_report(**unknown))

        page = as_html(report)

        for name in ("Date", "Checked by", "File", "Check", "With a finding"):
            assert f'<th scope="row">{name}</th>' not in page

    def test_a_profile_that_the_films_make_is_part_of_it(self) -> None:
        page = as_html(cast(SiteReport, answers.profiled_report()))

        assert "Use this for a site" in page
        assert "0.900 (0.850 to 0.950)" in page


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
