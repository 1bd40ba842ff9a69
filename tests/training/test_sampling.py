"""How often films are shown: sources on both sides alike, one-sided sources less."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from api.inputs.discovery import LabelledImage
from api.tasks.recipe import Sampling
from api.tasks.task import Task
from api.training.data.dataset import Decoded
from api.training.sampling import drawn, one_sided, rows_of, shares

EVEN = Sampling(balance=1.0)


def data(task: Task, *kinds: tuple[str, str, int]) -> Decoded:
    images = [
        LabelledImage(Path(f"{source}/{label}/{n}"), label, source, None, f"{source}{label}{n}")
        for source, label, count in kinds
        for n in range(count)
    ]
    targets = np.array([task.target_of(image.label) for image in images], dtype=np.int64)
    return Decoded(tuple(images), np.zeros((len(images), 2, 2), np.uint8), targets)


def shown(images: Decoded, weights: np.ndarray) -> dict[tuple[str, bool], float]:
    """How much of an epoch is of each source, with and without a finding."""
    found: Counter[tuple[str, bool]] = Counter()
    for image, weight in zip(images.labelled, weights, strict=True):
        found[image.source, image.label != "Normal"] += weight
    return {kind: weight / weights.sum() for kind, weight in found.items()}


class TestShares:
    def test_each_source_counts_alike_on_both_splits(self, task: Task) -> None:
        images = data(task, ("a", "Normal", 30), ("a", "finding", 6), ("b", "Normal", 4),
                     ("b", "COVID-19", 10))  # fmt: skip

        found = shown(images, shares(images, EVEN, task))

        assert list(found.values()) == pytest.approx([0.25] * 4)

    def test_without_balance_every_image_counts_alike(self, task: Task) -> None:
        images = data(task, ("a", "Normal", 30), ("a", "finding", 6))

        assert shares(images, Sampling(balance=0.0), task) == pytest.approx(np.ones(36))

    def test_a_source_of_one_split_counts_less(self, task: Task) -> None:
        images = data(task, ("a", "Normal", 9), ("a", "COVID-19", 9), ("tb", "finding", 3))

        found = shown(images, shares(images, Sampling(balance=1.0, one_sided=0.5), task))

        assert found["tb", True] / found["a", True] == pytest.approx(0.5)

    def test_rare_labels_of_a_group_count_more_by_the_square_root(self, task: Task) -> None:
        images = data(task, ("a", "COVID-19", 16), ("a", "Pneumonia-Viral", 4), ("a", "Normal", 9))

        weights = shares(images, EVEN, task)

        assert weights[16] / weights[0] == pytest.approx(2)


class TestBelief:
    def test_findings_of_a_source_without_healthy_images_are_doubted(self, task: Task) -> None:
        images = data(task, ("a", "Normal", 1), ("a", "finding", 1), ("tb", "finding", 1),
                     ("well", "Normal", 1))  # fmt: skip
        recipe = task.training.model_copy(update={"sampling": Sampling(doubt=0.25)})

        rows = rows_of(images, recipe, task)

        assert one_sided(images, task) == {"tb", "well"}
        assert rows[:, -1].tolist() == [0, 0, 0.25, 0]

    def test_without_sampling_nothing_is_doubted(self, task: Task) -> None:
        images = data(task, ("tb", "finding", 2))
        recipe = task.training.model_copy(update={"sampling": None})

        assert rows_of(images, recipe, task)[:, -1].tolist() == [0, 0]


class TestDrawing:
    def test_an_image_is_drawn_as_often_as_its_weight_says(self) -> None:
        rows = drawn(np.array([2.5, 0.5, 1.0, 0.0]), np.random.default_rng(0))

        times = Counter(rows.tolist())
        assert len(rows) == 4
        assert times[0] in {2, 3}
        assert times[1] in {0, 1}
        assert (times[2], times[3]) == (1, 0)

    def test_equal_weights_draw_every_image_once_in_another_order(self) -> None:
        rows = drawn(np.ones(50), np.random.default_rng(1))

        assert sorted(rows.tolist()) == list(range(50))
        assert rows.tolist() != list(range(50))
