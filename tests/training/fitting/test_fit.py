"""What fitting is fed with."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from api.inputs.discovery import LabelledImage
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.synthetic import synthetic_image
from api.tasks.recipe import Sampling
from api.tasks.task import Task
from api.training.data.batches import ImageBatches, balancing_weights
from api.training.data.dataset import Decoded
from api.training.fitting.fit import inputs_of
from api.training.fitting.learner import between

SPEC = PreprocessingSpec(height=64, width=64)


def data(labels: list[str], task: Task) -> Decoded:
    xrays = tuple(
        LabelledImage(Path(str(n)), label, "here", None, str(n)) for n, label in enumerate(labels)
    )
    images = np.stack([SPEC.resize(synthetic_image("lobar", seed=n)) for n in range(len(labels))])
    return Decoded(xrays, images, np.array([task.target_of(label) for label in labels]))


class TestWeights:
    def test_rare_kinds_count_more_by_the_square_root(self, task: Task) -> None:
        weights = balancing_weights(data(["Normal"] * 4 + ["COVID-19"], task).kinds)

        assert weights[4] / weights[0] == pytest.approx(2)
        assert weights.mean() == pytest.approx(1)

    def test_equal_kinds_count_the_same(self, task: Task) -> None:
        assert balancing_weights(data(["Normal", "COVID-19"], task).kinds) == pytest.approx(1)


class TestBatches:
    def test_an_epoch_shows_every_image_once(self, task: Task) -> None:
        recipe = task.retraining.model_copy(update={"batch_size": 3})
        xrays = ImageBatches(data(list(task.labels) * 2, task), SPEC, recipe, task, seed=1)

        batches = [xrays[index] for index in range(len(xrays))]

        assert [len(images) for images, _, _ in batches] == [3, 3, 2]
        assert batches[0][0].shape == (3, 64, 64, 1)
        targets = np.concatenate([targets for _, targets, _ in batches])
        assert targets.sum(axis=0).tolist() == [2, 2, 2, 2, 0]

    def test_only_a_recipe_that_says_so_mixes_images(self, task: Task) -> None:
        xrays = data(list(task.labels) * 2, task)
        recipes = [task.retraining.model_copy(update={"mixup": share}) for share in (0.0, 0.5)]

        plain, blend = (ImageBatches(xrays, SPEC, recipe, task, seed=1)[0] for recipe in recipes)

        assert set(plain[1].ravel()) == {0, 1}
        assert len(set(blend[1].ravel())) > 2
        assert blend[1].sum(axis=1) == pytest.approx(1)
        assert not np.array_equal(plain[0], blend[0])

    def test_the_next_epoch_has_another_order_and_other_variants(self, task: Task) -> None:
        xrays = ImageBatches(data(list(task.labels) * 3, task), SPEC, task.retraining, task, seed=1)
        again = ImageBatches(data(list(task.labels) * 3, task), SPEC, task.retraining, task, seed=1)
        first = xrays[0][0]
        assert np.array_equal(first, again[0][0])

        xrays.on_epoch_end()

        assert not np.array_equal(first, xrays[0][0])


class TestEncoding:
    def test_nothing_has_the_right_shape(self, task: Task) -> None:
        empty = data(["Normal"], task).subset([])

        assert inputs_of(empty, SPEC).shape == (0, 64, 64, 1)


class TestWeightsBetween:
    def test_they_lie_on_the_line_from_before_to_after(self) -> None:
        before = [np.zeros(2, np.float32), np.ones((1, 1), np.float32)]
        after = [np.array([1.0, 2.0], np.float32), np.full((1, 1), 3.0, np.float32)]

        assert [w.tolist() for w in between(before, after, 0.0)] == [w.tolist() for w in before]
        assert [w.tolist() for w in between(before, after, 1.0)] == [w.tolist() for w in after]
        assert [w.tolist() for w in between(before, after, 0.75)] == [[0.75, 1.5], [[2.5]]]


class TestSampledBatches:
    def test_sources_of_two_splits_fill_the_batches_alike(self, task: Task) -> None:
        few, many = data(["Normal", "COVID-19"] * 2, task), data(["Normal"] * 12, task)
        xrays = Decoded(
            tuple(replace(f, source="few") for f in few.labelled) + many.labelled,
            np.concatenate([few.images, many.images]),
            np.concatenate([few.targets, many.targets]),
        )
        recipe = task.retraining.model_copy(
            update={"sampling": Sampling(balance=1.0, one_sided=0.5, doubt=0.25), "batch_size": 4}
        )

        batches = ImageBatches(xrays, SPEC, recipe, task, seed=1)
        drawn = [batches[index] for index in range(len(batches))]

        # Of 16 draws, groups few/Normal, few/COVID-19 and here/Normal as 1 : 1 : 0.5.
        targets = np.concatenate([targets for _, targets, _ in drawn])
        assert targets[:, 0].sum() == pytest.approx(16 / 2.5, abs=1)
        assert {weight for _, _, weights in drawn for weight in weights.tolist()} == {1.0}
