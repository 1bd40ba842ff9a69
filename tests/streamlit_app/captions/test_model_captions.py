"""The sentence under each figure of a model."""

from typing import cast

from api_types import DeletionTest, Epoch, SiteReport
from captions import check_captions, model_captions
from tests.streamlit_app import answers, measured
from tests.streamlit_app.measured import COMPARISONS, CURVES, DELETION, metrics


def report(*, threshold: float | None, temperature: float | None) -> SiteReport:
    suggestion = {"threshold": threshold, "temperature": temperature}
    return cast(SiteReport, answers.site_report(threshold=0.4, suggestion=suggestion))


class TestSplit:
    def test_every_split_has_its_share(self) -> None:
        assert model_captions.split(measured.COUNTS) == (
            "4,200 films of 2 sources: train 2,100 (50 %), holdout 2,100 (50 %)."
        )

    def test_a_card_without_counts_says_so(self) -> None:
        assert "no counts" in model_captions.split({})


class TestTraining:
    def test_each_phase_tells_its_best_epoch(self) -> None:
        sentence = model_captions.training(measured.HISTORY)

        assert "Training the last layer: validation loss was lowest in epoch 2 of 2" in sentence
        assert "Fine-tuning the upper layers: validation loss was lowest in epoch 2" in sentence

    def test_overfitting_is_called_so(self) -> None:
        sentence = model_captions.training(measured.HISTORY)

        assert "9 points above validation (overfitting)" in sentence

    def test_without_validation_the_training_loss_is_told(self) -> None:
        epoch = Epoch(
            phase="head", epoch=1, loss=0.5, accuracy=0.8, val_loss=None, val_accuracy=None
        )

        assert model_captions.training([epoch]).endswith("training loss ended at 0.500.")


class TestConfusion:
    def test_the_most_frequent_mistake_is_named(self) -> None:
        assert model_captions.confusion(answers.CLASSES, metrics()["confusion"]) == (
            "Pneumonia-Viral is confused most with Pneumonia-Bacterial: 41 of 204."
        )

    def test_no_mistake_is_an_answer(self) -> None:
        assert model_captions.confusion(["A", "B"], [[3, 0], [0, 4]]).startswith("No held-out film")


class TestClassMetrics:
    def test_the_class_that_is_missed_most_is_named(self) -> None:
        assert model_captions.class_metrics(metrics()["per_class"]) == (
            "Pneumonia-Viral is missed most: 54 of 204 films were given another label."
        )


class TestPerSource:
    def test_the_gap_between_sources_is_told(self) -> None:
        sentence = model_captions.per_source(measured.evaluation()["per_source"])

        assert sentence == (
            "Accuracy is 95.0 % on radiography and 85.0 % on kermany, 10.0 points apart."
        )

    def test_one_source_has_no_gap(self) -> None:
        assert model_captions.per_source({"local": metrics()}) == "Accuracy on local is 85.0 %."

    def test_a_source_whose_labels_are_unknown_is_left_out(self) -> None:
        unknown = metrics(accuracy=None)

        assert "not known" in model_captions.per_source({"here": unknown})
        assert model_captions.per_source({"here": unknown, "there": metrics()}) == (
            "Accuracy on there is 85.0 %."
        )


class TestDiscrimination:
    def test_it_is_told_as_pairs_of_images(self) -> None:
        sentence = model_captions.discrimination(metrics())

        assert sentence.startswith("AUROC 0.970 (0.960 to 0.980)")
        assert "97.0 times of 100" in sentence

    def test_one_kind_of_image_cannot_be_told_apart(self) -> None:
        one_kind = metrics(auroc=None)

        assert "one kind only" in model_captions.discrimination(one_kind)


class TestOperatingPoints:
    def test_the_most_sensitive_and_the_calmest_are_named(self) -> None:
        assert model_captions.operating_points(metrics()["at"]) == (
            "Screening finds most (98.0 % of the films with a finding), confirm raises the fewest "
            "false alarms (1.5 % of those without)."
        )

    def test_a_single_one_is_told_by_itself(self) -> None:
        only = {"balanced": metrics()["at"]["balanced"]}

        assert model_captions.operating_points(only).startswith("At balanced, 95.0 %")


class TestReliability:
    def test_the_worst_bin_beyond_chance_is_told(self) -> None:
        assert model_captions.reliability(CURVES["reliability"]) == (
            "In 1 of 2 bins the score is further off than chance explains; at worst it says 35 % "
            "where 60 % of 20 films showed a finding."
        )

    def test_bins_within_chance_are_honest(self) -> None:
        assert "it means what it says" in model_captions.reliability(CURVES["reliability"][:1])


class TestCoverage:
    def test_the_bound_in_use_is_told(self) -> None:
        assert model_captions.coverage(CURVES["coverage"], 0.02) == (
            "At a bound of 2.0 % (the one in use) 92.0 % of the films are answered and 2.1 % of "
            "those answers are wrong; the rest is for a person."
        )

    def test_without_a_curve_there_is_nothing_to_trade(self) -> None:
        assert "nothing to trade" in model_captions.coverage([], None)


class TestOutliers:
    def test_what_is_caught_stands_beside_what_it_costs(self) -> None:
        assert model_captions.outliers(measured.OUTLIERS) == (
            "The method that serves, mahalanobis, catches 80 % of the generated strangers on "
            "average and refuses at most 2.0 % of a source's real films."
        )


class TestDeletion:
    def test_a_map_that_beats_chance_is_said_to(self) -> None:
        assert model_captions.deletion(DELETION).endswith("does point at what the model uses.")

    def test_overlapping_intervals_are_not_called_proof(self) -> None:
        test: DeletionTest = {**DELETION, "random_interval": (0.1, 0.3)}

        assert model_captions.deletion(test).endswith("not clearly more than chance.")

    def test_a_useless_map_is_called_so(self) -> None:
        test: DeletionTest = {**DELETION, "hottest": 0.1, "hottest_interval": (0.05, 0.15)}

        assert model_captions.deletion(test).endswith("tells no more than chance.")


class TestStability:
    def test_the_hardest_change_is_named(self) -> None:
        assert model_captions.stability(measured.STABILITY) == (
            "The label turns over most often under “cropped by 10%” (kept on 91.0 % of 300 "
            "films), least under “gamma 1.25” (99.0 %)."
        )


class TestComparison:
    def test_what_chance_does_not_explain_is_named(self) -> None:
        assert check_captions.comparison(COMPARISONS) == (
            "By more than chance explains, these differ from the card: AUROC (0.810 here, 0.970 "
            "in the card)."
        )

    def test_what_chance_explains_is_no_difference(self) -> None:
        assert check_captions.comparison(COMPARISONS[1:]).startswith("Nothing differs")

    def test_no_common_figure_is_an_answer(self) -> None:
        assert "no figure" in check_captions.comparison(COMPARISONS[2:])


class TestSuggestion:
    def test_threshold_and_temperature_come_with_their_meaning(self) -> None:
        sentence = check_captions.suggestion(report(threshold=0.62, temperature=1.8))

        assert "a threshold of 0.620 instead of 0.400" in sentence
        assert sentence.endswith("the model is over-confident here.")

    def test_too_few_images_suggest_nothing(self) -> None:
        nothing = report(threshold=None, temperature=None)

        assert "too few films" in check_captions.suggestion(nothing)
