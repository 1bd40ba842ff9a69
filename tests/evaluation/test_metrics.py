"""The figures of a card, against hand computation and scikit-learn."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    roc_auc_score,
)

from api.evaluation.calibration import expected_calibration_error
from api.evaluation.intervals import delong, wilson
from api.evaluation.metrics import Predictions, curves, evaluate
from api.model_card.decision_rules import Band, ReferRule
from api.model_card.metrics import Metrics
from tests.evaluation.hand_computed import (
    ANY_FINDING,
    HAND,
    HAND_TARGETS,
    decision_rules,
    measured,
    scoring,
)

GOLDEN = Path(__file__).parent / "golden_evaluation.json"


@pytest.fixture(scope="module")
def hand() -> Metrics:
    return measured(HAND, HAND_TARGETS)


class TestByHand:
    def test_shares_and_confusion(self, hand: Metrics) -> None:
        assert hand.n == 4
        assert hand.accuracy == 0.75
        assert hand.balanced_accuracy == 0.75
        assert hand.confusion == ((1, 1, 0), (0, 2, 0), (0, 0, 0))

    def test_figures_of_the_score(self, hand: Metrics) -> None:
        # The scores are 0.8, 0.4 with and 0.2, 0.5 without a finding.
        assert (hand.sensitivity, hand.specificity) == (0.5, 0.5)
        assert hand.decision_accuracy == 0.5
        assert hand.auroc == 0.75

    def test_scores_are_cut_at_the_threshold(self) -> None:
        # With a finding: above, at and below the threshold of 0.75; without one: below and above.
        metrics = measured(
            scoring(0.9, 0.75, 0.6, 0.2, 0.8), np.array([0, 0, 0, 1, 1]), name="confirm"
        )

        assert metrics.sensitivity == 2 / 3
        assert metrics.specificity == 1 / 2
        assert metrics.decision_accuracy == 3 / 5
        assert metrics.answered_error == 2 / 5

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
            Predictions(HAND, HAND_TARGETS, causes), ["b", "a", "b", "a"], decision_rules()
        )

        assert evaluation.overall.at == hand.at
        assert list(evaluation.per_source) == ["a", "b"]
        one, other = evaluation.per_source.values()
        # Films 0.4 with and 0.5 without a finding; 0.8 with and 0.2 without.
        assert (one.n, one.auroc, one.referred) == (2, 0.0, 0.0)
        assert (other.n, other.auroc, other.referred) == (2, 1.0, 0.5)
        assert evaluation.curves == curves(Predictions(HAND, HAND_TARGETS), decision_rules())


class TestGolden:
    """Figures, intervals and the order of the keys, as they were when this file was recorded."""

    def test_the_evaluation_of_a_fixed_set_stays_as_it_was(self) -> None:
        rng = np.random.default_rng(20)
        targets = rng.integers(ANY_FINDING, 3, 40)
        odds = rng.random((40, 3)) + np.eye(3)[np.maximum(targets, 0)]
        answers = Predictions(
            odds / odds.sum(axis=1, keepdims=True),
            targets,
            {"uncertain": rng.random(40) < 0.2, "unlike": rng.random(40) < 0.1},
        )
        band = Band(max_error=0.05, low=0.4, high=0.6)
        refer = ReferRule(chosen_on="validation", n=40, max_error=0.05, bands=(band,))

        evaluation = evaluate(answers, ["a", "b"] * 20, decision_rules(refer=refer))

        found = json.loads(evaluation.model_dump_json())
        expected = json.loads(GOLDEN.read_text(encoding="utf-8"))
        assert [path for path, _ in leaves(found)] == [path for path, _ in leaves(expected)]
        for (path, value), (_, recorded) in zip(leaves(found), leaves(expected), strict=True):
            assert value == pytest.approx(recorded, rel=1e-9), path


def leaves(node: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a JSON document with its path, in the document's order."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, f"{path}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from leaves(value, f"{path}/{index}")
    else:
        yield path, node
