"""Networks in other formats answer as Keras does."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from api.arrays import Float32Array
from api.inputs.images.synthetic import FINDINGS, synthetic_image
from api.training.export import write_onnx, write_saved_model
from tests.support.checkpoints import TinyCheckpoint
from tests.support.iris import iris_checkpoint


def images(tiny: TinyCheckpoint) -> tuple[Float32Array, Float32Array]:
    """Films that are no golden ones, and what Keras answered to them."""
    expected, inputs = [], []
    for key, answer in tiny.keras_answers.items():
        finding, seed = key.rsplit(" ", 1)
        (name,) = (name for name in FINDINGS if name == finding)
        inputs.append(tiny.card.preprocessing.apply(synthetic_image(name, seed=int(seed))))
        expected.append(answer)
    return np.stack(inputs), np.array(expected, dtype=np.float32)


class TestOnnx:
    def test_an_image_network_answers_as_keras_does(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        pytest.importorskip("tf2onnx")
        onnxruntime = pytest.importorskip("onnxruntime")
        inputs, expected = images(tiny)

        found = write_onnx(tiny.checkpoint, tmp_path / "model.onnx", inputs)

        assert np.abs(found - expected).max() < 1e-4
        session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
        assert [one.name for one in session.get_inputs()] == ["image"]
        assert {one.name for one in session.get_outputs()} == {
            "probabilities", "logits", "early_features", "activation",
        }  # fmt: skip

    def test_a_table_network_takes_its_scaler_along(self, tmp_path: Path) -> None:
        pytest.importorskip("tf2onnx")
        pytest.importorskip("onnxruntime")
        golden = iris_checkpoint().card.golden
        rows = np.array([one.model_dump()["values"] for one in golden], dtype=np.float32)

        found = write_onnx(iris_checkpoint(), tmp_path / "model.onnx", rows)

        assert np.abs(found - [one.probabilities for one in golden]).max() < 1e-5


class TestSavedModel:
    def test_it_answers_as_keras_does_for_any_number_of_images(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        inputs, expected = images(tiny)

        found = write_saved_model(tiny.checkpoint, tmp_path / "saved", inputs)

        assert np.abs(found - expected).max() < 1e-4
        loaded = tf.saved_model.load(str(tmp_path / "saved"))
        assert loaded.serve(inputs[:1])["activation"].shape == (1, 7, 7, 4)
