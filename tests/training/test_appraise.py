"""How a fitted network's answers are to be read, and what it is worth: real films, real network."""

import hashlib
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from api.decision.outliers import NEAREST, Reference, parse, unit
from api.evaluation.calibration import Calibration
from api.inputs.folders import Film
from api.inputs.phantom import phantom
from api.inputs.preprocessing import PreprocessingSpec
from api.inputs.quality import QualityBounds
from api.registry.card import Card
from api.registry.rules import OutlierRule
from api.tasks.task import Task
from api.training import network
from api.training.appraise import Appraisal, appraise, calibrate
from api.training.dataset import Decoded
from api.training.reading import Parent
from api.training.stability import CHANGES
from api.training.strangers import MIN_GROUP, STRANGERS
from tests.checkpoints import TinyCheckpoint

SPEC = PreprocessingSpec(height=96, width=96, window_low=0.01, window_high=0.99)
Parts = dict[str, Decoded]


def generated(part: str, task: Task, per_class: dict[str, int], *, source: str = "here") -> Decoded:
    """Generated films; those of another part or source are others."""
    films, images = [], []
    for info in task.classes:
        for number in range(per_class.get(info.name, 0)):
            name = f"{source}/{part}/{info.name}/{number}"
            digest = hashlib.sha256(name.encode()).hexdigest()
            films.append(Film(Path(name), info.name, source, None, digest))
            images.append(SPEC.resize(phantom(info.phantom, seed=int(digest[:6], 16))))
    return Decoded(
        tuple(films),
        np.stack(images) if images else np.zeros((0, 96, 96), dtype=np.uint8),
        np.array([task.labels.index(film.label) for film in films], dtype=np.int64),
    )


@pytest.fixture(scope="module")
def model(base_weights: Path) -> keras.Model:
    keras.utils.set_random_seed(1)
    return network.build(SPEC, classes=4, dropout=0.0, base_weights=base_weights)


@pytest.fixture(scope="module")
def parts(task: Task) -> Parts:
    """Enough validation films for operating points and two bands, too few for a calibration."""
    return {
        "train": generated("train", task, dict.fromkeys(task.labels, 4)),
        "validation": generated("validation", task, dict.fromkeys(task.labels, 9)),
        "holdout": generated("holdout", task, dict.fromkeys(task.labels, 2)),
    }


@pytest.fixture(scope="module")
def appraisal(model: keras.Model, parts: Parts, task: Task) -> Appraisal:
    return appraise(model, parts, task, SPEC)


@pytest.fixture(scope="module")
def parent(appraisal: Appraisal, tiny: TinyCheckpoint) -> Parent:
    """A checkpoint with the card above, and a reference that has a bank, whatever the method."""
    reference = reference_of(appraisal)
    bank = np.ones((3, reference.components.shape[1]), dtype=np.float32)
    card = tiny.card.model_copy(update=appraisal.fields)
    return Parent(card, replace(reference, bank=unit(bank)))


@pytest.fixture(scope="module")
def few(task: Task) -> Parts:
    """What somebody uploaded: one class is large enough to be a group of its own."""
    counts = dict.fromkeys(task.labels, 2) | {"Normal": MIN_GROUP}
    return {
        "train": generated("train", task, counts, source="uploads"),
        "validation": generated("validation", task, dict.fromkeys(task.labels, 1)),
        "holdout": generated("holdout", task, dict.fromkeys(task.labels, 1)),
    }


@pytest.fixture(scope="module")
def grown(model: keras.Model, few: Parts, task: Task, parent: Parent) -> Appraisal:
    return appraise(model, few, task, SPEC, parent=parent)


def rule_of(appraisal: Appraisal) -> OutlierRule:
    rule = appraisal.fields["outliers"]
    assert isinstance(rule, OutlierRule)
    return rule


def reference_of(appraisal: Appraisal | Parent) -> Reference:
    assert appraisal.reference is not None
    return appraisal.reference


