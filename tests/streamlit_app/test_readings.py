"""The sentence under each figure."""

from typing import cast

import readings
from answers import Activity, Card, Epoch, Metrics, SampleSummary
from tests.streamlit_app import fake_answers as answers


def card() -> Card:
    return cast(Card, answers.card())


def metrics() -> Metrics:
    return cast(Metrics, answers.metrics())


def summary(*, covid: int, normal: int) -> SampleSummary:
    return cast(SampleSummary, answers.samples(covid=covid, normal=normal))


class TestClassBalance:
    def test_most_and_fewest_are_named(self) -> None:
        assert readings.class_balance({"A": 30, "B": 10}) == (
            "A has the most films (30 of 40, 75 %), B the fewest (10, 25 %)."
        )

    def test_classes_without_films_are_named(self) -> None:
        assert readings.class_balance({"A": 30, "B": 10, "C": 0}) == (
            "A has the most films (30 of 40, 75 %); there are none of C."
        )

    def test_equal_classes_are_said_to_be_equal(self) -> None:
        assert readings.class_balance({"A": 5, "B": 5, "C": 0}) == (
            "Each class that has films has the same number: 5; there are none of C."
        )

    def test_no_films_is_an_answer(self) -> None:
        assert readings.class_balance({"A": 0}) == "There are no films yet."


class TestMissing:
    def test_enough_is_nothing_missing(self) -> None:
        assert readings.missing(summary(covid=6, normal=6)) is None

    def test_films_and_classes_are_both_named(self) -> None:
        assert readings.missing(summary(covid=0, normal=3)) == (
            "A retraining needs at least 12 films (there are 3) and films of at least 2 classes "
            "(there are 1)."
        )


class TestThumbnails:
    def test_generated_pictures_are_never_passed_off_as_films(self) -> None:
        assert "generated" in readings.thumbnails({"A": 0, "B": 0})
        assert readings.thumbnails({"A": 1, "B": 0}) == (
            "No film of B has been collected; what stands there is generated."
        )

    def test_real_ones_are_said_to_be_real(self) -> None:
        assert readings.thumbnails({"A": 1, "B": 2}).startswith("All 2 classes")


class TestBrightness:
    def test_brightest_and_darkest_are_named(self) -> None:
        assert readings.brightness({"A": 140, "B": 100}, {}) == (
            "A films are the brightest on average (140 of 255), B the darkest (100)."
        )

    def test_a_shift_of_the_collected_films_is_told(self) -> None:
        sentence = readings.brightness({"A": 140, "B": 100}, {"B": 60})

        assert sentence.endswith(
            "collected B films are 40 grey levels darker than those the model learned from."
        )

    def test_a_small_shift_is_none(self) -> None:
        assert readings.brightness({"A": 140, "B": 100}, {"B": 103}).endswith(
            "are about as bright."
        )


class TestEdgeDensity:
    def test_most_and_least_structure_are_named(self) -> None:
        assert readings.edge_density({"A": 0.05, "B": 0.08}) == (
            "B films show the most fine structure (8.0 % of pixels on an edge), A the least "
            "(5.0 %)."
        )


class TestTraining:
    def test_each_phase_tells_its_best_epoch(self) -> None:
        sentence = readings.training(cast(list[Epoch], answers.epochs()))

        assert "Training the last layer: validation loss was lowest in epoch 2 of 2" in sentence
        assert "Fine-tuning the upper layers: validation loss was lowest in epoch 2" in sentence

    def test_overfitting_is_called_so(self) -> None:
        sentence = readings.training(cast(list[Epoch], answers.epochs()))

        assert "9 points above validation (overfitting)" in sentence

    def test_without_validation_the_training_loss_is_told(self) -> None:
        epoch = Epoch(
            phase="head", epoch=1, loss=0.5, accuracy=0.8, val_loss=None, val_accuracy=None
        )

        assert readings.training([epoch]).endswith("training loss ended at 0.500.")


class TestConfusion:
    def test_the_most_frequent_mistake_is_named(self) -> None:
        assert readings.confusion(card()["classes"], metrics()["confusion"]) == (
            "Pneumonia-Viral is confused most with Pneumonia-Bacterial: 41 of 204."
        )

    def test_no_mistake_is_an_answer(self) -> None:
        assert readings.confusion(["A", "B"], [[3, 0], [0, 4]]).startswith("No held-out film")


class TestClassMetrics:
    def test_the_class_that_is_missed_most_is_named(self) -> None:
        assert readings.class_metrics(metrics()["per_class"]) == (
            "Pneumonia-Viral is missed most: 54 of 204 films were given another label."
        )


class TestPerSource:
    def test_the_gap_between_sources_is_told(self) -> None:
        sentence = readings.per_source(card()["metrics"]["holdout"]["per_source"])

        assert sentence == (
            "Accuracy is 95.0 % on radiography and 85.0 % on kermany, 10.0 points apart."
        )

    def test_one_source_has_no_gap(self) -> None:
        assert readings.per_source({"local": metrics()}) == "Accuracy on local is 85.0 %."


class TestTraffic:
    def test_the_most_frequent_class_is_named(self) -> None:
        sentence = readings.traffic(cast(Activity, answers.activity()))

        assert sentence == "11 films in the last 60 min, most often Normal (82 %)."

    def test_silence_is_an_answer(self) -> None:
        quiet = cast(Activity, answers.activity() | {"by_label": {}})

        assert readings.traffic(quiet) == "No prediction in the last 60 min."
