"""The page Diagnose as a person sees it, against the fake API."""

import base64
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

import example_images
from captions import answer_captions
from client import RoentgenClient
from components import filter_choices
from components.viewer import image_viewer
from components.worklist.table import image_table
from formatting import estimate, percent, plain
from language.api_sentences import translated
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi, png
from tests.streamlit_app.page_checks import (
    TIMEOUT_S,
    metrics,
    open_page,
    send_images,
    shown_by,
    tables,
    texts,
)
from worklist import incoming
from worklist.image_cache import Picture
from worklist.rows import DecisionOptions

ANSWER = answers.prediction()
REFERRED = answers.referred()
IMAGE = ("film.png", png(), "image/png")


class TestOneImage:
    def test_finding_and_kind_are_two_figures(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), IMAGE)

        assert not page.exception
        assert len(api.calls("POST", "/predict")) == 1
        assert page.subheader[0].value == "The model sees a finding on this film."
        assert metrics(page) == {
            "Probability of any finding": percent(ANSWER["score"]),
            "Most probable kind: Pneumonia-Viral": percent(ANSWER["confidence"]),
        }
        assert "Model v1 · 12 ms" in texts(page)
        assert len(page.get("vega_lite_chart")) == 1

    def test_it_is_shown_at_full_size_with_its_heat_map_at_hand(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), IMAGE)

        shown = shown_by(page, image_viewer.NAME)
        assert shown["film"].endswith(".png")
        assert shown["heat"].endswith(".png")
        assert shown["marks"]
        assert shown["label"] == "Pneumonia-Viral"
        sizes = [call.path.partition("side_px=")[2] for call in api.calls("POST", "/preview")]
        assert sizes == ["96", "1280"]
        assert "not what is ill" in texts(page)

    def test_a_second_look_at_the_page_asks_nothing(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), IMAGE)

        page.run()

        assert len(api.calls("POST", "/predict")) == 1
        assert len(api.calls("POST", "/preview")) == 2

    def test_a_new_model_is_asked_when_a_person_wants_it(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), IMAGE)
        api.answer("GET", "/status", answers.status(model_version="v3"))
        page.run()
        assert len(api.calls("POST", "/predict")) == 1

        page.button(key="ask-again").click().run()

        assert page.session_state["worklist"].again == ("film-0",)

    def test_a_referred_image_says_that_a_person_must_look_and_why(self, api: FakeApi) -> None:
        causes = ["uncertain", "poor_quality"]
        api.answer("POST", "/predict", answers.referred(causes=causes))

        page = send_images(open_page("diagnose"), IMAGE)

        assert not page.exception
        assert page.subheader[0].value == "A person must look at this film."
        assert "Why a person must look: uncertain, poor picture." in texts(page)
        assert f"- {plain(translated(REFERRED['reasons'][1]))}" in texts(page)
        assert "What does it show?" in texts(page)

    def test_no_image_of_its_kind_has_no_label_no_bars_and_no_heat_map(self, api: FakeApi) -> None:
        api.answer("POST", "/predict", REFERRED)

        page = send_images(open_page("diagnose"), IMAGE)

        assert answer_captions.NO_SUCH_IMAGE in texts(page)
        assert not page.subheader
        assert not metrics(page)
        assert not page.get("vega_lite_chart")
        shown = shown_by(page, image_viewer.NAME)
        assert shown["film"]
        assert shown["heat"] is None
        assert not shown["marks"]

    def test_a_positive_answer_is_never_headed_by_the_negative_class(self, api: FakeApi) -> None:
        api.answer("POST", "/predict", answers.prediction(label="Normal"))

        page = send_images(open_page("diagnose"), IMAGE)

        assert "Most probable kind: Pneumonia-Viral" in metrics(page)

    def test_what_the_decision_is_worth_is_told_in_plain_words(self, api: FakeApi) -> None:
        api.answer("POST", "/predict", answers.prediction(ppv=0.93))

        page = send_images(open_page("diagnose"), IMAGE)

        assert "Of 100 films called positive here, about 93 show a finding" in texts(page)
        assert "prevalence" not in api.calls("POST", "/predict")[0].path

    def test_the_chosen_way_to_decide_is_sent(self, api: FakeApi) -> None:
        page = open_page("diagnose")
        page.selectbox(key="operating-point").set_value("screening")
        page.number_input(key="prevalence").set_value(5.0).run()

        send_images(page, IMAGE)

        assert not page.exception
        assert api.calls("POST", "/predict")[-1].path.endswith(
            "operating_point=screening&prevalence=0.05"
        )
        at = answers.card()["metrics"]["holdout"]["overall"]["at"]["screening"]
        assert estimate(at["sensitivity"], at["sensitivity_interval"]) in tables(page)

    def test_a_changed_prevalence_changes_the_answer_and_reads_no_image_again(
        self, api: FakeApi
    ) -> None:
        api.answer("GET", "/status", answers.status(model_version=ANSWER["model_version"]))
        page = send_images(open_page("diagnose"), IMAGE)
        elsewhere = answers.prediction(prevalence=0.05, score=0.25, explanation=None)
        api.answer("GET", "/predictions/p1", elsewhere)
        page.session_state["worklist"].gone.add("film-0")

        page.number_input(key="prevalence").set_value(5.0).run()

        assert not page.exception
        assert len(api.calls("POST", "/predict")) == 1
        assert api.calls("GET", "/predictions/p1")[-1].path.endswith("?prevalence=0.05")
        assert metrics(page)["Probability of any finding"] == percent(0.25)
        assert shown_by(page, image_viewer.NAME)["heat"]
        assert "ask-again" not in [button.key for button in page.button]

        # Once it is left to the server again, the answer is as it was asked for.
        api.answer("GET", "/predictions/p1", ANSWER)
        page.number_input(key="prevalence").set_value(None).run()
        assert metrics(page)["Probability of any finding"] == percent(ANSWER["score"])

    def test_one_that_the_server_cannot_correct_is_offered_to_be_read_again(
        self, api: FakeApi
    ) -> None:
        page = send_images(open_page("diagnose"), IMAGE)
        api.refuse("GET", "/predictions/p1", "No prediction with id 'p1'.", status=404)

        page.number_input(key="prevalence").set_value(5.0).run()

        assert not page.exception
        assert page.button(key="ask-again").label == "Read 1 film again as chosen now"

    def test_an_answer_without_its_heat_map_is_still_an_answer(self, api: FakeApi) -> None:
        api.refuse("GET", "/predictions/*", "No heat map was kept.", status=404)

        page = send_images(open_page("diagnose"), IMAGE)

        assert not page.exception
        assert "No heat map: No heat map was kept." in texts(page)
        assert metrics(page)

    def test_an_answer_of_an_earlier_program_has_less(self, api: FakeApi) -> None:
        api.answer("POST", "/predict", answers.old_prediction())

        page = send_images(open_page("diagnose"), IMAGE)

        assert not page.exception
        assert shown_by(page, image_viewer.NAME)["heat"] is None
        assert "Of 100 films" not in texts(page)

    def test_an_unknown_card_costs_no_answer(self, api: FakeApi) -> None:
        api.refuse("GET", "/models/v2/card", "The card cannot be read.", status=409)

        page = send_images(open_page("diagnose"), IMAGE)

        assert not page.exception
        assert metrics(page)
        assert page.selectbox(key="operating-point").options == ["as the server is set (balanced)"]

    def test_a_refused_file_is_named_with_the_reason(self, api: FakeApi) -> None:
        for asked in ("/predict", "/preview"):
            api.refuse("POST", asked, "The file is no image.", status=415)

        page = send_images(open_page("diagnose"), ("notes.pdf", b"%PDF", "application/pdf"))

        assert page.error[0].value == "notes.pdf: The file is no image."
        note = shown_by(page, image_viewer.NAME)["note"]
        assert note.startswith("There is no picture to show. The file is no image. Export the film")

    def test_one_whose_server_was_busy_is_no_unreadable_file(self, api: FakeApi) -> None:
        api.refuse("POST", "/predict", "Too many films wait; try again.", status=503)
        page = send_images(open_page("diagnose"), IMAGE)
        page.session_state["worklist"].image_cache.clear()

        page.run()

        assert shown_by(page, image_viewer.NAME)["note"] == "The film is on its way …"

    def test_an_image_that_no_tab_has_any_more_says_so(self, api: FakeApi) -> None:
        page = _without_its_picture(send_images(open_page("diagnose"), IMAGE))
        api.refuse("GET", "/predictions/*", "No film was kept.", status=404)

        page.run()

        assert "no longer at hand" in shown_by(page, image_viewer.NAME)["note"]

    @pytest.mark.usefixtures("api")
    def test_an_image_that_the_server_keeps_is_shown_though_the_tab_has_it_no_more(self) -> None:
        page = _without_its_picture(send_images(open_page("diagnose"), IMAGE)).run()

        shown = shown_by(page, image_viewer.NAME)
        assert shown["note"] is None
        assert shown["film"].endswith(".png")

    def test_what_was_read_stays_in_view_while_the_api_is_away(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), IMAGE)
        send_images(page, ("b.png", png(2), "image/png"))
        api.close()

        page.run()

        assert not page.exception
        assert "cannot be reached" in page.error[0].value
        assert len(page.error) == 1
        assert len(shown_by(page, image_table.NAME)["rows"]) == 2
        assert shown_by(page, image_viewer.NAME)["film"]
        assert metrics(page)
        assert page.get("download_button")


