"""A checkpoint's network in other formats: ONNX, and TensorFlow's SavedModel."""

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from api.arrays import Float32Array
from api.errors import MissingPackage
from api.model_card.card import Card
from api.model_card.table_card import TableCard
from api.registry.store import Checkpoint, verify_weights
from api.training.models import mlp
from api.training.models.mobilenet import LOGITS, PROBABILITIES, load, multi_output

# Read by every ONNX runtime since 2022.
OPSET = 17
NETWORK = "roentgen"
# The network with all that serving reads, by kind.
NETWORKS = {Card.input_kind: multi_output, TableCard.input_kind: mlp.multi_output}


def write_onnx(checkpoint: Checkpoint, target: Path, inputs: Float32Array) -> Float32Array:
    """Write the network as ONNX, and ask it under onnxruntime.

    Args:
        inputs: (n, height, width, 1) or (n, features) float32, as preprocessing gives them.

    Returns: (n, classes) float32 probabilities.

    Raises: InvalidCheckpoint; MissingPackage.
    """
    onnxruntime, tf2onnx = _packages()
    network = _network(checkpoint)
    with _quiet():
        model = _converted(network, tf2onnx)
    target.write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    (found,) = session.run([PROBABILITIES], {network.inputs[0].name: inputs})
    return np.asarray(found)


def write_saved_model(checkpoint: Checkpoint, target: Path, inputs: Float32Array) -> Float32Array:
    """Write the network as a SavedModel with the endpoint `serve`, and ask it, read back.

    Args and returns: as of `write_onnx`.

    Raises: InvalidCheckpoint.
    """
    frozen, names, spec = _frozen(_network(checkpoint))
    module = tf.Module()
    module.serve = tf.function(
        lambda tensor: dict(zip(names, frozen(tensor), strict=True)), input_signature=[spec]
    )
    with _quiet():
        signature = module.serve.get_concrete_function()
        tf.saved_model.save(module, str(target), signatures={"serving_default": signature})
    # It owns what its endpoint reads.
    loaded = tf.saved_model.load(str(target))
    return np.asarray(loaded.serve(inputs)[PROBABILITIES])


def _network(checkpoint: Checkpoint) -> keras.Model:
    """Input -> probabilities and what serving reads, by name, in one pass. Raises:
    InvalidCheckpoint."""
    verify_weights(checkpoint)
    card = checkpoint.card
    network = NETWORKS[card.input_kind](load(checkpoint.weights))
    outputs = network.output
    scaled = keras.layers.Rescaling(1 / card.temperature)(outputs[LOGITS])
    probabilities = keras.layers.Softmax(name="calibrated")(scaled)
    return keras.Model(network.inputs[0], {PROBABILITIES: probabilities, **outputs})


def _frozen(network: keras.Model) -> tuple[Any, list[str], tf.TensorSpec]:
    """The network as a function of one tensor with all weights as constants, the names of its
    outputs, and its input: what a layer holds as a plain tensor would else become an input."""
    source = network.inputs[0]
    spec = tf.TensorSpec(source.shape, tf.float32, name=source.name)
    answer = tf.function(lambda tensor: network(tensor, training=False), input_signature=[spec])
    graph = answer.get_concrete_function()
    return convert_variables_to_constants_v2(graph), sorted(graph.structured_outputs), spec


def _converted(network: keras.Model, tf2onnx: Any) -> Any:
    """The ONNX model, its inputs and outputs named as the network's."""
    frozen, names, spec = _frozen(network)
    (source,), outputs = frozen.inputs, [tensor.name for tensor in frozen.outputs]
    model, _ = tf2onnx.convert.from_graph_def(
        frozen.graph.as_graph_def(),
        name=NETWORK,
        input_names=[source.name],
        output_names=outputs,
        opset=OPSET,
        tensors_to_rename={source.name: spec.name, **dict(zip(outputs, names, strict=True))},
    )
    return model


def _packages() -> tuple[Any, Any]:
    """Raises: MissingPackage."""
    try:
        import onnxruntime
        import tf2onnx
    except ImportError as exc:
        raise MissingPackage(
            f"'{exc.name}' is not installed, which ONNX needs; run `pip install onnx onnxruntime "
            "tf2onnx` in this environment, then export again."
        ) from exc
    return onnxruntime, tf2onnx


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What converters print and warn of here is about themselves."""
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
