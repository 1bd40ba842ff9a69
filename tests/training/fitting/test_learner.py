"""One network, fitted several times."""

import keras
import numpy as np
import pytest

from api.inputs.images.preprocessing import PreprocessingSpec
from api.tasks.recipe import Recipe
from api.tasks.task import Task
from api.training.fitting.learner import FitCallbacks, Learner, latent_learner
from api.training.loss import target_rows
from api.training.models import mobilenet

CUT, STEPS, NO_IMAGES = "Conv_1", 3, np.zeros(0, np.int64)
UNHEARD = FitCallbacks(on_step=lambda _: None, on_epoch=lambda _: None)


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Always the same few activations, in batches of two."""

    def __init__(self, shape: tuple[int, ...], task: Task) -> None:
        super().__init__()
        rng = np.random.default_rng(1)
        self.latents = rng.random((2 * STEPS, *shape)).astype(np.float32)
        self.targets = target_rows(np.arange(2 * STEPS) % len(task.labels), task.allowed)

    def __len__(self) -> int:
        return STEPS

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        rows = slice(2 * index, 2 * index + 2)
        return self.latents[rows], self.targets[rows], np.ones(2, np.float32)


@pytest.fixture(scope="class")
def network() -> keras.Model:
    return mobilenet.untrained(PreprocessingSpec(height=32, width=32), classes=4, dropout=0.0)


class TestFittingAgain:
    def test_a_second_fit_begins_as_the_first_one_did(
        self, network: keras.Model, task: Task, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        recipe = task.retraining.model_copy(
            update={"tail_from": CUT, "tail_epochs": 2, "kept_change": 1.0}
        )
        learner = learner_for(network, recipe, task)
        before = network.get_weights()
        traced = traces_of(learner.fitted, monkeypatch)

        first = fitted(network, learner, before, task)
        second = fitted(network, learner, before, task)
        # Twice where the first step makes variables; the second fit has the same graph.
        assert len(traced) == 1
        fresh = fitted(network, learner_for(network, recipe, task), before, task)

        assert not all(np.array_equal(a, b) for a, b in zip(before, first, strict=True))
        for a, b, c in zip(first, second, fresh, strict=True):
            assert np.allclose(a, b, atol=1e-6)
            assert np.allclose(a, c, atol=1e-6)


def traces_of(model: keras.Model, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What a step is given each time that it is traced from now on."""
    step, traced = model.train_step, list[object]()

    def noted(batch: object) -> object:
        traced.append(batch)
        return step(batch)

    monkeypatch.setattr(model, "train_step", noted)
    return traced


def learner_for(network: keras.Model, recipe: Recipe, task: Task) -> Learner:
    return latent_learner(network, recipe, task, steps_an_epoch=STEPS, seed=0)


def fitted(
    network: keras.Model, learner: Learner, before: list[np.ndarray], task: Task
) -> list[np.ndarray]:
    # Keras draws the order of batches.
    keras.utils.set_random_seed(1)
    network.set_weights(before)
    shape = learner.model.input_shape[1:]
    checked = np.zeros((0, *shape), np.float32), NO_IMAGES
    learner.fit(Batches(shape, task), checked, watcher=UNHEARD)
    return list(network.get_weights())