def _without_its_picture(page: AppTest) -> AppTest:
    images = page.session_state["worklist"]
    images.image_cache.clear()
    images.gone.add("film-0")
    return page


class TestPictureWhileTheApiIsAway:
    def test_it_is_no_lost_image_and_is_asked_for_again(self, api: FakeApi) -> None:
        page = _without_its_picture(send_images(open_page("diagnose"), IMAGE))
        images = page.session_state["worklist"]
        images.gone.clear()
        data = base64.b64encode(png()).decode()
        look: incoming.Group = {
            "number": images.answered + 1, "look": True, "left": 0, "total": 1,
            "images": [{"key": "film-0", "name": "film.png", "data": data}],
        }  # fmt: skip

        incoming.take(images, look, RoentgenClient("http://127.0.0.1:9"))
        assert images.missed == {"film-0"}
        assert not images.gone

        page.run()
        assert not images.missed
        assert "on its way" in shown_by(page, image_viewer.NAME)["note"]


class TestRightOrWrong:
    def test_one_more_click_says_what_it_was(self, api: FakeApi) -> None:
        api.answer("POST", "/predictions/p1/feedback", answers.recorded("feedback"))
        page = send_images(open_page("diagnose"), IMAGE)
        key = "film-0-p1"

        page.segmented_control(key=f"verdict-{key}").set_value("Wrong").run()
        labels = [str(b.key) for b in page.button if str(b.key).startswith("label-")]
        page.button(key=f"label-{key}-Normal").click().run()

        assert not page.exception
        # The film was called positive: what it is instead is the one class without a finding.
        assert labels == [f"label-{key}-Normal"]
        (call,) = api.calls("POST", "/predictions/p1/feedback")
        assert b'"Normal"' in call.body
        assert "Saved:" in texts(page)

    def test_a_word_that_is_refused_has_the_request_to_look_for(self, api: FakeApi) -> None:
        api.refuse("POST", "/predictions/p1/feedback", "The records are busy.", status=503)
        page = send_images(open_page("diagnose"), IMAGE)
        key = "film-0-p1"

        page.segmented_control(key=f"verdict-{key}").set_value("Wrong").run()
        page.button(key=f"label-{key}-Normal").click().run()

        assert "The records are busy." in texts(page)
        assert [code.value for code in page.code] == ["r15"]

    def test_what_was_said_is_there_after_a_reload_and_can_be_taken_back(
        self, api: FakeApi
    ) -> None:
        api.answer("GET", "/predictions/p1", answers.prediction(feedback=answers.own_feedback()))
        api.answer("DELETE", "/predictions/p1/feedback", answers.recorded("taken_back"))
        page = send_images(open_page("diagnose"), IMAGE)
        assert "You said: Normal, unlike the model." in texts(page)
        assert not page.segmented_control

        api.answer("GET", "/predictions/p1", answers.prediction())
        page.button(key="take-back-film-0-p1").click().run()

        assert not page.exception
        assert len(api.calls("DELETE", "/predictions/p1/feedback")) == 1
        assert "You said" not in texts(page)
        assert page.segmented_control(key="verdict-film-0-p1")

    def test_it_is_asked_for_once_an_answer(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), IMAGE)

        page.run()

        assert len(api.calls("GET", "/predictions/p1")) == 1

    def test_a_picture_of_something_else_is_offered_no_class(self, api: FakeApi) -> None:
        api.answer("POST", "/predict", REFERRED)

        page = send_images(open_page("diagnose"), IMAGE)

        assert not [b for b in page.button if str(b.key).startswith("label-")]
        assert "needs no word" in texts(page)


