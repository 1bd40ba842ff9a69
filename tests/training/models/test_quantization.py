"""Which part of the network is in int8, and that it answers like the network."""

import keras
import numpy as np
import numpy.typing as npt
import pytest
from ai_edge_litert.interpreter import Interpreter

from api.inputs.images.synthetic import FINDINGS, synthetic_image
from api.training.models.inference import BatchPredictor
from api.training.models.quantization import Int8Predictor, quantize
from tests.training.conftest import SPEC


@pytest.fixture(scope="module")
def inputs() -> npt.NDArray[np.float32]:
    return np.stack([SPEC.apply(synthetic_image(finding, seed=1)) for finding in FINDINGS])


@pytest.fixture(scope="module")
def content(model: keras.Model, inputs: npt.NDArray[np.float32]) -> bytes:
    return quantize(model, list(inputs))


class TestQuantising:
    @pytest.mark.parametrize(
        ("layer", "dtype"),
        [
            ("Conv1_relu", np.float32),
            ("block_6_project_BN", np.float32),
            ("block_7_expand_relu", np.int8),
            ("block_16_project_BN", np.int8),
            ("out_relu", np.int8),
            ("features", np.float32),
        ],
    )
    def test_the_large_pictures_and_the_head_stay_in_float(
        self, content: bytes, layer: str, dtype: type
    ) -> None:
        tensors = Interpreter(model_content=content).get_tensor_details()

        dtypes = {t["dtype"] for t in tensors if layer in t["name"] and t["shape"][0] == 1}

        assert dtypes == {dtype}

    def test_it_answers_like_the_network(
        self, model: keras.Model, content: bytes, inputs: npt.NDArray[np.float32]
    ) -> None:
        before = BatchPredictor(model, SPEC).predict_inputs(inputs)

        after = Int8Predictor(content, SPEC).predict_inputs(inputs)

        reach = float(np.ptp(before.logits))
        assert after.logits == pytest.approx(before.logits, abs=max(0.1 * reach, 0.02))
        assert after.activation.mean(axis=(1, 2)) == pytest.approx(after.logits, abs=1e-4)
