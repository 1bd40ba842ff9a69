"""Foreign networks: understood without being run, or refused with what was expected."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from api.arrays import Float32Array
from api.errors import InvalidCheckpoint
from api.inputs.images.synthetic import FINDINGS, synthetic_image
from api.training.models.foreign.file import read_foreign
from api.training.models.foreign.network import ForeignNetwork, Pixels, understand
from tests.support.keras2 import write_keras2

SIZE = 96


@pytest.fixture(scope="module")
def backbone(base_weights: Path) -> keras.Model:
    """MobileNetV2 on small pictures, whose features are not all alike."""
    return keras.applications.MobileNetV2(
        weights=base_weights, include_top=False, input_shape=(SIZE, SIZE, 3)
    )


@pytest.fixture(scope="module")
def tutorial(backbone: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that is understood, for what is not to differ in one thing from."""
    path = tmp_path_factory.mktemp("tutorial") / "model.h5"
    nested(backbone, keras.layers.Dropout(0.2), head()).save(path)
    return path


def images() -> list[Any]:
    return [synthetic_image(finding, seed=3, size_px=SIZE) for finding in FINDINGS]


def coloured(scale: float, offset: float) -> Float32Array:
    """(n, SIZE, SIZE, 3) as a foreign network is given them."""
    grey = np.stack(images()).astype(np.float32) * scale + offset
    return np.repeat(grey[..., np.newaxis], 3, axis=-1)


def head(units: int = 4, *, activation: str = "softmax") -> keras.layers.Layer:
    keras.utils.set_random_seed(4)
    return keras.layers.Dense(
        units, activation=activation, kernel_initializer="random_normal", bias_initializer="ones"
    )


def nested(backbone: keras.Model, *ends: keras.layers.Layer) -> keras.Model:
    """The usual tutorial: augmentation, Rescaling, base, pooling, dropout, outputs."""
    image = keras.Input((SIZE, SIZE, 3))
    value = keras.layers.RandomFlip("horizontal")(image)
    value = keras.layers.Rescaling(1 / 127.5, offset=-1)(value)
    value = keras.layers.GlobalAveragePooling2D()(backbone(value))
    for layer in ends:
        value = layer(value)
    return keras.Model(image, value)


def understood(path: Path, *, outputs: int = 4, pixels: Pixels | None = None) -> ForeignNetwork:
    return understand(read_foreign(path), outputs=outputs, pixels=pixels)


def answers(network: ForeignNetwork, order: list[int]) -> Float32Array:
    """What our network says to the films, through the card's own preprocessing."""
    inputs = np.stack([network.spec.apply(image) for image in images()])
    return np.asarray(network.model(order, dropout=0.0)(inputs, training=False))


class TestUnderstood:
    def test_a_nested_model_with_its_own_rescaling(
        self, backbone: keras.Model, tmp_path: Path
    ) -> None:
        model = nested(backbone, keras.layers.Dropout(0.2), head())
        model.save(tmp_path / "model.h5")

        network = understood(tmp_path / "model.h5")

        expected = np.asarray(model(coloured(1, 0), training=False))
        assert np.ptp(expected, axis=0).max() > 0.01
        # In another order; the others below keep theirs.
        assert np.abs(answers(network, [3, 1, 0, 2]) - expected[:, [3, 1, 0, 2]]).max() < 1e-5

    def test_a_flat_sequence_with_a_normalisation_whose_pixels_were_divided_outside(
        self, backbone: keras.Model, tmp_path: Path
    ) -> None:
        norm = keras.layers.BatchNormalization()
        model = keras.Sequential(
            [backbone, keras.layers.GlobalAveragePooling2D(), norm, head(activation="linear")]
        )
        model.build((None, SIZE, SIZE, 3))
        rng = np.random.default_rng(1)
        norm.set_weights([rng.uniform(0.5, 1.5, 1280) for _ in range(4)])
        model.save(tmp_path / "model.h5")

        network = understood(tmp_path / "model.h5", pixels="0..1")

        assert network.spec.scale == pytest.approx(1 / 255)
        assert network.spec.offset == 0
        expected = keras.ops.softmax(model(coloured(1 / 255, 0), training=False))
        assert np.abs(answers(network, [0, 1, 2, 3]) - np.asarray(expected)).max() < 1e-4

    def test_a_file_of_keras_2(self, backbone: keras.Model, tmp_path: Path) -> None:
        rng = np.random.default_rng(2)
        kernel, bias = rng.normal(0, 0.1, (1280, 4)), rng.normal(0, 1, 4)
        write_keras2(tmp_path / "model.h5", backbone, kernel, bias, size=SIZE)

        network = understood(tmp_path / "model.h5")

        pooled = np.asarray(backbone(coloured(1 / 127.5, -1), training=False)).mean(axis=(1, 2))
        expected = np.asarray(keras.ops.softmax(pooled @ kernel + bias))
        assert np.abs(answers(network, [0, 1, 2, 3]) - expected).max() < 1e-5

    def test_one_sigmoid_of_two_classes(self, backbone: keras.Model, tmp_path: Path) -> None:
        model = nested(backbone, head(1, activation="sigmoid"))
        model.save(tmp_path / "model.h5")

        found = answers(understood(tmp_path / "model.h5", outputs=2), [0, 1])

        expected = np.asarray(model(coloured(1, 0), training=False))
        assert np.abs(found[:, 1:] - expected).max() < 1e-5


