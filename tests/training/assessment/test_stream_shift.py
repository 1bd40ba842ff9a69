"""The rule by which a checkpoint notices shifted streams, of made-up films without a network."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from api.decision.stream_shift.reference import ShiftReference, parse
from api.evaluation.sites.simulated_streams import ShiftAims
from api.inputs.discovery import LabelledImage
from api.model_card.decision_rules import OutlierRule
from api.model_card.sites.shift_rule import ShiftRule
from api.tasks.task import Task
from api.training.assessment.decision_rules import SplitPredictions
from api.training.assessment.sites.measured_images import (
    MIN_GROUP,
    MeasuredImages,
    group_name,
    measured,
)
from api.training.assessment.sites.stream_shift import extended_shift_rule, shift_rule
from api.training.data.dataset import Decoded
from tests.decision.stream_shift.known_images import ANNA, drawn_images
from tests.training.conftest import generated

AIMS = ShiftAims(windows=(10, 20), every=5, streams=10, mixtures=2, films_per_day=20, days=20)
OUTLIERS = OutlierRule(
    method="mahalanobis", reference_sha256="", threshold=2.0, chosen_on="validation",
    refused={}, compared={},
)  # fmt: skip


def labelled(
    n: int, *, source: str, label: str, patients: int | None = None
) -> list[LabelledImage]:
    return [
        LabelledImage(
            Path(f"{source}-{number}.png"),
            label,
            source,
            None if patients is None else str(number % patients),
            hashlib.sha256(f"{source} {label} {number}".encode()).hexdigest(),
        )
        for number in range(n)
    ]


def predictions(data: Decoded, task: Task) -> SplitPredictions:
    """Sure of each film's class; the distance is half of the limit."""
    logits = 3.0 * np.eye(len(task.labels))[data.targets]
    return SplitPredictions(logits, data.targets, data.sources, np.full(len(data), 1.0))


@pytest.fixture(scope="module")
def splits(task: Task) -> dict[str, Decoded]:
    per_class = {"Normal": 26, "COVID-19": 26}
    return {
        split: generated(split, task, per_class, source="anna")
        for split in ("train", "validation", "holdout")
    }


@pytest.fixture(scope="module")
def made(splits: dict[str, Decoded], task: Task) -> tuple[ShiftRule, ShiftReference]:
    seen = {name: predictions(splits[name], task) for name in ("validation", "holdout")}
    rule, content = shift_rule(splits, seen, OUTLIERS, task, AIMS)
    assert rule is not None
    assert content is not None
    assert rule.reference_sha256 == hashlib.sha256(content).hexdigest()
    return rule, parse(content)


class TestANewRule:
    def test_half_of_each_groups_images_are_known(
        self, made: tuple[ShiftRule, ShiftReference]
    ) -> None:
        _, reference = made
        assert reference.names == ("anna / COVID-19", "anna / Normal")
        assert np.bincount(reference.members).tolist() == [39, 39]

    def test_scores_are_those_of_validation_images(
        self, made: tuple[ShiftRule, ShiftReference]
    ) -> None:
        _, reference = made
        assert len(reference.scores) == 52
        normal = reference.score_members == reference.names.index("anna / Normal")
        assert reference.scores[normal, 0].max() < 0 < reference.scores[~normal, 0].min()
        assert reference.scores[:, 1].tolist() == [0.5] * 52

    def test_all_tests_have_thresholds(self, made: tuple[ShiftRule, ShiftReference]) -> None:
        rule, _ = made
        names = {test.test for test in rule.tests}
        assert names == {"mmd", "ks_acquisition", "ks_score", "ks_unlikeness"}
        assert (rule.fewest, rule.longest) == (10, 20)
        assert rule.kinds == 2 + 1 + 2

    def test_of_few_images_none_is_made(self, task: Task) -> None:
        few = {name: generated(name, task, {"Normal": 12}) for name in ("train", "validation")}
        seen = {name: predictions(few["validation"], task) for name in ("validation", "holdout")}
        assert shift_rule(few, seen, None, task, AIMS) == (None, None)


class TestAGrownRule:
    def new(self, n: int, *, level: float = 30.0) -> MeasuredImages:
        return MeasuredImages(
            labelled(n, source="berta", label="Normal"), drawn_images(n, level=level, seed=0)
        )

    def grown(
        self,
        made: tuple[ShiftRule, ShiftReference],
        new: MeasuredImages,
        splits: dict[str, Decoded],
        task: Task,
    ) -> tuple[ShiftRule, ShiftReference]:
        rule, reference = made
        seen = {name: predictions(splits[name], task) for name in ("validation", "holdout")}
        found, content = extended_shift_rule(rule, reference, new, seen, OUTLIERS, task)
        assert found.reference_sha256 == hashlib.sha256(content).hexdigest()
        return found, parse(content)

    def test_it_knows_the_new_source(
        self, made: tuple[ShiftRule, ShiftReference], splits: dict[str, Decoded], task: Task
    ) -> None:
        rule, reference = self.grown(made, self.new(40), splits, task)

        group = reference.names.index(group_name("berta", "Normal"))
        assert (reference.members == group).sum() == 40
        before = {(t.test, t.window): t.threshold for t in made[0].tests}
        for test in rule.tests:
            if test.test in ("mmd", "ks_acquisition"):
                assert test.threshold >= before[test.test, test.window]

    def test_the_same_images_once_more_change_nothing(
        self, made: tuple[ShiftRule, ShiftReference], splits: dict[str, Decoded], task: Task
    ) -> None:
        once = self.grown(made, self.new(40), splits, task)
        again = self.grown(once, self.new(40), splits, task)
        assert len(again[1].images) == len(once[1].images)

    def test_too_few_images_make_no_group(
        self, made: tuple[ShiftRule, ShiftReference], splits: dict[str, Decoded], task: Task
    ) -> None:
        _, reference = self.grown(made, self.new(MIN_GROUP - 1), splits, task)
        assert group_name("berta", "Normal") not in reference.names


class TestMeasuring:
    def test_streams_keep_patients_together(self) -> None:
        images = labelled(12, source="anna", label="Normal", patients=3)
        images_of = MeasuredImages(images, drawn_images(12, level=ANNA, seed=0))
        order = images_of.as_streams()
        patients = [
            images[int(np.flatnonzero((images_of.acquisition == row).all(axis=1))[0])].patient
            for row in order.values
        ]
        assert patients == sorted(patients, key=str)

    def test_no_images_have_no_features(self) -> None:
        assert measured([], np.zeros((0, 96, 96), np.uint8)).acquisition.shape == (0, 66)
