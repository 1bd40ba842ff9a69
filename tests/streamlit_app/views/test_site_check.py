"""The page Site check as a person sees it, against the fake API."""

import io
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from captions import check_captions
from client import RoentgenClient
from components.sites import site_samples
from example_images import examples_of
from formatting import decimal, estimate, plain
from session import identity, stored_check
from site_checks.held_check import HeldCheck
from site_checks.reading import Reading
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import Answer, FakeApi, png
from tests.streamlit_app.page_checks import (
    TIMEOUT_S,
    checked_to_its_end,
    open_page,
    send_archive,
    tables,
    texts,
    texts_of,
    titles_of,
)

REPORT = answers.site_report()


class TestSiteCheck:
    @staticmethod
    def checked() -> AppTest:
        return checked_to_its_end(send_archive(open_page("site_check")))

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

    def test_a_report_comes_at_the_end_of_its_steps(self, api: FakeApi) -> None:
        lines = answers.check_steps(answers.site_report())
        api.answers["POST", "/evaluate"] = Answer(200, "application/x-ndjson", lines)

        page = self.checked()

        assert not page.exception
        assert titles_of(page, "warning")[0].startswith("Caution: ")
        # The bar and the way to stop it have gone.
        assert not page.get("progress")
        assert "stop-check" not in [button.key for button in page.button]

    def test_what_ends_it_early_is_said_with_the_request(self, api: FakeApi) -> None:
        wrong = answers.problem("The check took longer than 900 s; send fewer films.", status=507)
        lines = answers.check_steps(None, problem=wrong)
        api.answers["POST", "/evaluate"] = Answer(200, "application/x-ndjson", lines)

        page = self.checked()

        assert "send fewer films" in texts_of(page, "error")
        assert [code.value for code in page.code] == ["r15"]
        assert not page.get("progress")

    def test_the_version_that_serves_is_measured_as_the_server_is_set(self, api: FakeApi) -> None:
        self.checked()

        assert [r.path for r in api.calls("POST", "/evaluate")] == ["/evaluate?model=v2"]

    @pytest.mark.usefixtures("api")
    def test_who_has_no_films_gets_real_ones_and_is_told_what_comes_of_them(self) -> None:
        content = site_samples.real(examples_of("pneumonia"))

        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            folders = {name.partition("/")[0] for name in archive.namelist()}
            assert len(archive.namelist()) == 5
        assert folders == {"COVID-19", "Normal", "Pneumonia-Bacterial", "finding"}
        page = open_page("site_check")
        assert len(page.get("download_button")) == 1
        assert "the real example films (5 films). So few prove nothing" in texts(page)

    def test_where_there_are_none_they_are_generated_and_that_is_said(self, api: FakeApi) -> None:
        api.answers["GET", "/phantoms/*"] = Answer(200, "image/png", png())
        api.answer("GET", "/status", answers.status(task="twin"))

        content = site_samples.generated(RoentgenClient(), ("COVID-19", "Normal"))

        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            folders = {name.partition("/")[0] for name in archive.namelist()}
        assert folders == {"COVID-19", "Normal"}
        page = open_page("site_check")
        assert len(page.get("download_button")) == 1
        assert "generated films of every class" in texts(page)

    def test_version_and_operating_point_can_be_chosen(self, api: FakeApi) -> None:
        page = send_archive(open_page("site_check"))
        page.selectbox(key="check-point").set_value("confirm").run()

        checked_to_its_end(page)

        assert api.calls("POST", "/evaluate")[0].path.endswith("model=v2&operating_point=confirm")

    def test_the_report_is_shown_with_readings(self, api: FakeApi) -> None:
        suggested = {"threshold": 0.62, "temperature": 1.8}
        api.answer("POST", "/evaluate", answers.site_report(suggestion=suggested))

        page = self.checked()

        auroc = next(row for row in REPORT["comparisons"] if row["figure"] == "auroc")
        assert estimate(auroc["here"], auroc["interval"], decimal) in tables(page)
        assert check_captions.comparison(REPORT["comparisons"]) in texts(page)
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

        checked_to_its_end(page)

        assert page.error[0].value == "The ZIP archive is damaged."
        assert not page.warning


