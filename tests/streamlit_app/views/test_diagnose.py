"""The page Diagnose as a person sees it, against the fake API."""

from captions import answer_captions
from components.viewer import image_viewer
from formatting import estimate, percent, plain
from language.api_sentences import translated
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi, png
from tests.streamlit_app.page_checks import (
    metrics,
    open_page,
    send_images,
    shown_by,
    tables,
    texts,
)

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
