"""Quiet channels become louder, and nothing else changes."""

import keras
import numpy as np
import numpy.typing as npt
import pytest

from api.inputs.images.synthetic import FINDINGS, synthetic_image
from api.training.models.equalization import MIDDLE, equalize
from api.training.models.inference import BatchPredictor, NetworkOutputs
from tests.training.conftest import SPEC

BLOCK = "block_9"


@pytest.fixture(scope="module")
def inputs() -> list[npt.NDArray[np.float32]]:
    return [
        SPEC.apply(synthetic_image(finding, seed=seed)) for finding in FINDINGS for seed in (1, 2)
    ]


@pytest.fixture(scope="module")
def uneven(model: keras.Model) -> keras.Model:
    """One in which half of a block's channels whisper."""
    norm = model.get_layer(f"{BLOCK}_depthwise_BN")
    gamma, beta, *statistics = norm.get_weights()
    quiet = np.where(np.arange(len(gamma)) % 2, 0.05, 1.0).astype(np.float32)
    norm.set_weights([gamma * quiet, beta * quiet, *statistics])
    return model


@pytest.fixture(scope="module")
def weights_before(uneven: keras.Model) -> list[npt.NDArray[np.float32]]:
    return [weights.copy() for weights in uneven.get_weights()]


@pytest.fixture(scope="module")
def even(
    uneven: keras.Model,
    weights_before: list[npt.NDArray[np.float32]],
    inputs: list[npt.NDArray[np.float32]],
) -> keras.Model:
    return equalize(uneven, inputs)


def seen(model: keras.Model, inputs: list[npt.NDArray[np.float32]]) -> NetworkOutputs:
    return BatchPredictor(model, SPEC).predict_inputs(np.stack(inputs))


def peaks(model: keras.Model, inputs: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    layer = keras.Model(model.inputs[0], model.get_layer(BLOCK + MIDDLE).output)
    highest: npt.NDArray[np.float32] = np.asarray(layer(np.stack(inputs))).max(axis=(0, 1, 2))
    return highest


class TestEqualising:
    def test_everything_that_is_served_stays_the_same(
        self, uneven: keras.Model, even: keras.Model, inputs: list[npt.NDArray[np.float32]]
    ) -> None:
        before, after = seen(uneven, inputs), seen(even, inputs)

        assert after.logits == pytest.approx(before.logits, abs=1e-3)
        assert after.early_features == pytest.approx(before.early_features, abs=1e-3)
        assert after.activation == pytest.approx(before.activation, abs=1e-3)

    def test_quiet_channels_are_louder_and_none_is_cut(
        self, uneven: keras.Model, even: keras.Model, inputs: list[npt.NDArray[np.float32]]
    ) -> None:
        before, after = peaks(uneven, inputs), peaks(even, inputs)

        speaks = before > 0
        assert (after[speaks] >= before[speaks] * 0.999).all()
        assert np.median(after[1::2]) > 1.5 * np.median(before[1::2])
        assert after.max() <= 6.0

    def test_the_network_itself_is_left_alone(
        self,
        uneven: keras.Model,
        weights_before: list[npt.NDArray[np.float32]],
        even: keras.Model,
    ) -> None:
        pairs = zip(weights_before, uneven.get_weights(), strict=True)

        assert even is not uneven
        assert all(np.array_equal(a, b) for a, b in pairs)
