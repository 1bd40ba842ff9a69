"""Each page as a person sees it, against the fake API."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.streamlit_app import fake_answers as answers
from tests.streamlit_app.fake_api import FakeApi, png

PAGES = ("diagnose", "site_check", "model_card", "review", "train", "insights", "monitor")
TIMEOUT_S = 20
APP = Path(__file__).parents[2] / "streamlit_app/app.py"


def open_page(name: str) -> AppTest:
    page = AppTest.from_string(f"from views import {name}\n{name}.show()")
    return page.run(timeout=TIMEOUT_S)


def texts(page: AppTest) -> str:
    """All that the page says."""
    kinds = ("title", "subheader", "markdown", "caption", "error", "warning", "info", "success")
    return "\n".join(said(page, kind) for kind in kinds)


def said(page: AppTest, kind: str) -> str:
    """The text of all elements of one kind."""
    return "\n".join(str(getattr(element, "value", "")) for element in page.get(kind))


def verdicts(page: AppTest, kind: str) -> list[str]:
    """The titles of boxes of one kind."""
    return [element.proto.title for element in page.get(kind)]


def tables(page: AppTest) -> str:
    """All that stands in tables."""
    return "\n".join(frame.value.to_csv() for frame in page.dataframe)


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


class TestWithoutAnApi:
    @pytest.mark.parametrize("name", PAGES)
    @pytest.mark.usefixtures("no_api")
    def test_every_page_says_what_to_do(self, name: str) -> None:
        page = open_page(name)

        assert not page.exception
        assert "uvicorn api.main:app" in page.error[0].value

    @pytest.mark.usefixtures("no_api")
    def test_the_sidebar_says_so_too(self) -> None:
        page = AppTest.from_file(APP).run(timeout=TIMEOUT_S)

        assert not page.exception
        assert any("cannot be reached" in text.value for text in page.sidebar.markdown)

    @pytest.mark.parametrize("name", PAGES)
    def test_a_refusal_is_shown_in_the_servers_words(self, api: FakeApi, name: str) -> None:
        api.answers.clear()
        api.refuse("GET", "/*", "The database is locked.", status=503)

        assert "The database is locked." in open_page(name).warning[0].value


class TestApp:
    def test_it_opens_with_navigation_and_a_calm_sidebar(self, api: FakeApi) -> None:
        page = AppTest.from_file(APP).run(timeout=TIMEOUT_S)

        assert not page.exception
        assert page.title[0].value == "Diagnose"
        lines = [text.value for text in (*page.sidebar.markdown, *page.sidebar.caption)]
        assert "Serving v2" in lines
        assert f"API: {api.url}" in lines
        assert "Research and education. Not a medical device." in lines


class TestDiagnose:
    def test_an_image_is_answered_in_clear_words(self, api: FakeApi) -> None:
        page = open_page("diagnose")

        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        assert not page.exception
        assert len(api.calls("POST", "/predict")) == 1
        assert page.subheader[0].value == "Pneumonia-Viral"
        assert "What Pneumonia-Viral means." in texts(page)
        assert metrics(page) == {"Confidence": "87.3 %", "Decision": "Finding present"}
        assert "Model v2 · 12 ms" in texts(page)

    def test_the_same_image_is_not_asked_about_twice(self, api: FakeApi) -> None:
        page = open_page("diagnose")
        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        page.run()

        assert len(api.calls("POST", "/predict")) == 1

    def test_a_new_model_reads_the_image_again(self, api: FakeApi) -> None:
        page = open_page("diagnose")
        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()
        api.answer("GET", "/status", answers.status() | {"model_version": "v3"})

        page.run()

        assert len(api.calls("POST", "/predict")) == 2

    @pytest.mark.usefixtures("api")
    def test_several_films_have_a_table(self) -> None:
        page = open_page("diagnose")

        files = [(f"{n}.png", png(n), "image/png") for n in range(12)]
        page.file_uploader(key="films").set_value(files).run(timeout=TIMEOUT_S)

        assert not page.exception
        assert page.subheader[0].value == "12 of 12 films answered"
        assert len(page.dataframe[1].value) == 12
        assert page.selectbox(key="films-shown").options == ["1 to 10", "11 to 12"]

    def test_a_referred_image_says_that_a_person_must_look_and_why(self, api: FakeApi) -> None:
        api.answer("POST", "/predict", answers.referred())
        page = open_page("diagnose")

        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        assert not page.exception
        assert verdicts(page, "warning") == ["A person must look"]
        box = page.warning[0].value
        assert "Referred, because: uncertain, poor picture." in box
        assert "- The picture is nearly constant." in box
        assert metrics(page)["Decision"] == "A person must look"
        assert not page.subheader

    def test_a_positive_answer_is_never_headed_by_the_negative_class(self, api: FakeApi) -> None:
        api.answer("POST", "/predict", answers.prediction(label="Normal"))
        page = open_page("diagnose")

        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        assert page.subheader[0].value == "Finding present"
        assert "Most probable class all the same: **Normal**." in texts(page)
        assert "What Normal means." not in texts(page)

    def test_referred_images_are_counted_above_the_table(self, api: FakeApi) -> None:
        api.answer("POST", "/predict", answers.referred())
        page = open_page("diagnose")

        files = [(f"{n}.png", png(n), "image/png") for n in range(2)]
        page.file_uploader(key="films").set_value(files).run(timeout=TIMEOUT_S)

        assert page.subheader[0].value == "2 of 2 films answered, 2 for a person to look at"
        row = page.dataframe[1].value.iloc[0]
        assert row["decision"] == "refer"
        assert row["causes"] == "uncertain; poor_quality"
        assert row["unlikeness"] == 0.42

    def test_what_an_answer_is_worth_is_told_in_plain_words(self, api: FakeApi) -> None:
        page = open_page("diagnose")

        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        assert "Of 100 films called positive here, about 93 show a finding" in texts(page)
        assert "prevalence" not in api.calls("POST", "/predict")[0].path

    def test_the_chosen_way_to_decide_is_sent(self, api: FakeApi) -> None:
        page = open_page("diagnose")
        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        page.selectbox(key="operating-point").set_value("screening")
        page.number_input(key="prevalence").set_value(5.0).run()

        assert not page.exception
        assert api.calls("POST", "/predict")[-1].path.endswith(
            "operating_point=screening&prevalence=0.05"
        )
        assert "98.0 % (96.0 to 99.0)" in tables(page)

    def test_the_heat_map_is_fetched_once_a_class_and_not_per_move(self, api: FakeApi) -> None:
        page = open_page("diagnose")
        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        page.slider[0].set_value(80).run()
        page.slider[0].set_value(0).run()
        assert len(api.calls("GET", "/predictions/p1/heatmap.png")) == 1

        page.selectbox[1].set_value("COVID-19")
        page.slider[0].set_value(100).run()

        assert not page.exception
        paths = [request.path for request in api.calls("GET", "/predictions/p1/heatmap.png")]
        assert [path.split("&")[0].split("=")[1] for path in paths] == [
            "Pneumonia-Viral",
            "COVID-19",
        ]
        assert "not what is ill" in texts(page)

    def test_an_answer_without_its_heat_map_is_still_an_answer(self, api: FakeApi) -> None:
        api.refuse("GET", "/predictions/*", "No heat map was kept.", status=404)
        page = open_page("diagnose")

        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        assert not page.exception
        assert "No heat map: No heat map was kept." in texts(page)
        assert metrics(page)["Decision"] == "Finding present"

    def test_an_answer_of_an_earlier_program_has_less(self, api: FakeApi) -> None:
        api.answer("POST", "/predict", answers.old_prediction())
        page = open_page("diagnose")

        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        assert not page.exception
        assert not page.slider
        assert "Of 100 films" not in texts(page)

    def test_an_unknown_card_costs_no_answer(self, api: FakeApi) -> None:
        api.refuse("GET", "/models/v2/card", "The card cannot be read.", status=409)
        page = open_page("diagnose")

        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        assert not page.exception
        assert metrics(page)["Decision"] == "Finding present"
        assert page.selectbox(key="operating-point").options == ["as the server is set (balanced)"]

    def test_a_refused_file_is_named_with_the_reason(self, api: FakeApi) -> None:
        api.refuse("POST", "/predict", "The file is no image.", status=415)
        page = open_page("diagnose")

        page.file_uploader(key="films").upload("notes.pdf", b"%PDF", "application/pdf").run()

        assert page.error[0].value == "notes.pdf: The file is no image."

    def test_a_busy_server_is_asked_again(self, api: FakeApi) -> None:
        api.refuse("POST", "/predict", "The model is being prepared.", status=503)
        page = open_page("diagnose")
        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()
        api.answer("POST", "/predict", answers.prediction())

        page.button(key="ask-again").click().run()

        assert page.subheader[0].value == "Pneumonia-Viral"

    def test_a_phantom_is_never_passed_off_as_a_patient(self, api: FakeApi) -> None:
        page = open_page("diagnose")

        page.button(key="phantom-COVID-19").click().run()

        assert not page.exception
        assert page.warning[0].value == (
            "Generated phantom, not a patient; the answer means nothing medical."
        )
        assert len(api.calls("GET", "/phantoms/COVID-19.png")) == 1

    def test_a_model_in_preparation_is_waited_for(self, api: FakeApi) -> None:
        api.answer("GET", "/status", answers.status() | {"model_version": None})

        page = open_page("diagnose")

        assert "being prepared" in page.info[0].value


class TestTrain:
    @pytest.mark.usefixtures("api")
    def test_what_is_collected_stands_against_what_is_needed(self) -> None:
        page = open_page("train")

        assert not page.exception
        assert metrics(page)["COVID-19"] == "5"
        assert not page.button(key="start-retraining").disabled

    def test_too_few_images_disable_the_start_with_the_reason(self, api: FakeApi) -> None:
        api.answer("GET", "/samples/summary", answers.samples(covid=0, normal=3))

        page = open_page("train")

        assert page.button(key="start-retraining").disabled
        assert "A retraining needs at least 12 films (there are 3)" in texts(page)

    def test_an_upload_tells_what_became_of_each_file(self, api: FakeApi) -> None:
        outcome = {"filename": "a.png", "label": "Normal", "outcome": "rejected", "reason": "no"}
        api.answer("POST", "/upload-data", {"files": [outcome]})
        page = open_page("train")

        page.selectbox(key="upload-class").set_value("Normal")
        page.file_uploader(key="upload-films").upload("a.png", png(), "image/png")
        page.button(key="add-films").click().run()

        assert not page.exception
        assert b"Normal" in api.calls("POST", "/upload-data")[0].body
        assert "0 stored, 0 duplicate, 0 near duplicate, 0 conflict, 1 rejected" in texts(page)

    def test_images_of_unknown_kind_can_be_sent(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", {"files": []})
        page = open_page("train")

        assert "A finding, kind unknown" in page.selectbox(key="upload-class").options
        page.selectbox(key="upload-class").set_value("finding")
        page.file_uploader(key="upload-films").upload("a.png", png(), "image/png")
        page.button(key="add-films").click().run()

        assert not page.exception
        assert b"finding" in api.calls("POST", "/upload-data")[0].body

    def test_the_counts_are_those_after_the_upload(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", {"files": []})
        page = open_page("train")

        page.file_uploader(key="upload-films").upload("a.png", png(), "image/png")
        page.button(key="add-films").click().run()

        paths = [request.path for request in api.requests]
        last_count = len(paths) - 1 - paths[::-1].index("/samples/summary")
        assert last_count > paths.index("/upload-data")

    def test_a_zip_is_sent_without_a_label(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", {"files": []})
        page = open_page("train")

        page.file_uploader(key="upload-zip").upload("a.zip", b"PK", "application/zip")
        page.button(key="add-zip").click().run()

        assert b'name="label"' not in api.calls("POST", "/upload-data")[0].body

    def test_many_images_are_sent_in_portions(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", {"files": []})
        page = open_page("train")

        files = [(f"{n}.png", png(n), "image/png") for n in range(60)]
        page.file_uploader(key="upload-films").set_value(files)
        page.button(key="add-films").click().run(timeout=TIMEOUT_S)

        assert len(api.calls("POST", "/upload-data")) == 3

    def test_a_start_is_asked_for_once(self, api: FakeApi) -> None:
        api.answer("POST", "/retrain", answers.job("queued"), status=202)
        page = open_page("train")

        page.button(key="start-retraining").click().run()

        assert not page.exception
        assert len(api.calls("POST", "/retrain")) == 1

    def test_a_running_job_can_be_watched_and_cancelled(self, api: FakeApi) -> None:
        api.answer("GET", "/retrain", {"jobs": [answers.job("running")]})
        api.answer("DELETE", "/retrain/j1", answers.job("cancelled"))
        page = open_page("train")

        assert page.button(key="start-retraining").disabled
        page.button(key="cancel-retraining").click().run()

        assert not page.exception
        assert len(api.calls("DELETE", "/retrain/j1")) == 1

    def test_another_one_may_wait_where_the_server_lets_it(self, api: FakeApi) -> None:
        api.answer("GET", "/status", answers.status() | {"retrain_queue": True})
        api.answer("GET", "/retrain", {"jobs": [answers.job("running")]})
        api.answer("POST", "/retrain", answers.waiting(), status=202)
        page = open_page("train")

        assert "another one would begin after it" in texts(page)
        page.button(key="start-retraining").click().run()

        assert not page.exception
        assert len(api.calls("POST", "/retrain")) == 1

    def test_the_one_that_waits_is_shown_beneath_and_can_be_cancelled(self, api: FakeApi) -> None:
        api.answer("GET", "/status", answers.status() | {"retrain_queue": True})
        api.answer("GET", "/retrain", {"jobs": [answers.waiting(), answers.job("running")]})
        api.answer("DELETE", "/retrain/j2", answers.job("cancelled"))
        page = open_page("train")

        assert page.button(key="start-retraining").disabled
        assert "Another retraining begins when this one has ended" in texts(page)
        assert page.button(key="cancel-retraining")
        page.button(key="cancel-waiting").click().run()

        assert not page.exception
        assert len(api.calls("DELETE", "/retrain/j2")) == 1

    def test_one_that_waits_for_nothing_any_more_is_the_one_that_is_shown(
        self, api: FakeApi
    ) -> None:
        api.answer("GET", "/retrain", {"jobs": [answers.waiting(), answers.job("kept")]})
        api.answer("DELETE", "/retrain/j2", answers.job("cancelled"))
        page = open_page("train")

        page.button(key="cancel-retraining").click().run()

        assert not page.exception
        assert len(api.calls("DELETE", "/retrain/j2")) == 1

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

        assert "Because." in said(open_page("train"), kind)

    def test_another_version_is_promoted_with_a_reason(self, api: FakeApi) -> None:
        promoted = answers.models()["models"][1] | {"overrides": ["labels"]}
        api.answer("POST", "/models/v1/promote", promoted)
        page = open_page("train")

        page.button(key="promote").click().run()
        assert page.warning[0].value == "Give a reason; it is kept with the change."
        page.text_input(key="promote-reason").set_value("Better on our films.")
        page.button(key="promote").click().run()

        assert not page.exception
        assert b"Better on our films." in api.calls("POST", "/models/v1/promote")[0].body
        assert "v1 serves now. This overrides the gate: labels." in texts(page)

    def test_a_verdict_shows_figures_and_the_images_to_look_at(self, api: FakeApi) -> None:
        api.answer("GET", "/retrain", {"jobs": [answers.job("kept")]})

        page = open_page("train")

        table = page.dataframe[0].value
        assert list(table.loc[table["check"] == "sensitivity"].iloc[0][["before", "now"]]) == [
            "0.950", "0.910",
        ]  # fmt: skip
        assert len(api.calls("GET", f"/samples/{'a' * 64}/thumbnail.png")) == 1
        assert "Labels to look at (2 films)" in [block.label for block in page.expander]

    def test_the_former_version_comes_back(self, api: FakeApi) -> None:
        api.answer("POST", "/models/rollback", answers.models()["models"][1])
        page = open_page("train")

        page.text_input(key="rollback-reason").set_value("Too many false alarms.")
        page.button(key="rollback").click().run()

        (call,) = api.calls("POST", "/models/rollback")
        assert json.loads(call.body)["from_version"] == "v2"

    def test_what_is_wrong_with_the_champions_file_is_shown(self, api: FakeApi) -> None:
        api.answer("GET", "/models", answers.models() | {"problem": "'champion.json' is damaged."})

        assert "'champion.json' is damaged." in said(open_page("train"), "warning")


class TestInsights:
    @pytest.mark.usefixtures("api")
    def test_every_figure_has_its_reading(self) -> None:
        page = open_page("insights")

        assert not page.exception
        assert "Normal has the most films (1,000 of 2,100" in texts(page)
        assert "points above validation (overfitting)" in texts(page)
        assert len(page.get("vega_lite_chart")) == 6

    def test_classes_without_images_show_generated_ones(self, api: FakeApi) -> None:
        page = open_page("insights")

        assert "what stands there is generated" in texts(page)
        assert len(api.calls("GET", f"/samples/{answers.SHA256}/thumbnail.png")) >= 1


class TestModelCard:
    @pytest.mark.usefixtures("api")
    def test_every_section_has_its_figures_and_readings(self) -> None:
        page = open_page("model_card")

        assert not page.exception
        headings = [heading.value for heading in page.subheader]
        assert headings == [
            "Model details",
            "Intended use",
            "Limits and failure modes",
            "Data by split, source and class",
            "On 558 held-out films",
            "ROC and operating points",
            "Does a score mean what it says?",
            "By class",
            "Coverage against error",
            "Pictures unlike the training films",
            "What the heat map is worth",
            "Stability under small changes",
            "Reduced precision (int8)",
            "Training record",
            "How to make it again",
        ]
        assert "Pneumonia-Viral is confused most with Pneumonia-Bacterial: 41 of 204." in texts(
            page
        )
        assert "10.0 points apart" in texts(page)
        assert "does point at what the model uses" in texts(page)
        assert page.code[0].value == "python -m api train --data films"
        assert len(page.get("vega_lite_chart")) == 8
        assert not page.info

    @pytest.mark.usefixtures("api")
    def test_the_version_that_serves_is_shown_first_and_others_can_be(self) -> None:
        page = open_page("model_card")
        versions = page.selectbox(key="card-version")
        assert versions.options == ["v2 (serves)", "v1"]

        versions.set_value("v1").run()

        assert not page.exception
        assert "Version v1 for the task pneumonia" in texts(page)

    @pytest.mark.usefixtures("api")
    def test_an_old_card_says_plainly_what_it_does_not_have(self) -> None:
        page = open_page("model_card")

        page.selectbox(key="card-version").set_value("v1").run()

        assert not page.exception
        absent = said(page, "info")
        for what in (
            "failure modes",
            "curves",
            "rule for uncertain scores",
            "rule for pictures unlike",
            "deletion test",
            "test of stability",
            "command",
        ):
            assert what in absent
        assert "confused most" in texts(page)

    def test_a_card_without_held_out_figures_is_shown_without(self, api: FakeApi) -> None:
        api.answer("GET", "/models/v2/card", answers.card() | {"metrics": {}})

        page = open_page("model_card")

        assert not page.exception
        assert "no held-out figures" in texts(page)

    def test_a_card_that_cannot_be_read_is_told_below_the_choice(self, api: FakeApi) -> None:
        api.refuse("GET", "/models/v2/card", "The card cannot be read.", status=409)

        page = open_page("model_card")

        assert page.warning[0].value == "The card cannot be read."
        assert page.selectbox(key="card-version").value == "v2"


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
        assert verdicts(page, kind)[0].startswith(title)
        assert "It is worse here than its card says." in said(page, kind)

    def test_the_version_that_serves_is_measured_as_the_server_is_set(self, api: FakeApi) -> None:
        self.checked()

        assert [r.path for r in api.calls("POST", "/evaluate")] == ["/evaluate?model=v2"]

    def test_version_and_operating_point_can_be_chosen(self, api: FakeApi) -> None:
        page = open_page("site_check")
        page.file_uploader(key="check-zip").upload("films.zip", b"PK", "application/zip")
        page.selectbox(key="check-point").set_value("confirm").run()

        page.button(key="check").click().run(timeout=TIMEOUT_S)

        assert api.calls("POST", "/evaluate")[0].path.endswith("model=v2&operating_point=confirm")

    @pytest.mark.usefixtures("api")
    def test_the_report_is_shown_with_readings(self) -> None:
        page = self.checked()

        assert "0.810 (0.750 to 0.870)" in tables(page)
        assert "these differ from the card: AUROC" in texts(page)
        assert "a threshold of 0.620 instead of 0.400" in texts(page)
        assert "- 2: not in a class folder" in texts(page)
        assert len(page.get("vega_lite_chart")) == 5
        assert page.get("download_button")

    def test_a_report_of_one_kind_of_image_shows_what_it_can(self, api: FakeApi) -> None:
        api.answer("POST", "/evaluate", answers.one_sided_report())

        page = self.checked()

        assert not page.exception
        assert "films of one kind only" in said(page, "info")
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


class TestMonitor:
    @pytest.mark.usefixtures("api")
    def test_the_headline_is_human_readable(self) -> None:
        page = open_page("monitor")

        assert not page.exception
        assert metrics(page)["Uptime"] == "1 d 2 h"
        assert metrics(page)["Predictions served"] == "1,234"
        assert metrics(page)["95 % within (p95)"] == "20 ms"
        assert "/srv/models/pneumonia/v2/model.h5" in texts(page)

    @pytest.mark.usefixtures("api")
    def test_each_worker_says_what_it_serves_and_how_busy_it_is(self) -> None:
        page = open_page("monitor")

        (workers,) = [d.value for d in page.dataframe if "serves" in d.value]
        assert workers.to_dict("records")[0] | {"started": ""} == {
            "host": "a",
            "process": "7",
            "serves": "v2, int8",
            "waiting": 3,
            "films/s at most": 98.5,
            "p99 ms, last 10 s": 41.5,
            "crashed decoders": 1,
            "gave up": 2,
            "started": "",
        }

    def test_the_window_is_asked_for(self, api: FakeApi) -> None:
        page = open_page("monitor")

        page.segmented_control(key="window").set_value("6 h").run()

        assert api.calls("GET", "/status/activity")[-1].path.endswith("window_minutes=360")

    def test_a_quiet_service_is_no_error(self, api: FakeApi) -> None:
        quiet: dict[str, Any] = {"predictions": [], "by_label": {}, "latency": None, "errors": []}
        api.answer("GET", "/status/activity", answers.activity() | quiet)

        page = open_page("monitor")

        assert not page.exception
        assert "No prediction in the last 60 min." in texts(page)


class TestReview:
    def test_the_image_stands_beside_its_answer_and_why_it_waits(self, api: FakeApi) -> None:
        api.answer("GET", "/review", answers.review())

        page = open_page("review")

        assert not page.exception
        assert "1 of 7 that wait." in texts(page)
        assert "near the threshold" in texts(page)
        assert len(api.calls("GET", "/predictions/p1/film.png")) == 1

    def test_an_image_that_was_not_kept_is_said_with_the_setting(self, api: FakeApi) -> None:
        api.answer("GET", "/review", answers.review(kept=False))

        assert "ROENTGEN_KEEP_IMAGES" in texts(open_page("review"))

    def test_a_word_is_sent_and_what_came_of_it_is_said(self, api: FakeApi) -> None:
        api.answer("GET", "/review", answers.review(kept=False))
        api.answer("POST", "/predictions/p1/feedback", answers.feedback(), status=201)
        page = open_page("review")

        page.selectbox[0].select("Normal")
        page.text_input[0].set_value("read by two")
        page.button[0].click().run()

        sent = json.loads(api.calls("POST", "/predictions/p1/feedback")[0].body)
        assert sent == {"label": "Normal", "remark": "read by two"}
        assert "Saved: Normal, unlike the model. The film is a training sample now." in texts(page)
        assert not page.selectbox

    @pytest.mark.parametrize(
        ("outcome", "words"),
        [(None, "was not kept"), ("duplicate", "no new training sample (duplicate). Already")],
    )
    def test_what_did_not_become_a_sample_is_said(
        self, api: FakeApi, outcome: str | None, words: str
    ) -> None:
        api.answer("GET", "/review", answers.review(kept=False))
        given = answers.feedback(outcome, agrees=True)
        api.answer("POST", "/predictions/p1/feedback", given, status=201)
        page = open_page("review")

        page.selectbox[0].select("Normal")
        page.button[0].click().run()

        assert "as the model said" in texts(page)
        assert words in texts(page)

    def test_a_refusal_keeps_the_form(self, api: FakeApi) -> None:
        api.answer("GET", "/review", answers.review(kept=False))
        api.refuse("POST", "/predictions/p1/feedback", "The disk is full.", status=507)
        page = open_page("review")

        page.selectbox[0].select("Normal")
        page.button[0].click().run()

        assert "The disk is full." in page.error[0].value
        assert len(page.selectbox) == 1

    def test_nothing_is_chosen_beforehand_and_nothing_is_sent_without_a_choice(
        self, api: FakeApi
    ) -> None:
        page = open_page("review")
        assert page.selectbox[0].value is None

        page.button[0].click().run()

        assert "Choose what it shows." in texts(page)
        assert not api.calls("POST", "/predictions/p1/feedback")

    def test_an_empty_queue_says_so(self, api: FakeApi) -> None:
        api.answer("GET", "/review", {"total": 0, "items": []})

        assert "Nothing waits" in texts(open_page("review"))
