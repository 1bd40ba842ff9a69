"""The sentence under each figure of films, answers and traffic."""

from typing import cast

from api_types import Activity, Prediction, SampleSummary
from captions import data_captions
from tests.streamlit_app import answers, measured


def prediction() -> Prediction:
    return cast(Prediction, answers.prediction(ppv=0.93, npv=0.995, prevalence=0.5))


def summary(**counts: int) -> SampleSummary:
    return cast(SampleSummary, answers.samples(**counts))


class TestClassBalance:
    def test_most_and_fewest_are_named(self) -> None:
        assert data_captions.class_balance({"A": 30, "B": 10}) == (
            "A has the most films (30 of 40, 75 %), B the fewest (10, 25 %)."
        )

    def test_classes_without_images_are_named(self) -> None:
        assert data_captions.class_balance({"A": 30, "B": 10, "C": 0}) == (
            "A has the most films (30 of 40, 75 %); there are none of C."
        )

    def test_equal_classes_are_said_to_be_equal(self) -> None:
        assert data_captions.class_balance({"A": 5, "B": 5, "C": 0}) == (
            "Each class that has films has the same number: 5; there are none of C."
        )

    def test_no_images_is_an_answer(self) -> None:
        assert data_captions.class_balance({"A": 0}) == "There are no films yet."


class TestMissing:
    def test_enough_is_nothing_missing(self) -> None:
        assert data_captions.missing(summary(COVID_19=6, Normal=6)) is None

    def test_images_and_classes_are_both_named(self) -> None:
        assert data_captions.missing(summary(Normal=3)) == (
            "A retraining needs at least 12 films (there are 3) and films of at least 2 classes "
            "(there are 1)."
        )


class TestThumbnails:
    def test_example_images_are_never_passed_off_as_collected_ones(self) -> None:
        assert "example" in data_captions.thumbnails({"A": 0, "B": 0})
        assert data_captions.thumbnails({"A": 1, "B": 0}) == (
            "No film of B has been collected; an example film stands there, if there is one."
        )

    def test_real_ones_are_said_to_be_real(self) -> None:
        assert data_captions.thumbnails({"A": 1, "B": 2}).startswith("All 2 classes")


class TestBrightness:
    def test_brightest_and_darkest_are_named(self) -> None:
        assert data_captions.brightness({"A": 140, "B": 100}, {}) == (
            "A films are the brightest on average (140 of 255), B the darkest (100)."
        )

    def test_a_shift_of_the_collected_images_is_told(self) -> None:
        sentence = data_captions.brightness({"A": 140, "B": 100}, {"B": 60})

        assert sentence.endswith(
            "collected B films are 40 grey levels darker than those the model learned from."
        )

    def test_a_small_shift_is_none(self) -> None:
        assert data_captions.brightness({"A": 140, "B": 100}, {"B": 103}).endswith(
            "are about as bright."
        )


class TestEdgeDensity:
    def test_most_and_least_structure_are_named(self) -> None:
        assert data_captions.edge_density({"A": 0.05, "B": 0.08}) == (
            "B films show the most fine structure (8.0 % of pixels on an edge), A the least "
            "(5.0 %)."
        )


class TestHeatMap:
    def test_its_limits_and_its_measured_worth_are_told(self) -> None:
        explanation = prediction()["explanation"]
        assert explanation

        sentence = data_captions.heat_map(explanation, measured.DELETION)

        assert "7 × 7 places of the whole film, not what is ill" in sentence
        assert "hottest 20 % lowers the class's probability by 31 points" in sentence
        assert "a random 20 % by 12" in sentence

    def test_a_card_without_a_deletion_test_is_said_to_have_none(self) -> None:
        explanation = prediction()["explanation"]
        assert explanation

        assert "has no measure of its worth" in data_captions.heat_map(explanation, None)


class TestTraffic:
    def test_the_most_frequent_class_is_named(self) -> None:
        sentence = data_captions.traffic(
            cast(Activity, answers.activity(by_label={"Normal": 9, "COVID-19": 2}))
        )

        assert sentence == "11 films in the last 60 min, most often Normal (82 %)."

    def test_silence_is_an_answer(self) -> None:
        quiet = cast(Activity, answers.activity(by_label={}))

        assert data_captions.traffic(quiet) == "No prediction in the last 60 min."