class TestManyImages:
    @pytest.mark.usefixtures("api")
    def test_they_have_a_worklist(self) -> None:
        files = [(f"{n}.png", png(n), "image/png") for n in range(12)]

        page = send_images(open_page("diagnose"), *files)

        assert not page.exception
        assert "**12 films: 12 with a finding.**" in texts(page)
        shown = shown_by(page, image_table.NAME)
        assert len(shown["rows"]) == 12
        assert shown["open"] == shown["rows"][0]["key"]
        assert {row["words"] for row in shown["rows"]} == {"Finding present"}
        assert {row["mark"] for row in shown["rows"]} == {"+"}
        viewer = shown_by(page, image_viewer.NAME)
        assert (viewer["place"], viewer["count"]) == (1, 12)

    @pytest.mark.usefixtures("api")
    def test_it_fills_while_images_are_read(self) -> None:
        page = send_images(open_page("diagnose"), IMAGE, left=30)

        assert len(shown_by(page, image_table.NAME)["rows"]) == 1
        assert not page.get("vega_lite_chart")

    def test_those_that_a_person_must_look_at_come_first(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), ("a.png", png(), "image/png"), left=1)
        api.answer("POST", "/predict", answers.referred(causes=["uncertain"]))

        send_images(page, ("b.png", png(), "image/png"))

        rows = shown_by(page, image_table.NAME)["rows"]
        assert [row["name"] for row in rows] == ["b.png", "a.png"]
        assert rows[0]["why"] == "uncertain"

    @pytest.mark.usefixtures("api")
    def test_a_search_leaves_those_that_fit(self) -> None:
        files = [(f"{n}.png", png(n), "image/png") for n in range(3)]
        page = send_images(open_page("diagnose"), *files)

        page.text_input(key="worklist-words").set_value("1.PNG").run()

        assert [row["name"] for row in shown_by(page, image_table.NAME)["rows"]] == ["1.png"]

    def test_one_whose_server_was_busy_is_asked_for_again(self, api: FakeApi) -> None:
        api.refuse("POST", "/predict", "The model is being prepared.", status=503)
        page = send_images(open_page("diagnose"), IMAGE)
        assert page.session_state["worklist"].again == ("film-0",)
        api.answer("POST", "/predict", answers.prediction())
        page.session_state["worklist"].rows.clear()

        send_images(page, IMAGE)

        assert page.session_state["worklist"].again == ()
        assert not page.error
        assert metrics(page)

    @pytest.mark.usefixtures("api")
    def test_a_new_list_forgets_all(self) -> None:
        page = send_images(open_page("diagnose"), IMAGE)

        page.button(key="clear-films").click().run()

        assert not page.exception
        assert not page.session_state["worklist"].rows
        assert page.button(key="example-healthy-child.jpg").label == "Healthy child"


