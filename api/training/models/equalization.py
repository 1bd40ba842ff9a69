"""Quiet channels made louder before quantizing, so that eight bits tell their values apart.

All channels of a layer share one range of int8 values, so a channel that stays far below the
others keeps a few steps of it. It is multiplied here, and divided again by the weights that read
it (cross-layer equalization; Nagel et al. 2019), where a depthwise convolution meets the
projection behind it: elsewhere in this network it was measured to gain little.
"""

from collections.abc import Iterator, Sequence

import keras
import numpy as np

from api.arrays import Float32Array

# Where ReLU6 cuts: a channel is never made louder than what it lets through.
MAX_PEAK = 6.0
# More would only multiply channels that never say anything.
MAX_GAIN = 16.0
BATCH = 16
PRODUCER, MIDDLE, CONSUMER = "_depthwise_BN", "_depthwise_relu", "_project"


def equalize(model: keras.Model, inputs: Sequence[Float32Array]) -> keras.Model:
    """A copy that answers the same for films like these, with more even channels.

    Args:
        inputs: (height, width, 1) float32 each, to see how loud each channel becomes.
    """
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    blocks = [layer.name.removesuffix(MIDDLE) for layer in model.layers if MIDDLE in layer.name]
    peaks = _peaks(model, [block + MIDDLE for block in blocks], inputs)
    for block in blocks:
        gain = _gain(peaks[block + MIDDLE])
        _multiply(copy.get_layer(block + PRODUCER), gain)
        _divide(copy.get_layer(block + CONSUMER), gain)
    return copy


def _gain(peaks: Float32Array) -> Float32Array:
    """The root of what there is room for: the other half of it would be lost in the weights."""
    room = np.clip(MAX_PEAK / np.maximum(peaks, MAX_PEAK / MAX_GAIN), 1.0, MAX_GAIN)
    return np.sqrt(room).astype(np.float32)


def _multiply(norm: keras.layers.BatchNormalization, gain: Float32Array) -> None:
    gamma, beta, *statistics = norm.get_weights()
    norm.set_weights([gamma * gain, beta * gain, *statistics])


def _divide(convolution: keras.layers.Conv2D, gain: Float32Array) -> None:
    kernel, *rest = convolution.get_weights()
    convolution.set_weights([kernel / gain[:, np.newaxis], *rest])


def _peaks(
    model: keras.Model, names: Sequence[str], inputs: Sequence[Float32Array]
) -> dict[str, Float32Array]:
    """The largest value of each channel of some layers over all films and places."""
    tops = {name: keras.layers.GlobalMaxPooling2D()(model.get_layer(name).output) for name in names}
    network = keras.Model(model.inputs[0], tops)
    peaks: dict[str, Float32Array] = {}
    for batch in _batches(inputs):
        for name, values in network(batch, training=False).items():
            highest = values.numpy().max(axis=0)
            peaks[name] = np.maximum(peaks.get(name, highest), highest)
    return peaks


def _batches(inputs: Sequence[Float32Array]) -> Iterator[Float32Array]:
    for start in range(0, len(inputs), BATCH):
        yield np.stack(inputs[start : start + BATCH])