Change = Callable[[dict[str, Any]], None]


def with_lambda(config: dict[str, Any]) -> None:
    layer = next(x for x in config["layers"] if x["class_name"] == "Rescaling")
    layer["class_name"] = "Lambda"


def with_a_constant_layer(config: dict[str, Any]) -> None:
    layer = next(x for x in config["layers"] if x["class_name"] == "Dropout")
    layer["class_name"] = "MyOwnLayer"


def inner(config: dict[str, Any], name: str) -> dict[str, Any]:
    base = next(x for x in config["layers"] if x["class_name"] == "Functional")
    found: dict[str, Any] = next(x for x in base["config"]["layers"] if x["name"] == name)
    return found


def wired_otherwise(config: dict[str, Any]) -> None:
    layer = inner(config, "block_2_add")
    layer["inbound_nodes"] = inner(config, "block_4_add")["inbound_nodes"]


class TestRefused:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (with_lambda, "It holds code, which is never run"),
            (with_a_constant_layer, "MyOwnLayer"),
            (lambda c: inner(c, "Conv1")["config"].update(filters=48), "'filters' of the layer"),
            (lambda c: inner(c, "bn_Conv1")["config"].update(epsilon=0.1), "'epsilon'"),
            (lambda c: inner(c, "Conv1_relu")["config"].update(max_value=None), "'max_value'"),
            (wired_otherwise, "block_2_add"),
            (lambda c: c["layers"].pop(0), "Keras writes it|reads no single layer|no input layer"),
            (lambda c: c.update(layers="nothing"), "not as Keras writes it"),
        ],
    )
    def test_a_description_that_is_not_the_usual_one(
        self, tutorial: Path, tmp_path: Path, change: Change, words: str
    ) -> None:
        shutil.copyfile(tutorial, tmp_path / "model.h5")
        with h5py.File(tmp_path / "model.h5", "r+") as file:
            described = json.loads(file.attrs["model_config"])
            change(described["config"])
            file.attrs["model_config"] = json.dumps(described)

        with pytest.raises(InvalidCheckpoint, match=words):
            understood(tmp_path / "model.h5")

    def test_other_heads(self, backbone: keras.Model, tmp_path: Path) -> None:
        heads = {
            "between pooling and outputs": (keras.layers.Dense(8, activation="relu"), head()),
            "4 sigmoids": (head(4, activation="sigmoid"),),
            "has 3 outputs, and 4": (head(3),),
        }
        for words, ends in heads.items():
            nested(backbone, *ends).save(tmp_path / "model.h5")

            with pytest.raises(InvalidCheckpoint, match=words):
                understood(tmp_path / "model.h5")

    def test_pixels_that_nobody_tells_the_range_of(
        self, backbone: keras.Model, tmp_path: Path
    ) -> None:
        model = keras.Sequential([backbone, keras.layers.GlobalAveragePooling2D(), head()])
        model.build((None, SIZE, SIZE, 3))
        model.save(tmp_path / "model.h5")

        with pytest.raises(InvalidCheckpoint, match="--pixels"):
            understood(tmp_path / "model.h5")


class TestFile:
    def test_what_is_no_whole_model_is_said(self, tmp_path: Path) -> None:
        text, weights = tmp_path / "text.h5", tmp_path / "weights.h5"
        text.write_text("no model")
        with h5py.File(weights, "w") as file:
            file["kernel"] = np.zeros(3)

        for path, words in (
            (tmp_path / "none.h5", "There is no file"),
            (text, "is no HDF5 file"),
            (weights, "weights without the network"),
        ):
            with pytest.raises(InvalidCheckpoint, match=words):
                read_foreign(path)

    def test_numbers_in_other_files_are_not_read(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_bytes(bytes(12))
        with h5py.File(tmp_path / "model.h5", "w") as file:
            file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {}})
            file.create_dataset(
                "model_weights/a/kernel",
                (3,),
                "<f4",
                external=[(str(tmp_path / "secret"), 0, 12)],
            )

        with pytest.raises(InvalidCheckpoint, match="no plain array"):
            read_foreign(tmp_path / "model.h5")
