"""What fitting is fed with."""

from pathlib import Path

import numpy as np
import pytest

from api.inputs.folders import Film
from api.inputs.phantom import phantom
from api.inputs.preprocessing import PreprocessingSpec
from api.tasks.task import Task
from api.training.batches import Films, balancing_weights
from api.training.dataset import Decoded
from api.training.fit import inputs_of

SPEC = PreprocessingSpec(height=64, width=64)


def data(labels: list[str], task: Task) -> Decoded:
    films = tuple(Film(Path(str(n)), label, "here", None, str(n)) for n, label in enumerate(labels))
    images = np.stack([SPEC.resize(phantom("lobar", seed=n)) for n in range(len(labels))])
    return Decoded(films, images, np.array([task.target_of(label) for label in labels]))


class TestWeights:
    def test_rare_kinds_count_more_by_the_square_root(self, task: Task) -> None:
        weights = balancing_weights(data(["Normal"] * 4 + ["COVID-19"], task).kinds)

        assert weights[4] / weights[0] == pytest.approx(2)
        assert weights.mean() == pytest.approx(1)

    def test_equal_kinds_count_the_same(self, task: Task) -> None:
        assert balancing_weights(data(["Normal", "COVID-19"], task).kinds) == pytest.approx(1)


class TestBatches:
    def test_an_epoch_shows_every_film_once(self, task: Task) -> None:
        recipe = task.retraining.model_copy(update={"batch_size": 3})
        films = Films(data(list(task.labels) * 2, task), SPEC, recipe, task, seed=1)

        batches = [films[index] for index in range(len(films))]

        assert [len(images) for images, _, _ in batches] == [3, 3, 2]
        assert batches[0][0].shape == (3, 64, 64, 1)
        targets = np.concatenate([targets for _, targets, _ in batches])
        assert targets.sum(axis=0).tolist() == [2, 2, 2, 2, 0]

    def test_only_a_recipe_that_says_so_mixes_films(self, task: Task) -> None:
        films = data(list(task.labels) * 2, task)
        recipes = [task.retraining.model_copy(update={"mixup": share}) for share in (0.0, 0.5)]

        plain, blend = (Films(films, SPEC, recipe, task, seed=1)[0] for recipe in recipes)

        assert set(plain[1].ravel()) == {0, 1}
        assert len(set(blend[1].ravel())) > 2
        assert blend[1].sum(axis=1) == pytest.approx(1)
        assert not np.array_equal(plain[0], blend[0])

    def test_the_next_epoch_has_another_order_and_other_variants(self, task: Task) -> None:
        films = Films(data(list(task.labels) * 3, task), SPEC, task.retraining, task, seed=1)
        again = Films(data(list(task.labels) * 3, task), SPEC, task.retraining, task, seed=1)
        first = films[0][0]
        assert np.array_equal(first, again[0][0])

        films.on_epoch_end()

        assert not np.array_equal(first, films[0][0])


class TestEncoding:
    def test_nothing_has_the_right_shape(self, task: Task) -> None:
        empty = data(["Normal"], task).subset([])

        assert inputs_of(empty, SPEC).shape == (0, 64, 64, 1)
