"""The page Train as a person sees it, against the fake API: plan, job and verdict."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import (
    metrics,
    open_page,
    texts,
    texts_of,
)


def select(page: AppTest, *, line: int) -> None:
    """Click on a line of a table that can be chosen from, as the browser sends it."""
    (table,) = (frame for frame in page.dataframe if frame.proto.id)
    states = page._tree.get_widget_states()
    chosen = states.widgets.add()
    chosen.id = table.proto.id
    chosen.string_value = json.dumps({"selection": {"rows": [line], "columns": [], "cells": []}})
    page._run(states)


class TestTrain:
    def test_what_it_would_learn_is_told_and_nothing_new_is_asked_about(self, api: FakeApi) -> None:
        plan = answers.recorded("plan") | {
            "new": 0, "since": answers.NOW.isoformat(), "sources": {"ward 3": 20, "": 5},
            "disputed": 2, "expected_seconds": 250.0,
            "memory_mb": 1620.0, "disk_mb": 120.0, "threads": 2,
        }  # fmt: skip
        api.answer("GET", "/retrain/plan", plan)

        page = open_page("train")

        for words in (
            "nothing",
            "ward 3 20; 5 name no site",
            "2 films that came with two",
            "4 min",
            "needs at least 12 films of 2 classes, about 1.6 GB of memory",
            "120 MB of disk and 2 cores",
        ):
            assert words in texts(page)
        assert page.button(key="start-retraining").label == "Retrain all the same"

    def test_corrected_images_are_news(self, api: FakeApi) -> None:
        plan = answers.recorded("plan") | {
            "new": 0, "relabelled": 1, "removed": 2, "since": answers.NOW.isoformat(),
        }  # fmt: skip
        api.answer("GET", "/retrain/plan", plan)

        page = open_page("train")

        assert "1 film was corrected, 2 films were taken out." in texts(page)
        assert page.button(key="start-retraining").label == "Start retraining"

    def test_an_api_of_an_earlier_release_tells_only_of_new_images(self, api: FakeApi) -> None:
        plan = answers.recorded("plan") | {"new": 0, "since": answers.NOW.isoformat()}
        del plan["relabelled"], plan["removed"]
        api.answer("GET", "/retrain/plan", plan)

        page = open_page("train")

        assert page.button(key="start-retraining").label == "Retrain all the same"

    @pytest.mark.usefixtures("api")
    def test_images_whose_answer_changed_stand_below_the_verdict(self) -> None:
        page = open_page("train")

        (found,) = [each for each in page.expander if each.label.startswith("Changed answers")]
        changes = answers.recorded("retraining_changes")
        assert f"of {changes['compared']} films" in found.label
        shown = [frame.value for frame in found.dataframe]
        assert sum(map(len, shown)) == len(changes["changes"])

    def test_they_take_nothing_away_where_they_cannot_be_had(self, api: FakeApi) -> None:
        del api.answers["GET", "/retrain/*"]

        page = open_page("train")

        assert "Which answers changed cannot be said: No such thing." in texts(page)
        assert "Versions" in texts(page)
        assert not page.warning

    def test_a_picture_that_is_gone_takes_away_no_other(self, api: FakeApi) -> None:
        changes = answers.recorded("retraining_changes")
        image = {**changes["changes"][0], "sha256": "f" * 64, "thumbnail": "/x.png"}
        api.answer("GET", "/retrain/*", {**changes, "changes": [image]})
        api.refuse("GET", f"/samples/{image['sha256']}*", "It was deleted.", status=404)

        page = open_page("train")

        assert "(no picture)" in texts(page)
        assert "It was deleted." not in texts(page)

    @pytest.mark.usefixtures("api")
    def test_what_is_collected_stands_against_what_is_needed(self) -> None:
        page = open_page("train")

        assert not page.exception
        assert metrics(page)["COVID-19"] == "6"
        assert not page.button(key="start-retraining").disabled

    def test_too_few_images_disable_the_start_with_the_reason(self, api: FakeApi) -> None:
        api.answer("GET", "/samples/summary", answers.samples(Normal=3))

        page = open_page("train")

        assert page.button(key="start-retraining").disabled
        assert "A retraining needs at least 12 films (there are 3)" in texts(page)

    def test_a_start_is_asked_for_once(self, api: FakeApi) -> None:
        api.answer("POST", "/retrain", answers.job("queued"), status=202)
        page = open_page("train")

        page.button(key="start-retraining").click().run()

        assert not page.exception
        assert len(api.calls("POST", "/retrain")) == 1

    def test_a_running_job_can_be_watched_and_cancelled(self, api: FakeApi) -> None:
        api.answer("GET", "/retrain", {"jobs": [answers.job("running")]})
        api.answer("DELETE", "/retrain/j2", answers.job("cancelled"))
        page = open_page("train")

        assert page.button(key="start-retraining").disabled
        page.button(key="cancel-retraining").click().run()

        assert not page.exception
        assert len(api.calls("DELETE", "/retrain/j2")) == 1

    def test_another_one_may_wait_where_the_server_lets_it(self, api: FakeApi) -> None:
        api.answer("GET", "/status", answers.status(retrain_queue=True))
        api.answer("GET", "/retrain", {"jobs": [answers.job("running")]})
        api.answer("POST", "/retrain", answers.waiting(), status=202)
        page = open_page("train")

        assert "another one would begin after it" in texts(page)
        page.button(key="start-retraining").click().run()

        assert not page.exception
        assert len(api.calls("POST", "/retrain")) == 1

    def test_the_one_that_waits_is_shown_beneath_and_can_be_cancelled(self, api: FakeApi) -> None:
        api.answer("GET", "/status", answers.status(retrain_queue=True))
        api.answer("GET", "/retrain", {"jobs": [answers.waiting(), answers.job("running")]})
        api.answer("DELETE", "/retrain/j3", answers.job("cancelled"))
        page = open_page("train")

        assert page.button(key="start-retraining").disabled
        assert "Another retraining begins when this one has ended" in texts(page)
        assert page.button(key="cancel-retraining")
        page.button(key="cancel-waiting").click().run()

        assert not page.exception
        assert len(api.calls("DELETE", "/retrain/j3")) == 1

    def test_one_that_waits_for_nothing_any_more_is_the_one_that_is_shown(
        self, api: FakeApi
    ) -> None:
        api.answer("GET", "/retrain", {"jobs": [answers.waiting(), answers.job("kept")]})
        api.answer("DELETE", "/retrain/j3", answers.job("cancelled"))
        page = open_page("train")

        page.button(key="cancel-retraining").click().run()

        assert not page.exception
        assert len(api.calls("DELETE", "/retrain/j3")) == 1

    def test_one_that_stands_still_says_why(self, api: FakeApi) -> None:
        why = "The server is busy: the p99 of its answers is 612 ms, the bound is 500 ms."
        api.answer("GET", "/retrain", {"jobs": [answers.job("running", paused=why)]})

        assert why in texts(open_page("train"))

    @pytest.mark.parametrize(
        ("state", "kind"),
        [("promoted", "success"), ("kept", "info"), ("failed", "error"), ("cancelled", "warning")],
    )
    def test_the_ending_is_told_in_plain_words(self, api: FakeApi, state: str, kind: str) -> None:
        api.answer("GET", "/retrain", {"jobs": [answers.job(state, reason="Because.")]})

        page = open_page("train")

        assert texts_of(page, kind)
        assert "Because." in texts(page)

    def test_the_verdict_is_one_sentence_and_what_failed_stands_first(self, api: FakeApi) -> None:
        api.answer("GET", "/retrain", {"jobs": [answers.job("kept")]})

        page = open_page("train")

        shown = "Not promoted: worse here, 7 → 4 of 8; worse on what it knew, 7 → 5 of 8."
        assert page.info[0].value == shown
        assert "kept as a challenger; v2 went on serving" in texts_of(page, "caption")
        table = next(f.value for f in page.dataframe if "check" in f.value.columns)
        assert list(table["passed"]) == sorted(table["passed"])

    def test_a_verdict_shows_figures_and_the_images_to_look_at(self, api: FakeApi) -> None:
        checks = answers.verdict("kept")["checks"]
        (sha256,) = [sha256 for check in checks for sha256 in check["films"]]
        lost = next(c for c in checks if not c["passed"] and c["champion"] is not None)
        api.answer("GET", "/retrain", {"jobs": [answers.job("kept")]})

        page = open_page("train")

        table = page.dataframe[0].value
        row = table.loc[table["check"] == lost["name"]].iloc[0]
        assert list(row[["before", "now"]]) == [
            f"{lost[k]:.3f}" for k in ("champion", "challenger")
        ]
        assert len(api.calls("GET", f"/samples/{sha256}/thumbnail.png")) == 1
        assert "Labels to look at (1 film)" in [block.label for block in page.expander]


class TestAnEarlierRetraining:
    def test_it_has_an_address_with_its_verdict_and_what_it_changed(self, api: FakeApi) -> None:
        job = answers.recorded("kept_job")
        api.answer("GET", f"/retrain/{job['id']}", job)

        page = open_page("train", job=job["id"])

        assert not page.exception
        assert "Retraining of" in texts_of(page, "subheader")
        assert page.info
        assert any("check" in frame.value for frame in page.dataframe)
        assert api.calls("GET", f"/retrain/{job['id']}/changes")
        assert not [button for button in page.button if button.key == "start-retraining"]

    def test_a_line_of_all_retrainings_opens_it(self, api: FakeApi) -> None:
        newest, chosen = answers.job(id="j2"), answers.recorded("kept_job") | {"id": "j1"}
        api.answer("GET", "/retrain", {"jobs": [newest, chosen]})
        api.answer("GET", "/retrain/j1", chosen)
        page = open_page("train")

        select(page, line=1)

        assert not page.exception
        assert page.query_params["job"] in ("j1", ["j1"])
        assert "Retraining of" in texts_of(page, "subheader")
        assert page.button(key="jobs-all")
        assert len(api.calls("GET", "/retrain/j1")) == 1

    def test_no_line_is_open_before_one_is_chosen(self, api: FakeApi) -> None:
        api.answer("GET", "/retrain", {"jobs": [answers.job(id="j2")]})

        page = open_page("train")

        assert "job" not in page.query_params
        assert page.button(key="start-retraining")

    def test_from_it_a_click_leads_back_to_the_page(self, api: FakeApi) -> None:
        job = answers.recorded("kept_job")
        api.answer("GET", f"/retrain/{job['id']}", job)
        page = open_page("train", job=job["id"])

        page.button(key="jobs-all").click().run()

        assert "job" not in page.query_params
        assert page.button(key="start-retraining")

    def test_one_that_is_gone_says_so(self, api: FakeApi) -> None:
        api.refuse("GET", "/retrain/j9", "There is no retraining 'j9'.", status=404)

        page = open_page("train", job="j9")

        assert "There is no retraining" in page.error[0].value
        assert page.button(key="jobs-all")
