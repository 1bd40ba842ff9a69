"""The page Diagnose as a person sees it, against the fake API."""

import pytest
from streamlit.testing.v1 import AppTest

import example_films
from formatting import estimate, percent, plain
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi, png
from tests.streamlit_app.page_checks import TIMEOUT_S, metrics, open_page, tables, texts, titles_of

ANSWER = answers.prediction()
REFERRED = answers.referred()


class TestDiagnose:
    def test_an_image_is_answered_in_clear_words(self, api: FakeApi) -> None:
        page = open_page("diagnose")

        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        assert not page.exception
        assert len(api.calls("POST", "/predict")) == 1
        assert page.subheader[0].value == "Pneumonia-Viral"
        assert answers.status()["classes"]["Pneumonia-Viral"] in texts(page)
        assert metrics(page) == {
            "Confidence": percent(ANSWER["confidence"]),
            "Decision": "Finding present",
        }
        assert "Model v1 · 12 ms" in texts(page)

    def test_the_same_image_is_not_asked_about_twice(self, api: FakeApi) -> None:
        page = open_page("diagnose")
        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        page.run()

        assert len(api.calls("POST", "/predict")) == 1

    def test_a_new_model_reads_the_image_again(self, api: FakeApi) -> None:
        page = open_page("diagnose")
        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()
        api.answer("GET", "/status", answers.status(model_version="v3"))

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
        causes = ["uncertain", "poor_quality"]
        api.answer("POST", "/predict", answers.referred(causes=causes))
        page = open_page("diagnose")

        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        assert not page.exception
        assert titles_of(page, "warning") == ["A person must look"]
        box = page.warning[0].value
        assert "Referred, because: uncertain, poor picture." in box
        assert f"- {plain(REFERRED['reasons'][1])}" in box
        assert metrics(page)["Decision"] == "A person must look"
        assert not page.subheader

    def test_a_positive_answer_is_never_headed_by_the_negative_class(self, api: FakeApi) -> None:
        api.answer("POST", "/predict", answers.prediction(label="Normal"))
        page = open_page("diagnose")

        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        assert page.subheader[0].value == "Finding present"
        assert "Most probable class all the same: **Normal**." in texts(page)
        assert answers.status()["classes"]["Normal"] not in texts(page)

    def test_referred_images_are_counted_above_the_table(self, api: FakeApi) -> None:
        api.answer("POST", "/predict", answers.referred())
        page = open_page("diagnose")

        files = [(f"{n}.png", png(n), "image/png") for n in range(2)]
        page.file_uploader(key="films").set_value(files).run(timeout=TIMEOUT_S)

        assert page.subheader[0].value == "2 of 2 films answered, 2 for a person to look at"
        row = page.dataframe[1].value.iloc[0]
        assert row["decision"] == "refer"
        assert row["causes"] == "; ".join(REFERRED["causes"])
        assert row["unlikeness"] == pytest.approx(REFERRED["unlikeness"], abs=0.001)

    def test_what_an_answer_is_worth_is_told_in_plain_words(self, api: FakeApi) -> None:
        api.answer("POST", "/predict", answers.prediction(ppv=0.93))
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
        at = answers.card()["metrics"]["holdout"]["overall"]["at"]["screening"]
        assert estimate(at["sensitivity"], at["sensitivity_interval"]) in tables(page)

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

    def test_an_example_film_is_answered_with_its_source_and_asks_for_no_feedback(
        self, api: FakeApi
    ) -> None:
        page = open_page("diagnose")

        page.button(key="example-covid-19-adult.jpg").click().run()

        assert not page.exception
        assert "Example film: an adult with COVID-19. [Winther et al. 2020](" in texts(page)
        (request,) = api.calls("POST", "/predict")
        assert (example_films.FOLDER / "covid-19-adult.jpg").read_bytes() in request.body
        assert metrics(page)["Decision"] == "Finding present"
        assert "Was it right?" not in [expander.label for expander in page.expander]

    def test_an_uploaded_film_takes_the_place_of_the_examples(self, api: FakeApi) -> None:
        page = open_page("diagnose")
        page.button(key="example-healthy-child.jpg").click().run()

        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()
        assert not [b for b in page.button if str(b.key).startswith("example-")]

        page.file_uploader(key="films").set_value([]).run()

        assert not page.exception
        assert not metrics(page)
        assert page.button(key="example-healthy-child.jpg").label == "Healthy child"

    def test_a_task_without_example_films_offers_none(self, api: FakeApi) -> None:
        api.answer("GET", "/status", answers.status(task="mammography"))

        page = open_page("diagnose")

        assert not page.exception
        assert "No film at hand?" not in texts(page)

    def test_a_model_in_preparation_is_waited_for(self, api: FakeApi) -> None:
        api.answer("GET", "/status", answers.status(model_version=None))

        page = open_page("diagnose")

        assert "being prepared" in page.info[0].value


class TestSite:
    def test_without_sites_nothing_is_asked(self, api: FakeApi) -> None:
        page = open_page("diagnose")

        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        assert "source" not in [box.key for box in page.selectbox]
        assert "source=" not in api.calls("POST", "/predict")[0].path

    def test_the_chosen_one_goes_along_and_stays_in_the_address(self, api: FakeApi) -> None:
        api.answer("GET", "/status", answers.status(sites=[answers.site()]))
        page = open_page("diagnose")

        page.selectbox(key="source").set_value("St. Anna").run()
        page.file_uploader(key="films").upload("film.png", png(), "image/png").run()

        assert not page.exception
        assert api.calls("POST", "/predict")[0].path.endswith("source=St.+Anna")
        assert page.query_params["source"] == "St. Anna"

    def test_the_address_chooses_and_a_stale_profile_is_said(self, api: FakeApi) -> None:
        api.answer(
            "GET", "/status", answers.status(sites=[answers.site(is_stale=True, version="v1")])
        )
        page = AppTest.from_string(
            "from views import diagnose\ndiagnose.show()", default_timeout=TIMEOUT_S
        )
        page.query_params["source"] = "St. Anna"

        page.run()

        assert page.selectbox(key="source").value == "St. Anna"
        assert "it is not applied" in texts(page)
