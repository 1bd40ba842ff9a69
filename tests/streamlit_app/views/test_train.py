"""The page Train as a person sees it, against the fake API."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from components.worklist import image_sender
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi, png
from tests.streamlit_app.page_checks import (
    TIMEOUT_S,
    metrics,
    open_page,
    send_training_images,
    shown_by,
    texts,
    texts_of,
)
from tests.support import dicom_images
from worklist.training_upload import BY_FOLDER

UPLOADED = answers.recorded("upload")
# As on every page: what sends training films, then the page itself.
TRAIN = """
from components.worklist import training_sender
from views import train
training_sender.send(is_shown=True)
train.show()
"""


def open_train() -> AppTest:
    return AppTest.from_string(TRAIN, default_timeout=TIMEOUT_S).run()


def mounted(page: AppTest, component: str) -> bool:
    return component in {each.proto.component_name for each in page.get("bidi_component")}


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

    def test_outcomes_are_there_after_a_reload_what_needs_attention_first(
        self, api: FakeApi
    ) -> None:
        api.answer("POST", "/upload-data", UPLOADED)
        page = send_training_images(open_train(), ("a.png", png()), label="Normal")

        again = AppTest.from_string(
            "from views import train\ntrain.show()", default_timeout=TIMEOUT_S
        )
        again.query_params["upload"] = page.query_params["upload"]
        again.run()

        table = next(f.value for f in again.dataframe if "outcome" in f.value.columns)
        assert list(table["outcome"])[:2] == ["not stored", "already there"]

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

    def test_an_upload_tells_what_became_of_each_file(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", UPLOADED)

        page = send_training_images(open_train(), ("a.png", png()), label="Normal")

        assert not page.exception
        assert b"Normal" in api.calls("POST", "/upload-data")[0].body
        assert "6 stored, 1 duplicate, 0 near duplicate, 0 conflict, 1 rejected" in texts(page)

    @pytest.mark.parametrize("name", ["film.dcm", "IM0001"])
    def test_a_dicom_image_is_sent_as_it_is(self, api: FakeApi, name: str) -> None:
        api.answer("POST", "/upload-data", UPLOADED)
        image = dicom_images.dicom_image()

        send_training_images(open_train(), (name, image), label="Normal")

        (sent,) = api.calls("POST", "/upload-data")
        assert image in sent.body
        assert f'filename="{name}"'.encode() in sent.body

    def test_films_are_dropped_only_once_their_class_is_chosen(self, api: FakeApi) -> None:
        page = open_train()
        assert not mounted(page, image_sender.ZONE)

        assert "A finding, kind unknown" in page.selectbox(key="upload-class").options
        page.selectbox(key="upload-class").set_value("finding").run()

        assert not page.exception
        assert shown_by(page, image_sender.ZONE) == {
            "words": {}, "store": "training", "label": "finding", "source": "",
        }  # fmt: skip

    def test_class_folders_are_sent_without_a_label(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", UPLOADED)
        page = open_train()
        page.selectbox(key="upload-class").set_value(BY_FOLDER).run()
        assert shown_by(page, image_sender.ZONE)["label"] == ""
        assert "One folder for each class: COVID-19" in texts(page)

        send_training_images(page, ("Normal/a.png", png()))

        (sent,) = api.calls("POST", "/upload-data")
        assert b'name="label"' not in sent.body
        assert b'filename="Normal/a.png"' in sent.body

    def test_the_counts_are_those_after_the_upload(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", UPLOADED)

        send_training_images(open_train(), ("a.png", png()), label="Normal")

        paths = [request.path for request in api.requests]
        last_count = len(paths) - 1 - paths[::-1].index("/samples/summary")
        assert last_count > paths.index("/upload-data")

    def test_films_wait_in_the_browser_while_the_api_is_away(self, api: FakeApi) -> None:
        page = open_train()
        api.close()

        send_training_images(page, ("a.png", png()), ("b.png", png()), label="Normal", left=30)

        assert not page.exception
        sender = shown_by(page, image_sender.SENDER)
        assert sender["again"] == ["film-0", "film-1"]
        assert "cannot be reached" in sender["problem"]

    def test_the_outcomes_are_there_again_after_another_page(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", UPLOADED)
        page = send_training_images(open_train(), ("a.png", png()), label="Normal")
        word = page.query_params["upload"]

        # A change of page empties the address.
        del page.query_params["upload"]
        page.run()

        assert page.query_params["upload"] == word
        assert "Last upload: 6 stored" in texts(page)

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


class TestSites:
    def test_a_new_site_goes_along_with_the_films_that_are_dropped(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", UPLOADED)
        page = AppTest.from_string(TRAIN, default_timeout=TIMEOUT_S)
        page.session_state["source"] = " St.  Paul "
        page.run()
        assert page.selectbox(key="source").proto.accept_new_options
        page.selectbox(key="upload-class").set_value("finding").run()

        assert not page.exception
        assert shown_by(page, image_sender.ZONE)["source"] == "St. Paul"
        assert page.query_params["source"] == "St. Paul"
        send_training_images(page, ("a.png", png()), label="finding", source="St. Paul")

        (sent,) = api.calls("POST", "/upload-data")
        assert b'name="source"\r\n\r\nSt. Paul' in sent.body

    def test_every_site_that_is_known_is_offered_once(self, api: FakeApi) -> None:
        api.answer(
            "GET",
            "/status",
            answers.status(
                sites=[answers.site("St. Anna")],
                site_versions=[{"site": "st. anna", "version": "v2", "problem": None}],
                streams=[
                    answers.shifted_stream(source="Ward 3"),
                    answers.shifted_stream(source=None),
                ],
            ),
        )
        plan = answers.recorded("plan") | {"sources": {"": 4, "Old Hospital": 2}}
        api.answer("GET", "/retrain/plan", plan)

        options = open_train().selectbox(key="source").options

        assert options == ["no site", "Old Hospital", "St. Anna", "Ward 3"]

    def test_what_is_missed_without_a_site_is_said_before_and_after(self, api: FakeApi) -> None:
        advice = "9 of 9 films name no site: name it."
        api.answer("GET", "/retrain/plan", answers.recorded("plan") | {"no_site": advice})
        job = answers.site_promotion()
        judged = {**job, "verdict": {**job["verdict"], "no_site": "7 of 9 films name no site."}}
        api.answer("GET", "/retrain", {"jobs": [judged]})

        page = open_page("train")

        assert advice in texts(page)
        assert "7 of 9 films name no site." in texts_of(page, "info")

    def test_the_trade_is_said_and_a_person_may_decide_otherwise(self, api: FakeApi) -> None:
        api.answer("GET", "/retrain", {"jobs": [answers.site_promotion()]})
        promoted = {**answers.recorded("promote"), "version": "v4", "overrides": ["labels"]}
        api.answer("POST", "/models/v4/promote", promoted)
        page = open_page("train")

        assert "On 24 new held-out films it gained." in texts(page)
        assert "Promoted for St. Anna, not for everybody: " in texts_of(page, "success")
        assert page.radio(key="otherwise-whom").options == ["Everybody (v3)", "St. Paul (v4)"]
        assert "These figures are of v4, with weights and a profile" in texts(page)
        page.radio(key="otherwise-whom").set_value("St. Paul")
        page.text_input(key="otherwise-reason").set_value("They asked for it.")
        page.button(key="otherwise").click().run()

        (call,) = api.calls("POST", "/models/v4/promote")
        assert call.path.endswith("?source=St.+Paul")
        assert "v4 answers St. Paul from now on. This overrides the gate: labels." in texts(page)


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