class TestANewCheckpoint:
    def test_its_card_can_be_written_and_read(self, parent: Parent) -> None:
        assert Card.model_validate_json(parent.card.model_dump_json()) == parent.card

    def test_the_cuts_are_chosen_on_validation(self, appraisal: Appraisal) -> None:
        points = appraisal.fields["operating_points"]

        assert set(points) == {"balanced", "screening", "confirm"}
        assert {point.chosen_on for point in points.values()} == {"validation"}
        assert appraisal.fields["prevalence"] == pytest.approx(0.75)

    def test_the_referred_band_is_as_careful_as_nine_normal_films_can_be(
        self, appraisal: Appraisal
    ) -> None:
        refer = appraisal.fields["refer"]

        assert [band.max_error for band in refer.bands] == [0.1, 0.15]
        assert refer.max_error == 0.1
        assert all(0 <= end <= 1 for band in refer.bands for end in (band.low, band.high))

    def test_the_reference_is_the_one_whose_hash_the_card_has(self, appraisal: Appraisal) -> None:
        content, reference = appraisal.reference_bytes, reference_of(appraisal)
        assert content is not None

        kept = parse(content)

        assert hashlib.sha256(content).hexdigest() == rule_of(appraisal).reference_sha256
        assert np.array_equal(kept.bank, reference.bank)
        assert len(reference.means) == 4
        assert len(reference.bank) == (16 if rule_of(appraisal).method == NEAREST else 0)

    def test_strangers_were_tried_with_every_method(self, appraisal: Appraisal) -> None:
        rule = rule_of(appraisal)

        assert set(rule.compared) == {"mahalanobis", "nearest neighbours"}
        assert all(set(caught) == set(STRANGERS) for caught in rule.compared.values())
        assert rule.method in rule.compared

    def test_what_is_caught_does_no_harm(self, appraisal: Appraisal) -> None:
        rule = rule_of(appraisal)

        assert set(rule.harmless) == set(STRANGERS)
        for kind, share in rule.harmless.items():
            assert rule.compared[rule.method][kind] <= share <= 1

    def test_no_validation_film_is_refused_where_fifty_would_be_needed_for_one(
        self, appraisal: Appraisal
    ) -> None:
        refused = rule_of(appraisal).refused

        assert refused["validation"] == {"here": 0.0}
        assert set(refused) == {"validation", "holdout"}

    def test_the_figures_name_the_films_left_to_a_person(self, appraisal: Appraisal) -> None:
        metrics = appraisal.fields["metrics"]

        assert (metrics["validation"].overall.n, metrics["holdout"].overall.n) == (36, 8)
        assert set(metrics["holdout"].overall.referred_because) == {"uncertain", "unlike"}
        assert set(metrics["holdout"].overall.at) == {"balanced", "screening", "confirm"}
        assert metrics["holdout"].curves is not None

    def test_heat_map_and_stability_are_measured_on_the_holdout(self, appraisal: Appraisal) -> None:
        heatmap, stability = appraisal.fields["heatmap"], appraisal.fields["stability"]

        assert (heatmap.n, stability.n, stability.split) == (8, 8, "holdout")
        assert set(stability.kept) == set(CHANGES)

    def test_the_tasks_bounds_of_quality_go_into_the_card(
        self, appraisal: Appraisal, task: Task
    ) -> None:
        assert appraisal.fields["quality"] == QualityBounds.model_validate(task.quality)

    def test_without_validation_films_it_cuts_in_the_middle(
        self, model: keras.Model, task: Task
    ) -> None:
        parts = {
            "train": generated("train", task, dict.fromkeys(task.labels, 1)),
            "validation": generated("validation", task, {}),
            "holdout": generated("holdout", task, {"Normal": 1}),
        }

        fields = appraise(model, parts, task, SPEC).fields

        assert {name: p.threshold for name, p in fields["operating_points"].items()} == {
            "balanced": 0.5
        }
        assert (fields["refer"], fields["outliers"], fields["prevalence"]) == (None, None, 0.5)
        assert set(fields["metrics"]) == {"holdout"}