class TestItsAddress:
    def test_a_finished_check_is_opened_again_without_its_films(self, api: FakeApi) -> None:
        api.answer("GET", "/evaluate/c1", answers.profiled_report())

        page = open_page("site_check", check="c1")

        assert not page.exception
        assert plain(REPORT["reasons"][0]) in "".join(
            texts_of(page, kind) for kind in ("success", "warning", "error")
        )
        assert page.text_input(key="site-name") is not None
        assert not api.calls("POST", "/evaluate")

    def test_a_new_check_gives_the_page_its_address(self, api: FakeApi) -> None:
        api.answer("POST", "/evaluate", answers.profiled_report())

        page = TestSiteCheck.checked()

        assert page.query_params["check"] == "c1"
        # What the session has is not asked for again.
        assert not api.calls("GET", "/evaluate/c1")

    def test_one_that_is_too_old_says_what_to_do(self, api: FakeApi) -> None:
        api.refuse("GET", "/evaluate/c1", "Kept for a day; send the films again.", status=404)

        page = open_page("site_check", check="c1")

        assert "send the films again" in page.error[0].value
        assert "check" not in page.query_params
        assert page.button(key="check").disabled


class TestSiteProfile:
    @staticmethod
    def checked(api: FakeApi, **fit: object) -> AppTest:
        api.answer("POST", "/evaluate", answers.profiled_report(**fit))
        return TestSiteCheck.checked()

    def test_one_click_after_a_check_makes_it(self, api: FakeApi) -> None:
        page = self.checked(api)

        page.text_input(key="site-name").input("St. Anna")
        page.number_input(key="site-prevalence").set_value(12.0)
        page.button(key="site-apply").click().run(timeout=TIMEOUT_S)

        assert not page.exception
        (call,) = api.calls("POST", "/sites/St.%20Anna")
        assert call.path.partition("?")[2] == "check=c1&prevalence=0.12"
        assert "Films of St. Anna are decided by their profile" in plain_of(page)

    def test_before_and_after_are_shown(self, api: FakeApi) -> None:
        page = self.checked(api)

        assert "40.0 % (30.0 to 50.0)" in tables(page)
        assert "5.0 % (1.0 to 10.0)" in tables(page)
        assert "0.900 (0.850 to 0.950)" in tables(page)
        assert "each film judged by a profile that was made without it" in texts(page)

    def test_a_name_is_needed(self, api: FakeApi) -> None:
        page = self.checked(api)

        page.button(key="site-apply").click().run(timeout=TIMEOUT_S)

        assert page.error[0].value == "Give the site a name."

    def test_too_few_images_are_said_and_nothing_is_offered(self, api: FakeApi) -> None:
        page = TestSiteCheck.checked()

        assert REPORT["no_profile"] in plain_of(page)
        assert "site-apply" not in [button.key for button in page.button]

    def test_an_objection_is_overruled_with_a_reason(self, api: FakeApi) -> None:
        page = self.checked(api, objection="A profile does not help here.")

        page.text_input(key="site-name").input("A/B")
        page.text_input(key="site-reason").input("for a study")
        page.checkbox(key="site-force").check()
        page.button(key="site-apply").click().run(timeout=TIMEOUT_S)

        assert "A profile does not help here." in plain_of(page)
        (call,) = api.calls("POST", "/sites/A%2FB")
        assert call.path.endswith("?check=c1&reason=for+a+study&force=true")

    def test_a_stale_profile_is_said_and_can_be_undone(self, api: FakeApi) -> None:
        stale = answers.site(is_stale=True, version="v1")
        api.answer("GET", "/status", answers.status(sites=[stale]))
        page = open_page("site_check")

        page.button(key="site-undo").click().run(timeout=TIMEOUT_S)

        assert not page.exception
        (call,) = api.calls("DELETE", "/sites/St.%20Anna")
        assert call.path.partition("?")[2] == f"profile={stale['profile']}"
        assert "was made with v1, and v2 answers" in plain_of(page)
        assert "decided by the model's card again" in plain_of(page)


