"""From a checkpoint's `.h5` to the LiteRT model that serves; run as a short-lived process.

python -m api.training.compile WEIGHTS OUTPUT
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from api.errors import AppError, InvalidCheckpoint
from api.files import write_atomic
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.synthetic import FINDINGS, synthetic_image
from api.model_card.card import read_card
from api.registry.store import card_path
from api.training.models.mobilenet import load, multi_output

CHECK_SEED = 20
# Of logits, early features and activation alike; fp32 runtimes are within 1e-4 of each other.
TOLERANCE = 1e-2


def compile_model(model: keras.Model, spec: PreprocessingSpec) -> bytes:
    """The network as a LiteRT flatbuffer, proven to answer as Keras does.

    One input `image`, (1, height, width, 1) float32; outputs `logits` (1, classes),
    `early_features` (1, 576) and `activation` (1, 7, 7, classes), all float32 and from one pass.

    Raises: InvalidCheckpoint if the two disagree on generated films.
    """
    network = multi_output(model)
    flatbuffer = _converted(network)
    _verify(flatbuffer, network, spec)
    return flatbuffer


def _converted(network: keras.Model) -> bytes:
    """The flatbuffer, unproven.

    The variables become constants before the graph is saved: with them as variables, as
    `from_keras_model` saves it, converting takes twice the time.
    """
    image = tf.TensorSpec((1, *network.input_shape[1:]), tf.float32, name="image")
    answer = tf.function(lambda image: network(image, training=False), input_signature=[image])
    graph = answer.get_concrete_function()
    frozen, names = convert_variables_to_constants_v2(graph), sorted(graph.structured_outputs)
    module = tf.Module()
    module.answer = tf.function(
        lambda image: dict(zip(names, frozen(image), strict=True)), input_signature=[image]
    )
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=module.answer.get_concrete_function())
        content: bytes = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    return content


def _verify(flatbuffer: bytes, network: keras.Model, spec: PreprocessingSpec) -> None:
    runner = Interpreter(model_content=flatbuffer).get_signature_runner()
    for finding in FINDINGS:
        image = spec.apply(synthetic_image(finding, seed=CHECK_SEED))[np.newaxis]
        compiled, original = runner(image=image), network(image, training=False)
        for name, values in original.items():
            gap = float(np.abs(compiled[name] - np.asarray(values)).max())
            if not gap <= TOLERANCE:
                raise InvalidCheckpoint(
                    f"The compiled network differs from Keras by {gap:.2g} in its {name}."
                )


def main(weights: Path, output: Path) -> int:
    """Compile one file; returns the process's exit code and prints the reason of a failure."""
    try:
        spec = read_card(card_path(weights)).preprocessing
        write_atomic(output, compile_model(load(weights), spec))
    except AppError as exc:
        print(exc.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
