"""The rule for films of unfamiliar sites, fitted on generated films of hospitals that differ."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from api.arrays import ByteArray
from api.decision.site_distance import SiteReference
from api.evaluation.sites.site_reference import MIN_IMAGES
from api.inputs.discovery import LabelledImage
from api.inputs.images.acquisition import N_FEATURES
from api.inputs.images.synthetic import FINDINGS, synthetic_image
from api.model_card.decision_rules import AcquisitionRule
from api.tasks.task import Task
from api.training.assessment.decision_rules import SplitPredictions
from api.training.assessment.sites.unfamiliar_sites import (
    acquisition_rule,
    extended_acquisition_rule,
    features_of,
    with_shares,
)
from api.training.data.dataset import Decoded

PER_CLASS = 20
NEGATIVE = "Normal"
Made = Callable[[ByteArray], ByteArray]


def sharp(image: ByteArray) -> ByteArray:
    return image


def blurred(image: ByteArray) -> ByteArray:
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(1.5)))


def framed(image: ByteArray) -> ByteArray:
    bordered = np.zeros_like(image)
    bordered[12:-12, 12:-12] = image[12:-12, 12:-12]
    return bordered


def noisy(image: ByteArray) -> ByteArray:
    noise = np.random.default_rng(int(image.sum()) % 1000).normal(0, 25, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def xrays(
    source: str, made: Made, task: Task, *, first_seed: int, labels: Sequence[str]
) -> Decoded:
    labelled, images = [], []
    for label in labels:
        finding = FINDINGS[task.labels.index(label) % len(FINDINGS)]
        for number in range(PER_CLASS):
            seed = first_seed + number
            labelled.append(
                LabelledImage(_path(source, label, seed), label, source, None, "0" * 64)
            )
            images.append(made(synthetic_image(finding, seed=seed, size_px=224)))
    targets = np.array([task.target_of(image.label) for image in labelled], dtype=np.int64)
    return Decoded(tuple(labelled), np.stack(images), targets)


def _path(source: str, label: str, seed: int) -> Path:
    return Path(source) / label / f"{seed}.png"


def joined(*parts: Decoded) -> Decoded:
    return Decoded(
        tuple(image for part in parts for image in part.labelled),
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.targets for part in parts]),
    )


@pytest.fixture(scope="module")
def hospitals(task: Task) -> tuple[Decoded, Decoded]:
    """Films to learn from, and others: of two hospitals with both kinds, and one with ill ones."""
    ill = task.labels[0]
    both = (ill, NEGATIVE)

    def drawn(first_seed: int) -> Decoded:
        return joined(
            xrays("sharp", sharp, task, first_seed=first_seed, labels=both),
            xrays("blurred", blurred, task, first_seed=first_seed + 300, labels=both),
            xrays("framed", framed, task, first_seed=first_seed + 600, labels=(ill, ill)),
        )

    return drawn(0), drawn(10_000)


@pytest.fixture(scope="module")
def fitted(hospitals: tuple[Decoded, Decoded], task: Task) -> tuple[AcquisitionRule, SiteReference]:
    found = acquisition_rule(*hospitals, task)
    assert found is not None
    return found


def unfamiliar(reference: SiteReference, data: Decoded) -> float:
    return float((reference.distances(features_of(data.images)) > 1).mean())


class TestTheRule:
    def test_hospitals_with_both_kinds_are_familiar(
        self, fitted: tuple[AcquisitionRule, SiteReference], task: Task
    ) -> None:
        rule, reference = fitted
        assert rule.familiar == ("blurred", "sharp")
        assert rule.max_unfamiliar == task.decision.max_unfamiliar
        assert len(reference.means) == 2

    def test_new_images_of_them_mostly_are_and_those_of_others_are_not(
        self, fitted: tuple[AcquisitionRule, SiteReference], task: Task
    ) -> None:
        _, reference = fitted
        labels = (task.labels[0], NEGATIVE)
        known = xrays("sharp", sharp, task, first_seed=20_000, labels=labels)
        one_sided = xrays("framed", framed, task, first_seed=20_000, labels=labels)

        assert unfamiliar(reference, known) < 0.35
        assert unfamiliar(reference, one_sided) > 0.9

    def test_one_hospital_alone_has_nobody_to_be_told_from(self, task: Task) -> None:
        labels = (task.labels[0], NEGATIVE)
        alone = xrays("sharp", sharp, task, first_seed=0, labels=labels)
        assert acquisition_rule(alone, alone, task) is None

    def test_its_shares_are_counted_per_split_and_source(
        self, fitted: tuple[AcquisitionRule, SiteReference]
    ) -> None:
        seen = SplitPredictions(
            np.zeros((4, 4)),
            np.zeros(4, dtype=np.int64),
            ["a", "a", "b", "b"],
            site_distances=np.array([0.5, 1.5, 0.5, 1.0]),
        )
        without = replace(seen, site_distances=None)

        rule = with_shares(fitted[0], {"holdout": seen, "validation": without})

        assert rule.unfamiliar == {"holdout": {"a": 0.5, "b": 0.0}}


class TestARetraining:
    def grown(
        self, fitted: tuple[AcquisitionRule, SiteReference], data: Decoded, task: Task
    ) -> tuple[AcquisitionRule, SiteReference]:
        kinds = [(image.source, image.label != task.negative_class) for image in data.labelled]
        return extended_acquisition_rule(*fitted, features_of(data.images), kinds)

    def test_a_hospitals_images_of_both_kinds_make_it_familiar(
        self, fitted: tuple[AcquisitionRule, SiteReference], task: Task
    ) -> None:
        labels = (task.labels[0], NEGATIVE)
        new = xrays("noisy", noisy, task, first_seed=0, labels=labels)
        later = xrays("noisy", noisy, task, first_seed=30_000, labels=labels)

        rule, reference = self.grown(fitted, new, task)

        assert rule.familiar == ("blurred", "sharp", "noisy")
        assert unfamiliar(fitted[1], later) > 0.9
        assert unfamiliar(reference, later) < 0.4

    def test_images_of_one_kind_or_too_few_do_not(
        self, fitted: tuple[AcquisitionRule, SiteReference], task: Task
    ) -> None:
        ill = xrays("noisy", noisy, task, first_seed=0, labels=(task.labels[0],) * 2)
        labels = (task.labels[0], NEGATIVE)
        both = xrays("noisy", noisy, task, first_seed=0, labels=labels)
        few = both.subset(both.labelled[:: -(-len(both) // (MIN_IMAGES - 1))])

        for data in (ill, few):
            rule, reference = self.grown(fitted, data, task)
            assert rule.familiar == ("blurred", "sharp")
            assert len(reference.means) == 2


class TestFeatures:
    def test_of_no_images_there_are_none(self) -> None:
        assert features_of(np.zeros((0, 224, 224), np.uint8)).shape == (0, N_FEATURES)
