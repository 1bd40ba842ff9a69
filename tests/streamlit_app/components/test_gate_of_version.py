"""What a promotion would override, before it is decided."""

from typing import cast

from api_types import Job
from components.versions import gate_of_version
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import open_page, texts_of

KEPT = cast(Job, answers.job("kept"))
FAILED = [c["name"] for c in answers.verdict("kept")["checks"] if not c["passed"]]


class TestTheVerdict:
    def test_it_is_that_of_the_newest_retraining_that_made_the_version(self) -> None:
        older = cast(Job, {**KEPT, "id": "j0"})
        running = cast(Job, {**KEPT, "id": "j9", "verdict": None})

        found = gate_of_version.made(str(KEPT["version"]), [running, KEPT, older])

        assert found is KEPT
        assert gate_of_version.made("v77", [KEPT]) is None

    def test_a_site_that_was_judged_by_itself_has_its_own(self) -> None:
        passed = {"name": "labels", "passed": True, "detail": "Fine."}
        verdict = {**answers.verdict("kept"), "sites": [
            {"site": "St. Anna", "promoted": False, "answered_by": "v2", "checks": [passed],
             "version": None}
        ]}  # fmt: skip
        job = cast(Job, {**KEPT, "verdict": verdict})

        assert gate_of_version.failed(job, site="St. Anna") == []
        assert [c["name"] for c in gate_of_version.failed(job, site="Ward 7")] == FAILED
        assert [c["name"] for c in gate_of_version.failed(job, site=None)] == FAILED


class TestThePage:
    def test_what_is_overridden_stands_above_the_reason(self, api: FakeApi) -> None:
        job = {**KEPT, "version": "v1"}
        api.answer("GET", "/retrain", {"jobs": [job]})

        page = open_page("versions")

        shown = texts_of(page, "warning")
        assert f"This overrides {len(FAILED)} conditions that v1 did not meet" in shown
        assert all(f"**{name}**" in shown for name in FAILED)
        assert f"train?job={job['id']}" in texts_of(page, "caption")

    def test_a_version_that_met_all_says_so(self, api: FakeApi) -> None:
        met = answers.verdict("kept")
        met["checks"] = [{**check, "passed": True} for check in met["checks"]]
        job = {**KEPT, "version": "v1", "verdict": met}
        api.answer("GET", "/retrain", {"jobs": [job]})

        page = open_page("versions")

        assert "v1 met every condition" in texts_of(page, "caption")
        assert "This overrides" not in texts_of(page, "warning")

    def test_one_that_was_judged_for_a_site_alone_says_so(self, api: FakeApi) -> None:
        api.answer("GET", "/models", answers.site_versions())
        judged = answers.site_promotion()
        # The newest of the versions that may be promoted is proposed first.
        for site in judged["verdict"]["sites"]:
            site["version"] = "v1" if site["site"] == "St. Anna" else None
            site["checks"] = judged["verdict"]["checks"]
        api.answer("GET", "/retrain", {"jobs": [judged]})

        page = open_page("versions")
        assert "v1 was judged for St. Anna alone" in texts_of(page, "caption")

        page.selectbox(key="promote-whom").set_value("St. Anna").run()
        assert "conditions that v1 did not meet" in texts_of(page, "warning")

    def test_of_one_that_no_retraining_made_there_is_no_verdict(self, api: FakeApi) -> None:
        api.answer("GET", "/retrain", {"jobs": []})

        assert "made v1, so there is no verdict" in texts_of(open_page("versions"), "caption")
