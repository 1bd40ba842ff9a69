"""How a fitted network's answers are to be read, and what it is worth: real films, real network."""

import hashlib
from pathlib import Path

import keras
import numpy as np
import pytest

from api.decision.out_of_distribution import NEAREST, OodReference
from api.decision.references import parse
from api.evaluation.calibration import Calibration
from api.inputs.discovery import LabelledImage
from api.inputs.images.quality import QualityBounds
from api.model_card.card import Card
from api.model_card.decision_rules import OutlierRule
from api.tasks.task import Task
from api.training.assessment.assess import Assessment, assess, calibrate
from api.training.assessment.out_of_distribution import OOD_TRANSFORMS
from api.training.assessment.robustness import CHANGES
from api.training.data.dataset import Decoded
from api.training.models import mobilenet
from tests.support.checkpoints import TinyCheckpoint
from tests.training.conftest import SPEC, generated, left_as_it_was

Parts = dict[str, Decoded]


@pytest.fixture(scope="module")
def splits(task: Task) -> Parts:
    """Enough validation films for operating points and two bands, too few for a calibration."""
    return {
        "train": generated("train", task, dict.fromkeys(task.labels, 4)),
        "validation": generated("validation", task, dict.fromkeys(task.labels, 9)),
        "holdout": generated("holdout", task, dict.fromkeys(task.labels, 2)),
    }


@pytest.fixture(scope="module")
def assessment(model: keras.Model, splits: Parts, task: Task) -> Assessment:
    return assess(model, splits, task, SPEC)


def rule_of(assessment: Assessment) -> OutlierRule:
    rule = assessment.fields["outliers"]
    assert isinstance(rule, OutlierRule)
    return rule


def reference_of(assessment: Assessment) -> OodReference:
    assert assessment.references is not None
    return assessment.references.ood


class TestANewCheckpoint:
    def test_its_card_can_be_written_and_read(
        self, assessment: Assessment, tiny: TinyCheckpoint
    ) -> None:
        card = tiny.card.model_copy(update=assessment.fields)

        assert Card.model_validate_json(card.model_dump_json()) == card

    def test_the_cuts_are_chosen_on_validation(self, assessment: Assessment) -> None:
        points = assessment.fields["operating_points"]

        assert set(points) == {"balanced", "screening", "confirm"}
        assert {point.chosen_on for point in points.values()} == {"validation"}
        assert assessment.fields["prevalence"] == pytest.approx(0.75)

    def test_the_referred_band_is_as_careful_as_nine_normal_images_can_be(
        self, assessment: Assessment
    ) -> None:
        refer = assessment.fields["refer"]

        assert [band.max_error for band in refer.bands] == [0.1, 0.15]
        assert refer.max_error == 0.1
        assert all(0 <= end <= 1 for band in refer.bands for end in (band.low, band.high))

    def test_the_reference_is_the_one_whose_hash_the_card_has(self, assessment: Assessment) -> None:
        content, reference = assessment.references_bytes, reference_of(assessment)
        assert content is not None

        parsed = parse(content).ood

        assert hashlib.sha256(content).hexdigest() == rule_of(assessment).reference_sha256
        assert np.array_equal(parsed.bank, reference.bank)
        assert len(reference.means) == 4
        assert len(reference.bank) == (16 if rule_of(assessment).method == NEAREST else 0)

    def test_outliers_were_tried_with_every_method(self, assessment: Assessment) -> None:
        rule = rule_of(assessment)

        assert set(rule.compared) == {"mahalanobis", "nearest neighbours"}
        assert all(set(caught) == set(OOD_TRANSFORMS) for caught in rule.compared.values())
        assert rule.method in rule.compared

    def test_what_is_caught_does_no_harm(self, assessment: Assessment) -> None:
        rule = rule_of(assessment)

        assert set(rule.harmless) == set(OOD_TRANSFORMS)
        for kind, share in rule.harmless.items():
            assert rule.compared[rule.method][kind] <= share <= 1

    def test_no_validation_image_is_refused_where_fifty_would_be_needed_for_one(
        self, assessment: Assessment
    ) -> None:
        refused = rule_of(assessment).refused

        assert refused["validation"] == {"here": 0.0}
        assert set(refused) == {"validation", "holdout"}

    def test_the_figures_name_the_images_left_to_a_person(self, assessment: Assessment) -> None:
        metrics = assessment.fields["metrics"]

        assert (metrics["validation"].overall.n, metrics["holdout"].overall.n) == (36, 8)
        assert set(metrics["holdout"].overall.referred_because) == {"uncertain", "unlike"}
        assert set(metrics["holdout"].overall.at) == {"balanced", "screening", "confirm"}
        assert metrics["holdout"].curves is not None

    def test_heat_map_and_stability_are_measured_on_the_holdout(
        self, assessment: Assessment
    ) -> None:
        heatmap, stability = assessment.fields["heatmap"], assessment.fields["stability"]

        assert (heatmap.n, stability.n, stability.split) == (8, 8, "holdout")
        assert set(stability.kept) == set(CHANGES)

    def test_the_tasks_bounds_of_quality_go_into_the_card(
        self, assessment: Assessment, task: Task
    ) -> None:
        assert assessment.fields["quality"] == QualityBounds.model_validate(task.quality)

    def test_without_validation_images_it_cuts_in_the_middle(
        self, model: keras.Model, task: Task
    ) -> None:
        splits = {
            "train": generated("train", task, dict.fromkeys(task.labels, 1)),
            "validation": generated("validation", task, {}),
            "holdout": generated("holdout", task, {"Normal": 1}),
        }

        fields = assess(model, splits, task, SPEC).fields

        assert {name: p.threshold for name, p in fields["operating_points"].items()} == {
            "balanced": 0.5
        }
        assert (fields["refer"], fields["outliers"], fields["prevalence"]) == (None, None, 0.5)
        assert set(fields["metrics"]) == {"holdout"}


class TestCalibrating:
    def labelled(self, task: Task, count: int) -> Decoded:
        """Films whose pixels nobody looks at."""
        targets = np.arange(count) % 4
        images = tuple(
            LabelledImage(Path(str(n)), task.labels[target], "here", None, str(n))
            for n, target in enumerate(targets)
        )
        return Decoded(images, np.zeros((count, 1, 1), dtype=np.uint8), targets)

    def confident(self, data: Decoded) -> "np.typing.NDArray[np.float32]":
        """Right three times of four, and always sure."""
        answered = np.where(np.arange(len(data)) % 16 < 12, data.targets, (data.targets + 1) % 4)
        return (8 * np.eye(4, dtype=np.float32))[answered]

    def test_confidence_that_is_not_earned_is_folded_away(
        self, model: keras.Model, task: Task
    ) -> None:
        kernel, _ = model.get_layer(mobilenet.LOGITS).get_weights()
        data = self.labelled(task, 64)

        with left_as_it_was(model):
            found = calibrate(model, self.confident(data), data.targets, task, parent=None)
            folded, _ = model.get_layer(mobilenet.LOGITS).get_weights()

        assert found.temperature > 1.5
        assert np.allclose(folded, kernel @ np.array(found.matrix).T, atol=1e-6)

    def test_with_few_images_the_parents_is_left_alone(
        self, model: keras.Model, task: Task, tiny: TinyCheckpoint
    ) -> None:
        before = model.get_layer(mobilenet.LOGITS).get_weights()
        data = self.labelled(task, 16)

        found = calibrate(model, self.confident(data), data.targets, task, parent=tiny.card)

        after = model.get_layer(mobilenet.LOGITS).get_weights()
        assert found == Calibration.identity(4)
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
