"""A network on its way to a LiteRT form: a graph of constants, saved for the converter."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2


@contextmanager
def frozen_converter(network: keras.Model, input_name: str) -> Iterator[tf.lite.TFLiteConverter]:
    """What converts a network that answers one input with named outputs; within the block.

    The variables become constants before the graph is saved: with them as variables, as
    `from_keras_model` saves it, converting takes twice the time.
    """
    spec = tf.TensorSpec((1, *network.input_shape[1:]), tf.float32, name=input_name)
    answer = tf.function(lambda tensor: network(tensor, training=False), input_signature=[spec])
    graph = answer.get_concrete_function()
    frozen, names = convert_variables_to_constants_v2(graph), sorted(graph.structured_outputs)
    module = tf.Module()
    module.answer = tf.function(
        lambda tensor: dict(zip(names, frozen(tensor), strict=True)), input_signature=[spec]
    )
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=module.answer.get_concrete_function())
        yield tf.lite.TFLiteConverter.from_saved_model(folder)
