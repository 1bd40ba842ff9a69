"""The network with int8 weights and activations (Jacob et al. 2018), as LiteRT runs it.

Post-training quantization, weights per channel, ranges of activations from training films. What
has large pictures and few channels stays in float, since int8 costs most accuracy there and gains
least time, and so does what follows the feature map, which would round the logits to steps
(measured: docs/run/performance.md).
"""

import contextlib
import io
import warnings
from collections.abc import Iterator, Sequence

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from api.arrays import ByteArray, Float32Array, Float64Array
from api.decision.decide import probabilities_of
from api.inputs.images.preprocessing import PreprocessingSpec
from api.training.models.equalization import equalize
from api.training.models.frozen_graph import frozen_converter
from api.training.models.inference import NetworkOutputs
from api.training.models.mobilenet import (
    ACTIVATION,
    EARLY_FEATURES,
    FEATURE_MAP,
    LOGITS,
    multi_output,
)

# From the first operation of this name to the feature map, all are in int8.
FIRST_INT8_LAYER = "block_7_expand"
# As the runner of the form takes it.
INPUT = "image"

Inputs = Sequence[Float32Array]


class Int8Predictor:
    """Runs a LiteRT form of a network over films, as `BatchPredictor` runs the Keras one."""

    def __init__(self, flatbuffer: bytes, spec: PreprocessingSpec) -> None:
        self._spec = spec
        self._runner = Interpreter(model_content=flatbuffer, num_threads=1).get_signature_runner()

    def predict(self, images: ByteArray) -> NetworkOutputs:
        """Of films at the network's size, (n, height, width) uint8."""
        return self.predict_inputs(np.stack([self._spec.normalise(image) for image in images]))

    def predict_inputs(self, inputs: Float32Array) -> NetworkOutputs:
        """Of films as the network wants them, (n, height, width, 1) float32."""
        seen = [self._runner(image=image[np.newaxis]) for image in inputs]
        return NetworkOutputs(
            *(
                np.concatenate([outputs[name] for outputs in seen])
                for name in (LOGITS, EARLY_FEATURES, ACTIVATION)
            )
        )

    def probabilities(self, inputs: Float32Array) -> Float64Array:
        """(n, classes) of films as the network wants them."""
        return probabilities_of(self.predict_inputs(inputs).logits, temperature=1.0)


def quantize(model: keras.Model, inputs: Inputs) -> bytes:
    """The network with int8 weights and activations; inputs and outputs are those of fp32.

    Args:
        inputs: (height, width, 1) float32 each, to take the ranges from.
    """
    network = multi_output(equalize(model, inputs))
    return to_int8(network, inputs, first=FIRST_INT8_LAYER, last=FEATURE_MAP)


def to_int8(network: keras.Model, inputs: Inputs, *, first: str, last: str | None) -> bytes:
    """A network with the three outputs, one stretch of its operations in int8.

    Args:
        first, last: parts of the names of layers; None: to the end.
    """
    # What TensorFlow prints and warns of here is about itself.
    with (
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
        frozen_converter(network, INPUT) as converter,
    ):
        warnings.simplefilter("ignore")
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: _fed(inputs)
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter, debug_dataset=lambda: _fed(inputs[:1])
        )
        debugger.options = tf.lite.experimental.QuantizationDebugOptions(
            denylisted_nodes=_outside(_nodes(debugger.calibrated_model), first, last)
        )
        content: bytes = debugger.get_nondebug_quantized_model()
    return content


def _fed(inputs: Inputs) -> Iterator[list[Float32Array]]:
    for image in inputs:
        yield [image[np.newaxis]]


def _outside(nodes: Sequence[str], first: str, last: str | None) -> list[str]:
    begin = next(row for row, name in enumerate(nodes) if first in name)
    end = next(row for row, name in enumerate(nodes) if last in name) if last else len(nodes)
    return [*nodes[:begin], *nodes[end + 1 :]]


def _nodes(content: bytes) -> list[str]:
    """Names of what the operations give, in their order, as the converter calls them."""
    interpreter = tf.lite.Interpreter(model_content=content)
    names = {tensor["index"]: tensor["name"] for tensor in interpreter.get_tensor_details()}
    return [names[operation["outputs"][0]] for operation in interpreter._get_ops_details()]
