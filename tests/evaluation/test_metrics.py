"""The figures of a card, against hand computation and scikit-learn."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    roc_auc_score,
    roc_curve,
)

from api.evaluation.calibration import expected_calibration_error
from api.evaluation.intervals import delong, wilson
from api.evaluation.metrics import (
    ROC_POINTS,
    DecisionRules,
    Predictions,
    compute_metrics,
    coverage_curve,
    curves,
    evaluate,
)
from api.model_card.decision_rules import Band, ReferRule
from api.model_card.metrics import CoveragePoint, Metrics
from tests.support.cards import point

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CLASSES = ("COVID-19", "Normal", "Viral")
# Truth:                0                  0                1                1
HAND = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3]])
HAND_TARGETS = np.array([0, 0, 1, 1])


def reading(name: str = "balanced", *, refer: ReferRule | None = None) -> DecisionRules:
    points = {
        "balanced": point(0.45, sensitivity=0.9, specificity=0.9),
        "screening": point(0.3, sensitivity=0.9, specificity=0.9),
        "confirm": point(0.75, sensitivity=0.9, specificity=0.9),
    }
    return DecisionRules(
        classes=CLASSES,
        negative_index=1,
        operating_points=points,
        refer_rule=refer,
        operating_point=name,
    )


def measured(
    probabilities: FloatArray,
    targets: IntArray,
    *,
    causes: Mapping[str, npt.NDArray[np.bool_]] | None = None,
    name: str = "balanced",
) -> Metrics:
    return compute_metrics(Predictions(probabilities, targets, causes or {}), reading(name))


def scoring(*scores: float) -> FloatArray:
    """Answers whose P(any finding) is given."""
    return np.array([[score, 1 - score, 0.0] for score in scores])


@pytest.fixture(scope="module")
def hand() -> Metrics:
    return measured(HAND, HAND_TARGETS)


class TestByHand:
    def test_shares_and_confusion(self, hand: Metrics) -> None:
        assert hand.n == 4
        assert hand.accuracy == 0.75
        assert hand.balanced_accuracy == 0.75
        assert hand.confusion == ((1, 1, 0), (0, 2, 0), (0, 0, 0))

    def test_scores_are_cut_at_the_threshold(self, hand: Metrics) -> None:
        # The scores are 0.8, 0.4 with and 0.2, 0.5 without a finding.
        assert (hand.sensitivity, hand.specificity) == (0.5, 0.5)
        assert hand.decision_accuracy == 0.5
        assert hand.auroc == 0.75

    def test_every_operating_point_is_measured(self, hand: Metrics) -> None:
        rates = {name: (at.sensitivity, at.specificity) for name, at in hand.at.items()}

        assert rates == {"balanced": (0.5, 0.5), "screening": (1.0, 0.5), "confirm": (0.5, 1.0)}
        assert hand.at["screening"].sensitivity_interval == wilson(2, 2)

    def test_another_point_in_use_changes_what_it_must(self, hand: Metrics) -> None:
        confirm = measured(HAND, HAND_TARGETS, name="confirm")

        assert (confirm.sensitivity, confirm.specificity) == (0.5, 1.0)
        assert confirm.intervals["specificity"] == wilson(2, 2)
        assert confirm.decision_accuracy == 0.75
        assert confirm.answered_error == 0.25
        assert confirm.at == hand.at
        assert (confirm.accuracy, confirm.auroc) == (hand.accuracy, hand.auroc)

    def test_a_class_that_does_not_occur_has_no_figures(self, hand: Metrics) -> None:
        viral = hand.per_class["Viral"]

        assert (viral.precision, viral.recall, viral.f1, viral.support) == (None, None, None, 0)
        assert (viral.precision_interval, viral.recall_interval) == (None, None)

    def test_each_class_against_the_others(self, hand: Metrics) -> None:
        covid, normal = hand.per_class["COVID-19"], hand.per_class["Normal"]

        assert (covid.precision, covid.recall, covid.support) == (1.0, 0.5, 2)
        assert normal.precision == pytest.approx(2 / 3)
        assert normal.recall == 1.0
        assert normal.f1 == pytest.approx(0.8)
        assert normal.precision_interval == wilson(2, 3)
        assert covid.recall_interval == wilson(1, 2)

    def test_probabilities_are_held_against_the_outcome(self, hand: Metrics) -> None:
        # Of the score: (0.2² + 0.6² + 0.2² + 0.5²) / 4.
        assert hand.brier == pytest.approx(0.69 / 4)
        # Each score in a bin of its own: (0.2 + 0.6 + 0.2 + 0.5) / 4.
        assert hand.score_calibration_error == pytest.approx(1.5 / 4)
        # Of the label: 0.7 right, 0.6 wrong, 0.8 right, 0.5 right.
        assert hand.expected_calibration_error == pytest.approx((0.3 + 0.6 + 0.2 + 0.5) / 4)

    def test_shares_have_their_intervals(self, hand: Metrics) -> None:
        found = delong(HAND_TARGETS == 0, 1 - HAND[:, 1])

        assert found is not None
        assert hand.intervals["auroc"] == found[1]
        assert hand.intervals["accuracy"] == wilson(3, 4)
        assert hand.intervals["decision_accuracy"] == wilson(2, 4)
        for name in ("balanced_accuracy", "brier", "score_calibration_error"):
            low, high = hand.intervals[name]
            assert low <= getattr(hand, name) <= high

    def test_where_no_cause_is_known_nothing_is_referred(self, hand: Metrics) -> None:
        assert (hand.referred, hand.referred_because, hand.answered_error) == (0.0, {}, 0.5)

    def test_without_a_negative_image_specificity_is_unknown(self) -> None:
        metrics = measured(HAND[:2], HAND_TARGETS[:2])

        assert (metrics.auroc, metrics.specificity, metrics.sensitivity) == (None, None, 0.5)
        assert not {"auroc", "specificity"} & set(metrics.intervals)


class TestAgainstScikitLearn:
    def test_they_agree(self) -> None:
        rng = np.random.default_rng(1)
        probabilities, targets = rng.dirichlet(np.ones(3), 300), rng.integers(0, 3, 300)
        predicted, scores = probabilities.argmax(axis=1), 1 - probabilities[:, 1]

        metrics = measured(probabilities, targets)

        assert metrics.accuracy == pytest.approx(accuracy_score(targets, predicted))
        assert metrics.balanced_accuracy == pytest.approx(
            balanced_accuracy_score(targets, predicted)
        )
        assert metrics.auroc == pytest.approx(roc_auc_score(targets != 1, scores))
        assert metrics.brier == pytest.approx(brier_score_loss(targets != 1, scores))
        assert metrics.score_calibration_error == pytest.approx(
            expected_calibration_error(scores, targets != 1)
        )
        assert [m.f1 for m in metrics.per_class.values()] == pytest.approx(
            f1_score(targets, predicted, average=None).tolist()
        )


# A coarse label: some finding, kind unknown.
ANY_FINDING = -1


class TestImagesWithSomeFinding:
    """Folders NORMAL and PNEUMONIA: whether there is a finding is known, not which."""

    def test_without_any_known_finding_no_figure_of_labels_is_given(self) -> None:
        metrics = measured(HAND, np.array([ANY_FINDING, ANY_FINDING, 1, 1]))

        assert metrics.n == 4
        assert metrics.accuracy is None
        assert metrics.balanced_accuracy is None
        assert metrics.expected_calibration_error is None
        assert metrics.confusion == ((0, 0, 0),) * 3
        assert {one.support for one in metrics.per_class.values()} == {0}
        assert {one.recall for one in metrics.per_class.values()} == {None}
        assert not {"accuracy", "balanced_accuracy"} & set(metrics.intervals)

    def test_finding_against_none_is_measured_all_the_same(self, hand: Metrics) -> None:
        metrics = measured(HAND, np.array([ANY_FINDING, ANY_FINDING, 1, 1]))

        for name in ("auroc", "sensitivity", "specificity", "brier", "at", "decision_accuracy"):
            assert getattr(metrics, name) == getattr(hand, name)

    def test_labels_are_measured_on_the_images_whose_finding_is_known(self) -> None:
        probabilities = np.concatenate([HAND, HAND[:1]])

        metrics = measured(probabilities, np.array([0, ANY_FINDING, 1, 1, ANY_FINDING]))

        assert metrics.accuracy == 1.0
        assert metrics.confusion == ((1, 0, 0), (0, 2, 0), (0, 0, 0))
        # Two of three with a finding score 0.8, one 0.4.
        assert metrics.sensitivity == pytest.approx(2 / 3)

    def test_without_a_negative_image_either_sensitivity_is_left(self) -> None:
        metrics = measured(HAND[:2], np.full(2, ANY_FINDING))

        assert (metrics.sensitivity, metrics.specificity, metrics.auroc) == (0.5, None, None)
        assert metrics.accuracy is None


class TestReferral:
    CAUSES = {  # noqa: RUF012
        "uncertain": np.array([False, True, False, True]),
        "unlike": np.array([False, True, False, False]),
    }

    def test_an_image_counts_once_whatever_its_causes(self) -> None:
        metrics = measured(HAND, HAND_TARGETS, causes=self.CAUSES)

        assert metrics.referred == 0.5
        assert metrics.intervals["referred"] == wilson(2, 4)
        assert metrics.referred_because == {"uncertain": 0.5, "unlike": 0.25}

    def test_errors_are_counted_among_the_answered_only(self) -> None:
        # The two wrong ones, 0.4 with and 0.5 without a finding, are referred.
        metrics = measured(HAND, HAND_TARGETS, causes=self.CAUSES)

        assert metrics.answered_error == 0.0
        assert metrics.intervals["answered_error"] == wilson(0, 2)
        assert metrics.decision_accuracy == 0.5

    def test_where_all_are_referred_there_is_no_error_to_count(self) -> None:
        metrics = measured(HAND[2:], HAND_TARGETS[2:], causes={"poor_quality": np.ones(2, bool)})

        assert (metrics.referred, metrics.answered_error) == (1.0, None)
        assert "answered_error" not in metrics.intervals


class TestPerSource:
    def test_each_source_is_measured_alone(self, hand: Metrics) -> None:
        causes = {"unlike": np.array([True, False, False, False])}

        evaluation = evaluate(
            Predictions(HAND, HAND_TARGETS, causes), ["b", "a", "b", "a"], reading()
        )

        assert evaluation.overall.at == hand.at
        assert list(evaluation.per_source) == ["a", "b"]
        one, other = evaluation.per_source.values()
        # Films 0.4 with and 0.5 without a finding; 0.8 with and 0.2 without.
        assert (one.n, one.auroc, one.referred) == (2, 0.0, 0.0)
        assert (other.n, other.auroc, other.referred) == (2, 1.0, 0.5)
        assert evaluation.curves == curves(Predictions(HAND, HAND_TARGETS), reading())


class TestCurves:
    def test_the_roc_is_thinned_but_keeps_both_ends(self) -> None:
        rng = np.random.default_rng(1)
        positive = rng.random(4000) < 0.5
        scores = np.clip(rng.normal(np.where(positive, 0.6, 0.4), 0.2), 0, 1)
        answers = Predictions(scoring(*scores.tolist()), np.where(positive, 0, 1))

        roc = curves(answers, reading()).roc

        assert len(roc) == ROC_POINTS
        assert (roc[0], roc[-1]) == ((0.0, 0.0), (1.0, 1.0))
        assert sorted(roc) == list(roc)
        # Each point lies on the whole curve, and they are spread over it.
        fpr, tpr, _ = roc_curve(positive, 1 - answers.probabilities[:, 1], drop_intermediate=False)
        whole = set(zip(fpr.round(5).tolist(), tpr.round(5).tolist(), strict=True))
        assert set(roc) <= whole
        assert max(after[0] - before[0] for before, after in pairwise(roc)) < 0.2

    def test_a_short_roc_is_whole(self) -> None:
        found = curves(Predictions(HAND, HAND_TARGETS), reading())

        assert found.roc == ((0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0))
        assert [one.n for one in found.reliability] == [1, 1, 1, 1]

    def test_one_kind_has_no_roc(self) -> None:
        assert curves(Predictions(HAND[:2], HAND_TARGETS[:2]), reading()).roc == ()


class TestCoverage:
    SCORES = np.array([0.1, 0.35, 0.5, 0.9, 0.2, 0.4, 0.7, 0.05])

    def curve(self, *bands: tuple[float, float, float]) -> tuple[CoveragePoint, ...]:
        """With a finding are the first four; each band is a bound and its ends."""
        rule = ReferRule(
            chosen_on="validation",
            n=8,
            max_error=0.1,
            bands=tuple(Band(max_error=e, low=low, high=high) for e, low, high in bands),
        )
        return coverage_curve(self.SCORES, np.arange(8) < 4, reading(refer=rule))

    def test_each_bound_by_hand(self) -> None:
        wide, narrow = self.curve((0.05, 0.3, 0.65), (0.1, 0.45, 0.55))

        # Answered: 0.1 and 0.9 with, 0.2, 0.7 and 0.05 without; 0.1 and 0.7 are wrong.
        assert (wide.max_error, wide.coverage, wide.error) == (0.05, 5 / 8, 2 / 5)
        assert (wide.missed, wide.false_alarms) == (1 / 4, 1 / 4)
        # Only 0.5 is left; 0.35 is missed too.
        assert narrow.coverage == 7 / 8
        assert narrow.error == pytest.approx(3 / 7)
        assert (narrow.missed, narrow.false_alarms) == (2 / 4, 1 / 4)

    def test_a_band_with_its_ends_crossed_leaves_nothing_out(self) -> None:
        (everything,) = self.curve((0.1, 0.6, 0.4))

        # At 0.45: 0.1 and 0.35 are missed, 0.7 is a false alarm.
        assert (everything.coverage, everything.error) == (1.0, 3 / 8)
        assert (everything.missed, everything.false_alarms) == (2 / 4, 1 / 4)

    def test_where_nothing_is_answered_there_is_no_error(self) -> None:
        (nothing,) = self.curve((0.01, 0.0, 1.0))

        assert (nothing.coverage, nothing.error) == (0.0, None)
        assert (nothing.missed, nothing.false_alarms) == (0.0, 0.0)