class TestSelection:
    FILES = tuple((f"{n}.png", png(n), "image/png") for n in range(4))

    def test_what_is_done_is_done_with_the_films_that_are_selected(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), *self.FILES)
        assert "ask-again" in [button.key for button in page.button]
        page.session_state["worklist"].selected = ("film-3", "film-1")
        page.run()

        assert "Selected: 2 films." in texts(page)
        assert downloads(page) == ["Download answers about 2 films (CSV)"]
        page.button(key="ask-again").click().run()
        assert page.session_state["worklist"].again == ("film-1", "film-3")

        page.button(key="select-none").click().run()
        assert downloads(page) == ["Download answers about 4 films (CSV)"]

    @pytest.mark.usefixtures("api")
    def test_without_one_it_is_done_with_those_that_are_shown(self) -> None:
        page = send_images(open_page("diagnose"), *self.FILES)

        page.text_input(key="worklist-words").set_value("2.png").run()

        assert downloads(page) == ["Download answers about 1 film (CSV)"]
        assert page.button(key="ask-again").label == "Read 1 film again as chosen now"


def downloads(page: AppTest) -> list[str]:
    return [button.proto.label for button in page.get("download_button")]


KEPT = """
import streamlit as st
from session import identity, stored_worklist
from views import diagnose
st.session_state[identity.WHO] = None
stored_worklist.follow()
diagnose.show()
"""