def plain_of(page: AppTest) -> str:
    """All that the page says, as a person reads it."""
    return texts(page).replace("\\", "")


class TestTheBar:
    def test_it_says_what_is_known_and_never_runs_backwards(self) -> None:
        reading, labels = Reading(), []
        steps = [(0, None), (0, 12), (6, 12), (3, 12), (9, 12), (12, 12)]

        for second, (done, total) in enumerate(steps):
            labels.append((round(reading.share, 2), reading.take(done, total, at=float(second))))

        assert [share for share, _ in labels] == [0, 0, 0, 0.5, 0.5, 0.75]
        assert [words for _, words in labels] == [
            "Unpacking, and starting the version…",
            "0 of 12 films read",
            "6 of 12 films read · about 1 s left",
            "3 of 12 films read",
            "9 of 12 films read · about 1 s left",
            "All 12 films are read; measuring…",
        ]


class TestWhileItRuns:
    """The check is a thread's, and its file on the disk: no page ends either."""

    @staticmethod
    def begun(api: FakeApi) -> tuple[AppTest, HeldCheck]:
        """A check whose answer takes a while, just begun."""
        lines = answers.check_steps(answers.site_report())
        api.answers["POST", "/evaluate"] = Answer(200, "application/x-ndjson", lines, delay_s=0.5)
        page = send_archive(open_page("site_check"))
        page.button(key="check").click().run()
        check: HeldCheck = page.session_state[stored_check.STATE]
        return page, check

    def test_another_page_leaves_it_alone_and_its_report_is_there_afterwards(
        self, api: FakeApi
    ) -> None:
        page, check = self.begun(api)
        assert page.get("progress")
        assert page.button(key="check").disabled

        # Nobody looks at the page meanwhile.
        assert check.run is not None
        assert check.run.wait(TIMEOUT_S)

        page.run()
        assert titles_of(page, "warning")[0].startswith("Caution: ")
        assert not page.get("progress")

    def test_the_file_is_kept_for_another_version(self, api: FakeApi) -> None:
        page = TestSiteCheck.checked()

        page.selectbox(key="check-version").set_value("v1").run()
        checked_to_its_end(page)

        first, second = api.calls("POST", "/evaluate")
        assert [first.path, second.path] == ["/evaluate?model=v2", "/evaluate?model=v1"]
        assert b'filename="films.zip"' in second.body
        assert b"PK" in second.body

    def test_who_stops_it_is_told_and_keeps_the_file(self, api: FakeApi) -> None:
        page, check = self.begun(api)
        assert check.run is not None

        page.button(key="stop-check").click().run()
        assert check.run.wait(TIMEOUT_S)
        page.run()

        assert "was stopped" in texts_of(page, "info")
        assert not page.warning
        assert not page.button(key="check").disabled

    @pytest.mark.usefixtures("api")
    def test_the_file_can_be_taken_away(self) -> None:
        page = send_archive(open_page("site_check"))
        assert "films.zip" in texts(page)

        page.button(key="check-away").click().run()

        assert "films.zip" not in texts(page)
        assert page.button(key="check").disabled

    def test_a_reload_takes_it_up_again(self, api: FakeApi) -> None:
        api.answer("POST", "/evaluate", answers.site_report())
        whose = {identity.WHO: None}
        page = checked_to_its_end(send_archive(open_page("site_check", session=whose)))
        name = str(page.query_params["sent"])

        again = open_page("site_check", session=whose, sent=name)

        assert "films.zip" in texts(again)
        assert titles_of(again, "warning")[0].startswith("Caution: ")
        other = open_page("site_check", session={identity.WHO: {"name": "ben"}}, sent=name)
        assert "films.zip" not in texts(other)
        assert not other.warning