class TestInheriting:
    def test_few_films_leave_the_cuts_as_they_were(self, grown: Appraisal, parent: Parent) -> None:
        assert grown.fields["operating_points"] == parent.card.operating_points
        assert grown.fields["refer"] == parent.card.refer
        assert grown.fields["prevalence"] == parent.card.prevalence

    def test_many_films_of_one_kind_leave_cuts_and_prevalence_too(
        self, model: keras.Model, few: Parts, task: Task, parent: Parent
    ) -> None:
        film, image = few["train"].films[0], few["train"].images[0]
        sick = Decoded((film,) * 60, np.stack([image] * 60), np.zeros(60, dtype=np.int64))

        one_kind = appraise(model, few | {"validation": sick}, task, SPEC, parent=parent)

        assert one_kind.fields["operating_points"] == parent.card.operating_points
        assert one_kind.fields["prevalence"] == parent.card.prevalence

    def test_the_reference_grows_by_the_new_films_and_their_large_group(
        self, grown: Appraisal, parent: Parent, few: Parts
    ) -> None:
        old, new = reference_of(parent), reference_of(grown)

        assert np.array_equal(new.components, old.components)
        assert len(new.bank) == len(old.bank) + len(few["train"])
        assert np.allclose(new.bank[: len(old.bank)], old.bank, atol=1e-3)
        assert len(new.means) == len(old.means) + 1

    def test_the_limit_stays_and_the_hash_is_the_new_ones(
        self, grown: Appraisal, parent: Parent
    ) -> None:
        rule, content = rule_of(grown), grown.reference_bytes
        assert content is not None
        assert parent.card.outliers is not None

        assert rule.threshold == parent.card.outliers.threshold
        assert rule.compared == parent.card.outliers.compared
        assert rule.reference_sha256 == hashlib.sha256(content).hexdigest()
        assert rule.reference_sha256 != parent.card.outliers.reference_sha256

    def test_a_parents_reference_that_does_not_fit_any_more_is_not_kept(
        self, model: keras.Model, few: Parts, task: Task, parent: Parent
    ) -> None:
        without = appraise(model, few, task, SPEC, parent=replace(parent, reference=None))

        assert without.fields["outliers"] is None
        assert without.reference is None
        assert without.reference_bytes is None


class TestCalibrating:
    def labelled(self, task: Task, count: int) -> Decoded:
        """Films whose pixels nobody looks at."""
        targets = np.arange(count) % 4
        films = tuple(
            Film(Path(str(n)), task.labels[target], "here", None, str(n))
            for n, target in enumerate(targets)
        )
        return Decoded(films, np.zeros((count, 1, 1), dtype=np.uint8), targets)

    def confident(self, data: Decoded) -> "np.typing.NDArray[np.float32]":
        """Right three times of four, and always sure."""
        said = np.where(np.arange(len(data)) % 16 < 12, data.targets, (data.targets + 1) % 4)
        return (8 * np.eye(4, dtype=np.float32))[said]

    def test_confidence_that_is_not_earned_is_folded_away(
        self, base_weights: Path, task: Task
    ) -> None:
        model = network.build(SPEC, classes=4, dropout=0.0, base_weights=base_weights)
        kernel, _ = model.get_layer(network.LOGITS).get_weights()
        data = self.labelled(task, 64)

        found = calibrate(model, self.confident(data), data, None)

        folded, _ = model.get_layer(network.LOGITS).get_weights()
        assert found.temperature > 1.5
        assert np.allclose(folded, kernel @ np.array(found.matrix).T, atol=1e-6)

    def test_with_few_films_the_parents_is_left_alone(
        self, model: keras.Model, task: Task, parent: Parent
    ) -> None:
        before = model.get_layer(network.LOGITS).get_weights()
        data = self.labelled(task, 16)

        found = calibrate(model, self.confident(data), data, parent)

        after = model.get_layer(network.LOGITS).get_weights()
        assert found == Calibration.nothing(4)
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
