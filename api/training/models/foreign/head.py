"""What follows a foreign backbone: pooling, dropout, and one layer of outputs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from api.arrays import Float32Array
from api.errors import InvalidCheckpoint
from api.training.models import mobilenet
from api.training.models.foreign.file import WeightName
from api.training.models.foreign.layers import Layer

FEATURES = 1280
POOLING = "GlobalAveragePooling2D"
IGNORED = ("Dropout", "SpatialDropout2D", "GaussianDropout", "GaussianNoise")


@dataclass(frozen=True, slots=True)
class Head:
    """kernel: (1280, outputs) and bias: (outputs,), float32: from pooled features to logits."""

    kernel: Float32Array
    bias: Float32Array


def read_head(
    layers: Sequence[Layer],
    output: str,
    weights: dict[WeightName, Float32Array],
    *,
    outputs: int,
    expected: str,
) -> Head:
    """The last layer as it reads pooled features; a normalisation before it is folded in.

    A single sigmoid output of two classes becomes two logits: it is the second's probability.

    Raises: InvalidCheckpoint.
    """
    chain = _chain(layers, output, expected)
    if not chain or chain[0].class_name != POOLING:
        there = f"'{chain[0].name}' ({chain[0].class_name})" if chain else "nothing"
        raise InvalidCheckpoint(f"Behind MobileNetV2 the model has {there[:80]}. {expected}")
    scale = np.ones(FEATURES, dtype=np.float32)
    shift = np.zeros(FEATURES, dtype=np.float32)
    rest = [layer for layer in chain[1:] if layer.class_name not in IGNORED]
    while rest and rest[0].class_name == "BatchNormalization":
        factor, offset = _normalisation(rest.pop(0), weights)
        scale, shift = scale * factor, shift * factor + offset
    if not rest or rest[0].class_name != "Dense":
        there = f"'{rest[0].name[:60]}' ({rest[0].class_name[:40]})" if rest else "nothing"
        raise InvalidCheckpoint(f"Behind the pooling the model has {there}. {expected}")
    dense, *ends = rest
    if any(layer.class_name == "Dense" for layer in ends):
        raise InvalidCheckpoint(
            f"The Dense layer '{dense.name[:60]}' lies between pooling and outputs. A heat map "
            f"shows what each place adds to an output, which a hidden layer hides. {expected}"
        )
    kernel = _weight(weights, dense.name, "kernel")
    bias = weights.get((dense.name, "bias"), np.zeros(kernel.shape[-1], dtype=np.float32))
    if kernel.ndim != 2 or kernel.shape[0] != FEATURES or bias.shape != kernel.shape[1:]:
        raise InvalidCheckpoint(
            f"'{dense.name[:60]}' has weights of the shape {kernel.shape}; it reads {FEATURES} "
            "features."
        )
    read = Head(kernel * scale[:, np.newaxis], bias + shift @ kernel)
    return _as_logits(read, _activation(dense, ends, expected), outputs)


def _chain(layers: Sequence[Layer], output: str, expected: str) -> list[Layer]:
    """From the feature map to the output, one after the other."""
    follows = {layer.sources: layer for layer in layers}
    chain: list[Layer] = []
    name = mobilenet.FEATURE_MAP
    while name != output:
        layer = follows.pop((name,), None)
        if layer is None:
            raise InvalidCheckpoint(
                f"Behind '{name[:60]}' the model has no single layer. {expected}"
            )
        chain.append(layer)
        name = layer.name
    if len(chain) < len(layers):
        other = next(layer for layer in layers if layer not in chain)
        raise InvalidCheckpoint(
            f"The layer '{other.name[:60]}' ({other.class_name[:40]}) has no place here. {expected}"
        )
    return chain


def _normalisation(
    layer: Layer, weights: dict[WeightName, Float32Array]
) -> tuple[Float32Array, Float32Array]:
    """A batch normalisation as factor and offset of each feature."""
    mean = _weight(weights, layer.name, "moving_mean")
    variance = _weight(weights, layer.name, "moving_variance")
    gamma = weights.get((layer.name, "gamma"), np.ones(FEATURES, dtype=np.float32))
    beta = weights.get((layer.name, "beta"), np.zeros(FEATURES, dtype=np.float32))
    if any(part.shape != (FEATURES,) for part in (mean, variance, gamma, beta)):
        raise InvalidCheckpoint(f"'{layer.name[:60]}' does not normalise {FEATURES} features.")
    factor = gamma / np.sqrt(variance + np.float32(layer.config.get("epsilon", 1e-3)))
    return np.asarray(factor), np.asarray(beta - mean * factor)


def _activation(dense: Layer, ends: Sequence[Layer], expected: str) -> str:
    """softmax, sigmoid or linear."""
    found = [str(dense.config.get("activation", "linear"))]
    for layer in ends:
        if layer.class_name == "Softmax":
            found.append("softmax")
        elif layer.class_name == "Activation":
            found.append(str(layer.config.get("activation")))
        else:
            raise InvalidCheckpoint(
                f"The layer '{layer.name[:60]}' ({layer.class_name[:40]}) has no place behind the "
                f"outputs. {expected}"
            )
    real = [name for name in found if name != "linear"]
    if len(real) > 1 or set(real) - {"softmax", "sigmoid"}:
        raise InvalidCheckpoint(f"The outputs have the activation {real[-1][:40]}. {expected}")
    return real[0] if real else "linear"


def _as_logits(head: Head, activation: str, outputs: int) -> Head:
    units = len(head.bias)
    if activation == "sigmoid" and units == 1 and outputs == 2:
        kernel = np.concatenate([np.zeros_like(head.kernel), head.kernel], axis=1)
        return Head(kernel, np.concatenate([np.zeros_like(head.bias), head.bias]))
    if activation == "sigmoid":
        raise InvalidCheckpoint(
            f"The outputs are {units} sigmoids, which are probabilities beside each other; "
            "expected is a softmax over the classes, or one sigmoid where there are two classes."
        )
    if units != outputs:
        raise InvalidCheckpoint(
            f"The model has {units} outputs, and {outputs} classes are given; name each output "
            "with --classes, in the model's order."
        )
    return head


def _weight(weights: dict[WeightName, Float32Array], layer: str, name: str) -> Float32Array:
    try:
        return weights[layer, name]
    except KeyError:
        raise InvalidCheckpoint(f"The file has no '{name}' of the layer '{layer[:60]}'.") from None