class TestReload:
    def test_the_film_that_was_open_is_open_again(self, api: FakeApi) -> None:
        files = [(f"{n}.png", png(n), "image/png") for n in range(3)]
        page = AppTest.from_string(KEPT, default_timeout=TIMEOUT_S).run()
        send_images(page, *files)
        page.session_state["worklist"].open_key = "film-2"
        page.run()

        again = AppTest.from_string(KEPT, default_timeout=TIMEOUT_S)
        again.query_params["list"] = page.query_params["list"]
        again.run()

        assert not again.exception
        assert len(shown_by(again, image_table.NAME)["rows"]) == 3
        assert shown_by(again, image_table.NAME)["open"] == "film-2"


class TestKeptImages:
    def test_where_the_server_keeps_none_the_tab_is_offered(self, api: FakeApi) -> None:
        kept = answers.recorded("privacy")
        for one in kept["kept"]:
            one["how_long"] = "never stored" if one["name"] == "kept films" else one["how_long"]
        api.answer("GET", "/privacy", kept)
        page = open_page("diagnose")
        assert not page.toggle(key="keep-films").value
        send_images(page, IMAGE)

        assert not page.session_state["worklist"].keep_images

        page.toggle(key="keep-films").set_value(True).run()

        assert page.session_state["worklist"].keep_images

    @pytest.mark.usefixtures("api")
    def test_films_that_the_tab_has_no_more_are_to_be_dropped_again(self) -> None:
        page = send_images(open_page("diagnose"), IMAGE)
        films = page.session_state["worklist"]
        films.rows["film-0"] = replace(
            films.rows["film-0"], options=DecisionOptions(operating_point="screening")
        )
        assert "ask-again" in [button.key for button in page.run().button]

        films.lose(["film-0"])
        page.run()

        assert "ask-again" not in [button.key for button in page.button]
        assert "Not in this tab any more: 1 film." in texts(page)

    @pytest.mark.usefixtures("api")
    def test_where_it_keeps_them_nothing_is_asked(self) -> None:
        page = send_images(open_page("diagnose"), IMAGE)

        assert "keep-films" not in [toggle.key for toggle in page.toggle]


class TestRememberedImages:
    def test_what_the_tab_was_not_to_remember_says_how_it_is_looked_at(self, api: FakeApi) -> None:
        kept = answers.recorded("privacy")
        for one in kept["kept"]:
            one["how_long"] = "never stored" if one["name"] == "kept films" else one["how_long"]
        api.answer("GET", "/privacy", kept)
        page = _without_its_picture(send_images(open_page("diagnose"), IMAGE)).run()

        assert "Remember films" in shown_by(page, image_viewer.NAME)["note"]


class TestNearFilms:
    FILES = tuple((f"{n}.png", png(n), "image/png") for n in range(5))

    def test_the_browser_is_to_send_what_is_open_and_what_is_beside_it(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), *self.FILES)
        page.session_state["worklist"].open_key = "film-1"
        page.run()

        near = shown_by(page, image_viewer.NEAR)
        assert near["key"] == "film-1"
        assert [film["key"] for film in near["missing"]] == ["film-1", "film-2", "film-3", "film-0"]

    def test_what_is_there_is_at_hand_and_wanted_no_more(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), *self.FILES)
        films = page.session_state["worklist"]
        films.open_key = "film-1"
        films.image_cache.keep("film-2", Picture(png(2), is_full=False))
        films.gone.add("film-3")
        page.run()

        near = shown_by(page, image_viewer.NEAR)
        assert [(film["key"], film["quick"]) for film in near["near"]] == [("film-2", True)]
        assert [film["key"] for film in near["missing"]] == ["film-1", "film-0"]
        # The server keeps films, and is asked beside the page.
        assert near["waits"]

    def test_all_pixels_of_the_film_that_somebody_stays_with_are_wanted(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), *self.FILES)
        films = page.session_state["worklist"]
        films.open_key = films.enlarged = "film-4"
        films.image_cache.keep("film-4", Picture(png(4), is_full=False))
        page.run()

        assert shown_by(page, image_viewer.NAME)["quick"]
        missing = shown_by(page, image_viewer.NEAR)["missing"]
        assert missing[0] == {"key": "film-4", "full": True}

    def test_while_films_are_read_none_is_sent_ahead(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), *self.FILES, left=30)
        page.session_state["worklist"].open_key = "film-1"
        page.run()

        missing = shown_by(page, image_viewer.NEAR)["missing"]
        assert [film["key"] for film in missing] == ["film-1"]


