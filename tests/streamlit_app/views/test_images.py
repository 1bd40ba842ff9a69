"""The page Films as a person sees it, against the fake API."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.viewer import image_viewer
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import TIMEOUT_S, open_page, shown_by, tables, texts
from worklist.predictions import FULL_PX

SAMPLE: dict[str, Any] = answers.recorded("sample")
SHA256 = SAMPLE["sha256"]
PATH = f"/samples/{SHA256}"


def opened(sha256: str) -> AppTest:
    """The page at the address of one film."""
    page = AppTest.from_string("from views import images\nimages.show()", default_timeout=TIMEOUT_S)
    page.query_params["sample"] = sha256
    return page.run()


def section(name: str) -> AppTest:
    page = open_page("images")
    return page.segmented_control(key="films-section").set_value(name).run()


class TestTheGallery:
    def test_images_stand_with_their_class_and_open_at_an_address(self, api: FakeApi) -> None:
        api.answer("GET", PATH, SAMPLE)
        page = open_page("images")
        assert not page.exception
        assert len([b for b in page.button if (b.key or "").startswith("open-")]) == 3

        page.button(key=f"open-{SHA256}").click().run()

        assert not page.exception
        assert page.query_params["sample"] == SHA256
        assert SAMPLE["filename"] in texts(page)

    def test_a_filter_is_asked_for_and_begins_at_the_first_page(self, api: FakeApi) -> None:
        page = open_page("images")

        page.selectbox(key="films-label").set_value("finding").run()

        assert "label=finding" in api.calls("GET", "/samples")[-1].path

    def test_an_older_page_begins_where_this_one_ends(self, api: FakeApi) -> None:
        many = {**answers.recorded("sample_page"), "total": 60, "next_after": SHA256}
        api.answer("GET", "/samples", many)
        page = open_page("images")

        page.button(key="films-older").click().run()

        assert f"after={SHA256}" in api.calls("GET", "/samples")[-1].path
        assert "Page 2 of 3" in texts(page)

    def test_none_yet_is_said(self, api: FakeApi) -> None:
        api.answer("GET", "/samples", {"samples": [], "total": 0, "next_after": None})

        assert "No film has been collected yet." in texts(open_page("images"))


class TestOneImage:
    def test_its_class_is_corrected_with_the_reason(self, api: FakeApi) -> None:
        api.answer("GET", PATH, SAMPLE)
        api.answer("PATCH", PATH, SAMPLE)
        page = opened(SHA256)

        page.selectbox(key="films-new-label").set_value("finding")
        page.text_input(key="films-relabel-why").set_value("two readers")
        page.button(key="films-relabel").click().run()

        sent = json.loads(api.calls("PATCH", PATH)[0].body)
        assert sent == {"label": "finding", "remark": "two readers"}
        assert "The film is finding now." in texts(page)

    @pytest.mark.parametrize(
        ("key", "restorable"), [("films-delete", "true"), ("films-erase", "false")]
    )
    def test_it_is_deleted_with_a_way_back_or_erased_at_once(
        self, api: FakeApi, key: str, restorable: str
    ) -> None:
        api.answer("GET", PATH, SAMPLE)
        api.answer("DELETE", PATH, None, status=204)
        page = opened(SHA256)

        page.button(key=key).click().run()

        (request,) = api.calls("DELETE", PATH)
        assert f"restorable={restorable}" in request.path
        assert "sample" not in page.query_params

    def test_it_is_in_the_viewer_at_its_full_size(self, api: FakeApi) -> None:
        api.answer("GET", PATH, SAMPLE)

        shown = shown_by(opened(SHA256), image_viewer.NAME)

        assert (shown["key"], bool(shown["film"]), shown["heat"]) == (SHA256, True, None)
        (asked,) = api.calls("GET", f"{PATH}/thumbnail.png")
        assert f"side_px={FULL_PX}" in asked.path

    def test_one_that_is_gone_says_so(self, api: FakeApi) -> None:
        api.refuse("GET", PATH, "No sample; it was deleted.", status=404)

        assert "it was deleted" in opened(SHA256).error[0].value

    def test_what_was_done_to_it_is_a_table(self, api: FakeApi) -> None:
        done = {"at": SAMPLE["created_at"], "what": "relabelled", "before": "Normal",
                "after": SAMPLE["label"], "remark": "two readers", "changed_by": "ann"}  # fmt: skip
        api.answer("GET", PATH, {**SAMPLE, "history": [done]})

        assert "class corrected,Normal" in tables(opened(SHA256))


class TestSections:
    @pytest.mark.parametrize(
        ("key", "label"), [("conflict-a", SAMPLE["label"]), ("conflict-b", "Normal")]
    )
    def test_a_conflict_is_decided_for_either_side(
        self, api: FakeApi, key: str, label: str
    ) -> None:
        disputed = {**SAMPLE, "disputed": "Normal"}
        api.answer("GET", "/samples", {"samples": [disputed], "total": 1, "next_after": None})
        api.answer("PATCH", PATH, SAMPLE)
        page = section("Conflicts")

        page.button(key=key).click().run()

        assert json.loads(api.calls("PATCH", PATH)[0].body)["label"] == label
        assert "disputed=true" in api.calls("GET", "/samples")[-1].path

    def test_neither_may_be_right(self, api: FakeApi) -> None:
        disputed = {**SAMPLE, "disputed": "Normal"}
        api.answer("GET", "/samples", {"samples": [disputed], "total": 1, "next_after": None})
        api.answer("DELETE", PATH, None, status=204)
        page = section("Conflicts")

        page.button(key="conflict-delete").click().run()

        assert "restorable=true" in api.calls("DELETE", PATH)[0].path

    def test_a_deleted_image_comes_back(self, api: FakeApi) -> None:
        (gone,) = answers.recorded("deleted_samples")["samples"]
        path = f"/samples/{gone['sample']['sha256']}/restore"
        api.answer("POST", path, SAMPLE)
        page = section("Deleted films")
        assert "Why: dark." in texts(page)

        page.button(key=f"restore-{gone['sample']['sha256']}").click().run()

        assert len(api.calls("POST", path)) == 1
        assert "is back" in texts(page)

    def test_labels_to_doubt_stand_with_the_reason(self, api: FakeApi) -> None:
        kept = answers.job("kept")
        (check,) = [c for c in kept["verdict"]["checks"] if c["films"]]
        api.answer("GET", "/retrain", {"jobs": [kept]})
        for sha256 in check["films"]:
            api.answer("GET", f"/samples/{sha256}", {**SAMPLE, "sha256": sha256})

        page = section("Doubtful labels")

        assert "that the other films contradict" in texts(page)
        assert [b for b in page.button if b.key == f"doubtful-{check['films'][0]}"]

    def test_what_the_other_films_say_is_taken_with_one_click(self, api: FakeApi) -> None:
        kept = answers.job("kept")
        (check,) = [c for c in kept["verdict"]["checks"] if c["films"]]
        (sha256,) = check["films"]
        check["label_issues"] = [{"sha256": sha256, "label": SAMPLE["label"], "expected": "Normal",
                            "probability": 0.931}]  # fmt: skip
        api.answer("GET", "/retrain", {"jobs": [kept]})
        api.answer("GET", f"/samples/{sha256}", {**SAMPLE, "sha256": sha256})
        api.answer("PATCH", f"/samples/{sha256}", SAMPLE)

        page = section("Doubtful labels")
        answered = f"Labelled {SAMPLE['label']}; the others say Normal (93 %)."
        assert answered in texts(page)
        page.button(key=f"take-{sha256}").click().run()

        (sent,) = api.calls("PATCH", f"/samples/{sha256}")
        assert json.loads(sent.body) == {"label": "Normal", "remark": "As the other films say."}
        assert "The film is Normal now." in texts(page)

    def test_that_it_is_right_all_the_same_is_one_click_too(self, api: FakeApi) -> None:
        kept = answers.job("kept")
        (check,) = [c for c in kept["verdict"]["checks"] if c["films"]]
        (sha256,) = check["films"]
        sample, path = {**SAMPLE, "sha256": sha256}, f"/samples/{sha256}"
        api.answer("GET", "/retrain", {"jobs": [kept]})
        api.answer("GET", path, sample)
        api.answer("PATCH", path, sample)
        page = section("Doubtful labels")

        page.button(key=f"confirm-{sha256}").click().run()

        (sent,) = api.calls("PATCH", path)
        assert json.loads(sent.body) == {
            "label": SAMPLE["label"],
            "remark": "Right, whatever the other films say.",
        }
        # It is no correction, and is not called one.
        change = {"what": "relabelled", "before": "Normal", "after": "Normal", "remark": "",
                  "changed_by": "ann", "at": kept["finished_at"]}  # fmt: skip
        api.answer("GET", path, {**sample, "history": [change]})
        assert "class confirmed" in tables(opened(sha256))

    def test_a_doubt_without_a_name_is_no_label_to_take(self, api: FakeApi) -> None:
        kept = answers.job("kept")
        (check,) = [c for c in kept["verdict"]["checks"] if c["films"]]
        (sha256,) = check["films"]
        check["label_issues"] = [{"sha256": sha256, "label": "Normal", "expected": None,
                            "probability": 0.8}]  # fmt: skip
        api.answer("GET", "/retrain", {"jobs": [kept]})
        api.answer("GET", f"/samples/{sha256}", {**SAMPLE, "sha256": sha256})

        page = section("Doubtful labels")

        assert "the others say a finding (80 %)." in texts(page)
        assert not [b for b in page.button if (b.key or "").startswith("take-")]

    def test_a_conflict_is_looked_at_in_the_viewer(self, api: FakeApi) -> None:
        disputed = {**SAMPLE, "disputed": "Normal"}
        api.answer("GET", "/samples", {"samples": [disputed], "total": 1, "next_after": None})

        shown = shown_by(section("Conflicts"), image_viewer.NAME)

        assert (shown["key"], bool(shown["film"]), shown["heat"]) == (SHA256, True, None)
        # Those keys are the page's.
        assert shown["taken"] == ["a", "b", "s"]

    def test_a_doubtful_one_that_a_person_has_decided_about_since_is_left_out(
        self, api: FakeApi
    ) -> None:
        kept = answers.job("kept")
        (check,) = [c for c in kept["verdict"]["checks"] if c["films"]]
        (sha256,) = check["films"]
        api.answer("GET", "/retrain", {"jobs": [kept]})
        change = {"what": "relabelled", "before": "Normal", "after": "COVID-19", "remark": "",
                  "changed_by": "ann"}  # fmt: skip
        ended = datetime.fromisoformat(kept["finished_at"])

        def doubtful(at: datetime) -> AppTest:
            history = [{**change, "at": at.isoformat()}]
            api.answer(
                "GET", f"/samples/{sha256}", {**SAMPLE, "sha256": sha256, "history": history}
            )
            return section("Doubtful labels")

        before, since = doubtful(ended - timedelta(days=1)), doubtful(ended + timedelta(days=1))

        assert [b for b in before.button if b.key == f"doubtful-{sha256}"]
        assert not [b for b in since.button if b.key == f"doubtful-{sha256}"]
        assert "1 film got its class from a person since" in texts(since)

    def test_a_conflict_is_skipped_and_the_next_one_comes(self, api: FakeApi) -> None:
        first = {**SAMPLE, "disputed": "Normal"}
        second = {**first, "sha256": "b" * 64, "filename": "second.png"}
        api.answer("GET", "/samples", {"samples": [first, second], "total": 2, "next_after": None})
        page = section("Conflicts")
        assert SAMPLE["filename"] in texts(page)

        page.button(key="conflict-skip").click().run()
        assert "second.png" in texts(page)
        page.button(key="conflict-skip").click().run()

        assert "You have skipped all that wait." in texts(page)
        page.button(key="conflict-again").click().run()
        assert SAMPLE["filename"] in texts(page)
        assert not api.calls("PATCH", PATH)


class TestFilters:
    def test_they_are_as_they_were_when_a_film_is_closed_again(self, api: FakeApi) -> None:
        api.answer("GET", PATH, SAMPLE)
        page = open_page("images")
        page.selectbox(key="films-label").set_value("finding").run()
        page.text_input(key="films-added-by").set_value("ann").run()
        page.date_input(key="films-days").set_value([date(2026, 11, 3), date(2026, 11, 4)]).run()

        page.button(key=f"open-{SHA256}").click().run()
        assert page.query_params["sample"] == SHA256
        page.button(key="films-all").click().run()

        assert page.selectbox(key="films-label").value == "finding"
        assert page.text_input(key="films-added-by").value == "ann"
        asked = api.calls("GET", "/samples")[-1].path
        assert "label=finding" in asked
        assert "added_by=ann" in asked
        assert "since=2026-11-03" in asked

    def test_the_section_is_too(self, api: FakeApi) -> None:
        kept = answers.job("kept")
        (sha256,) = [f for c in kept["verdict"]["checks"] for f in c["films"]]
        api.answer("GET", "/retrain", {"jobs": [kept]})
        api.answer("GET", f"/samples/{sha256}", {**SAMPLE, "sha256": sha256})
        page = section("Doubtful labels")

        page.button(key=f"doubtful-{sha256}").click().run()
        page.button(key="films-all").click().run()

        assert page.segmented_control(key="films-section").value == "Doubtful labels"
