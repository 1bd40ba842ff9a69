"""Styles are mixed while a network learns, and only then."""

import keras
import numpy as np
import pytest

from api.training.models import mobilenet
from api.training.models.style_mixing import MixedStyles, restyled, with_mixed_styles

# Two films of one channel, 1 x 2 places: means 2 and 10, standard deviations 1 and 4.
IMAGES = np.array([[[[1.0], [3.0]]], [[[6.0], [14.0]]]], dtype=np.float32)
SWAPPED = np.array([1, 0])


@pytest.fixture(scope="module")
def network() -> keras.Model:
    whole = keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, weights=None)
    return keras.Model(whole.inputs[0], whole.get_layer("block_8_expand").output)


def shares(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32).reshape(-1, 1, 1, 1)


class TestRestyled:
    def test_the_whole_style_of_another_image(self) -> None:
        found = keras.ops.convert_to_numpy(restyled(IMAGES, SWAPPED, shares(0, 0)))

        assert found.ravel() == pytest.approx([6, 14, 1, 3], abs=1e-4)

    def test_half_of_it_lies_between(self) -> None:
        """Mean (2 + 10) / 2 = 6 and standard deviation (1 + 4) / 2 = 2.5 for both."""
        found = keras.ops.convert_to_numpy(restyled(IMAGES, SWAPPED, shares(0.5, 0.5)))

        assert found.ravel() == pytest.approx([3.5, 8.5, 3.5, 8.5], abs=1e-4)

    def test_an_image_keeps_its_own_share(self) -> None:
        """The first keeps all; the second has a quarter of its own: 0.25 * 10 + 0.75 * 2 = 4, and
        0.25 * 4 + 0.75 * 1 = 1.75."""
        found = keras.ops.convert_to_numpy(restyled(IMAGES, SWAPPED, shares(1, 0.25)))

        assert found.ravel() == pytest.approx([1, 3, 2.25, 5.75], abs=1e-4)


class TestLayer:
    def test_a_prediction_is_left_alone(self) -> None:
        assert np.array_equal(MixedStyles(1.0, seed=1, name="m")(IMAGES, training=False), IMAGES)

    def test_with_no_probability_nothing_is_mixed(self) -> None:
        assert np.array_equal(MixedStyles(0.0, seed=1, name="m")(IMAGES, training=True), IMAGES)

    def test_what_is_drawn_hangs_on_the_seed(self) -> None:
        images = np.random.default_rng(1).normal(size=(8, 3, 3, 2)).astype(np.float32)

        first, again, other = (
            np.asarray(MixedStyles(1.0, seed=seed, name="m")(images, training=True))
            for seed in (1, 1, 2)
        )

        assert np.array_equal(first, again)
        assert not np.allclose(first, other, atol=1e-3)
        assert np.isfinite(first).all()

    def test_what_an_image_shows_stays_its_own(self) -> None:
        """Only scale and offset of a channel change: places keep their order."""
        images = np.random.default_rng(2).normal(size=(8, 3, 3, 2)).astype(np.float32)

        mixed = np.asarray(MixedStyles(1.0, seed=1, name="m")(images, training=True))

        standard = [
            (batch - batch.mean((1, 2), keepdims=True)) / batch.std((1, 2), keepdims=True)
            for batch in (images, mixed)
        ]
        assert standard[1] == pytest.approx(standard[0], abs=1e-3)


class TestNetwork:
    def test_it_shares_its_weights_and_answers_alike(self, network: keras.Model) -> None:
        images = np.random.default_rng(3).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
        learner = with_mixed_styles(network, 1.0, seed=1)

        assert {id(w) for w in learner.weights} == {id(w) for w in network.weights}
        assert np.allclose(learner(images), network(images), rtol=1e-4, atol=1e-6)

    def test_it_mixes_before_both_layers_while_it_learns(self, network: keras.Model) -> None:
        images = np.random.default_rng(3).uniform(-1, 1, (4, 32, 32, 3)).astype(np.float32)
        for layer in network.layers:
            layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
        learner = with_mixed_styles(network, 1.0, seed=1)

        assert [x.name for x in learner.layers if isinstance(x, MixedStyles)] == [
            "mixed_styles_0",
            "mixed_styles_1",
        ]
        mixed, plain = np.asarray(learner(images, training=True)), np.asarray(network(images))
        assert np.abs(mixed - plain).max() > 0.1 * np.abs(plain).max()

    def test_a_tail_without_those_layers_is_returned_as_it_is(self, network: keras.Model) -> None:
        tail = keras.Model(mobilenet.latent(network, "block_8_expand"), network.output)

        assert with_mixed_styles(tail, 0.5, seed=1) is tail