class TestForgotten:
    def test_the_list_says_how_many_films_it_is_too_short_for(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), IMAGE)
        assert "No longer in it" not in texts(page)
        page.session_state["worklist"].forgotten = 37
        send_images(page, ("b.png", png(2), "image/png"))

        assert "The list holds the latest 2,000 films." in texts(page)
        assert "37 films read before" in texts(page)


class TestExamples:
    def test_one_is_answered_with_its_source_and_asks_for_no_feedback(self, api: FakeApi) -> None:
        page = open_page("diagnose")

        page.button(key="example-covid-19-adult.jpg").click().run()

        assert not page.exception
        assert "Example film: an adult with COVID-19. [Winther et al. 2020](" in texts(page)
        (request,) = api.calls("POST", "/predict")
        assert (example_images.FOLDER / "covid-19-adult.jpg").read_bytes() in request.body
        assert metrics(page)
        assert shown_by(page, image_viewer.NAME)["film"]
        assert not page.segmented_control

    def test_an_own_image_stands_beside_it(self, api: FakeApi) -> None:
        page = open_page("diagnose")
        page.button(key="example-healthy-child.jpg").click().run()

        send_images(page, IMAGE)

        assert not [b for b in page.button if str(b.key).startswith("example-")]
        assert len(shown_by(page, image_table.NAME)["rows"]) == 2

    def test_a_task_without_example_images_offers_none(self, api: FakeApi) -> None:
        api.answer("GET", "/status", answers.status(task="mammography"))

        page = open_page("diagnose")

        assert not page.exception
        assert "No film at hand?" not in texts(page)


class TestModel:
    def test_one_in_preparation_is_waited_for(self, api: FakeApi) -> None:
        api.answer("GET", "/status", answers.status(model_version=None))

        page = open_page("diagnose")

        assert "being prepared" in page.info[0].value


class TestSite:
    def test_without_a_choice_no_site_is_named(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), IMAGE)

        assert page.selectbox(key="source").value == ""
        assert "source=" not in api.calls("POST", "/predict")[0].path

    def test_a_new_name_is_taken_and_stays_for_other_pages(self, api: FakeApi) -> None:
        page = AppTest.from_string(
            "from views import diagnose\ndiagnose.show()", default_timeout=TIMEOUT_S
        )
        page.session_state["source"] = "St. Paul"
        send_images(page.run(), IMAGE)
        assert api.calls("POST", "/predict")[0].path.endswith("source=St.+Paul")

        other = AppTest.from_string(
            "from views import train\ntrain.show()", default_timeout=TIMEOUT_S
        )
        other.session_state[filter_choices.PLACE] = page.session_state[filter_choices.PLACE]
        other.run()

        assert other.selectbox(key="source").value == "St. Paul"

    def test_it_can_be_named_while_training_films_cannot_be_counted(self, api: FakeApi) -> None:
        api.refuse("GET", "/retrain/plan", "The disk is full.", status=507)

        page = open_page("diagnose")

        assert not page.exception
        assert page.selectbox(key="source").options == ["no site"]

    def test_the_chosen_one_goes_along_and_stays_in_the_address(self, api: FakeApi) -> None:
        api.answer("GET", "/status", answers.status(sites=[answers.site()]))
        page = open_page("diagnose")

        page.selectbox(key="source").set_value("St. Anna").run()
        send_images(page, IMAGE)

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
