"""Each page as a person sees it, against the fake API."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.streamlit_app import fake_answers as answers
from tests.streamlit_app.fake_api import FakeApi, png

PAGES = ("diagnose", "train", "insights", "monitor")
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
        api.refuse("GET", "/status", "The database is locked.", status=503)

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
    def test_a_film_is_answered_in_clear_words(self, api: FakeApi) -> None:
        page = open_page("diagnose")

        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        assert not page.exception
        assert len(api.calls("POST", "/predict")) == 1
        assert page.subheader[0].value == "Pneumonia-Viral"
        assert "What Pneumonia-Viral means." in texts(page)
        assert metrics(page) == {"Confidence": "87.3 %", "Decision": "Finding present"}
        assert "Model v2 · 12 ms" in texts(page)

    def test_the_same_film_is_not_asked_about_twice(self, api: FakeApi) -> None:
        page = open_page("diagnose")
        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        page.run()

        assert len(api.calls("POST", "/predict")) == 1

    def test_a_new_model_reads_the_film_again(self, api: FakeApi) -> None:
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
        assert len(page.dataframe[0].value) == 12
        assert page.selectbox(key="films-shown").options == ["1 to 10", "11 to 12"]

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

    def test_too_few_films_disable_the_start_with_the_reason(self, api: FakeApi) -> None:
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
        assert "0 stored, 0 duplicate, 0 conflict, 1 rejected" in texts(page)

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

    def test_many_films_are_sent_in_portions(self, api: FakeApi) -> None:
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

    @pytest.mark.parametrize(
        ("state", "kind"),
        [("promoted", "success"), ("kept", "info"), ("failed", "error"), ("cancelled", "warning")],
    )
    def test_the_ending_is_told_in_plain_words(self, api: FakeApi, state: str, kind: str) -> None:
        api.answer("GET", "/retrain", {"jobs": [answers.job(state, reason="Because.")]})

        assert "Because." in said(open_page("train"), kind)

    def test_another_version_is_promoted_with_a_reason(self, api: FakeApi) -> None:
        api.answer("POST", "/models/v1/promote", answers.models()["models"][1])
        page = open_page("train")

        page.button(key="promote").click().run()
        assert page.warning[0].value == "Give a reason; it is kept with the change."
        page.text_input(key="promote-reason").set_value("Better on our films.")
        page.button(key="promote").click().run()

        assert not page.exception
        assert b"Better on our films." in api.calls("POST", "/models/v1/promote")[0].body
        assert "v1 serves now." in texts(page)

    def test_the_former_version_comes_back(self, api: FakeApi) -> None:
        api.answer("POST", "/models/rollback", answers.models()["models"][1])
        page = open_page("train")

        page.text_input(key="rollback-reason").set_value("Too many false alarms.")
        page.button(key="rollback").click().run()

        assert len(api.calls("POST", "/models/rollback")) == 1


class TestInsights:
    @pytest.mark.usefixtures("api")
    def test_every_figure_has_its_reading(self) -> None:
        page = open_page("insights")

        assert not page.exception
        assert "Pneumonia-Viral is confused most with Pneumonia-Bacterial: 41 of 204." in texts(
            page
        )
        assert "Normal has the most films (1,000 of 2,100" in texts(page)
        assert "points apart" in texts(page)
        assert len(page.get("vega_lite_chart")) == 8

    def test_classes_without_films_show_generated_ones(self, api: FakeApi) -> None:
        page = open_page("insights")

        assert "what stands there is generated" in texts(page)
        assert len(api.calls("GET", f"/samples/{answers.SHA256}/thumbnail.png")) >= 1

    def test_a_card_without_held_out_figures_is_shown_without(self, api: FakeApi) -> None:
        api.answer("GET", "/models/v2/card", answers.card() | {"metrics": {}})

        assert "no held-out figures" in texts(open_page("insights"))


class TestMonitor:
    @pytest.mark.usefixtures("api")
    def test_the_headline_is_human_readable(self) -> None:
        page = open_page("monitor")

        assert not page.exception
        assert metrics(page)["Uptime"] == "1 d 2 h"
        assert metrics(page)["Predictions served"] == "1,234"
        assert metrics(page)["95 % within (p95)"] == "20 ms"
        assert "/srv/models/pneumonia/v2/model.h5" in texts(page)

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
