"""Somebody else's MobileNetV2 classifier as our network: the same layers, checked one by one."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import keras
import numpy as np

from api.arrays import Float32Array
from api.errors import InvalidCheckpoint
from api.inputs.images.preprocessing import PreprocessingSpec
from api.training.models import mobilenet
from api.training.models.foreign.file import ForeignFile, WeightName
from api.training.models.foreign.head import Head, read_head
from api.training.models.foreign.layers import INPUT, Layer, Layers, layers_of

Pixels = Literal["0..255", "0..1", "-1..1"]
# Scale and offset from grey levels to what the network is given.
RANGES: dict[Pixels, tuple[float, float]] = {
    "0..255": (1.0, 0.0),
    "0..1": (1 / 255, 0.0),
    "-1..1": (1 / 127.5, -1.0),
}
EXPECTED = (
    "Expected is Keras' MobileNetV2 (alpha 1.0, without top), then GlobalAveragePooling2D, "
    "Dropout or BatchNormalization, and one Dense layer with softmax; before it Rescaling or "
    "preprocess_input, and layers that augment."
)
# What must be equal, layer by layer; all else changes nothing about an answer.
CHECKED: dict[str, tuple[str, ...]] = {
    "Conv2D": ("filters", "kernel_size", "strides", "padding", "use_bias", "dilation_rate"),
    "DepthwiseConv2D": ("kernel_size", "strides", "padding", "use_bias", "depth_multiplier"),
    "BatchNormalization": ("epsilon", "center", "scale"),
    "ReLU": ("max_value",),
    "ZeroPadding2D": ("padding",),
    "Add": (),
}
WEIGHTS: dict[str, tuple[str, ...]] = {
    "Conv2D": ("kernel",),
    "DepthwiseConv2D": ("kernel",),
    "BatchNormalization": ("gamma", "beta", "moving_mean", "moving_variance"),
}
# They do nothing to a film that is asked about.
AUGMENTING = (
    "RandomFlip", "RandomRotation", "RandomZoom", "RandomContrast", "RandomBrightness",
    "RandomTranslation", "RandomHeight", "RandomWidth", "GaussianNoise", "Dropout",
)  # fmt: skip
DIVIDING = ("truediv", "divide", "TrueDivide", "Divide")
SUBTRACTING = ("subtract", "sub", "Subtract")
# Of earlier releases of Keras: what `padding="same"` does to even sizes.
FIRST_PADDING = "Conv1_pad"


@dataclass(frozen=True, slots=True)
class ForeignNetwork:
    """A foreign classifier that was understood.

    Attributes:
        spec: what it wants of a film, as a card says it.
        head: its last layer.
        weights: of all its layers.
    """

    spec: PreprocessingSpec
    head: Head
    weights: dict[WeightName, Float32Array]

    def model(self, order: Sequence[int], *, dropout: float) -> keras.Model:
        """Our network with its weights.

        Args:
            order: for each of our classes, the number of its output.

        Raises: InvalidCheckpoint if a weight is missing or of another shape.
        """
        model = mobilenet.untrained(self.spec, classes=len(order), dropout=dropout)
        for layer in model.layers:
            if names := WEIGHTS.get(type(layer).__name__):
                _set(layer, [self._weight(layer.name, name) for name in names])
        _set(
            model.get_layer(mobilenet.LOGITS),
            [self.head.kernel[:, order], self.head.bias[list(order)]],
        )
        return model

    def _weight(self, layer: str, name: str) -> Float32Array:
        try:
            return self.weights[layer, name]
        except KeyError:
            raise InvalidCheckpoint(f"The file has no '{name}' of the layer '{layer}'.") from None


def understand(file: ForeignFile, *, outputs: int, pixels: Pixels | None) -> ForeignNetwork:
    """Check a foreign model layer by layer; nothing of it is run.

    Args:
        outputs: the classes that it should tell apart.
        pixels: the range that its input had in training; None: as its own Rescaling tells.

    Raises: InvalidCheckpoint with a sentence that says what was expected.
    """
    layers = layers_of(file.class_name, file.config)
    height, width = _size(layers)
    backbone = _backbone(height, width)
    first = backbone[0].name
    before = _before(layers, first)
    _compare(layers, backbone, source=before[-1].name)
    used = {layer.name for layer in (*before, *backbone)} | {FIRST_PADDING}
    after = [layer for layer in layers.found if layer.name not in used]
    head = read_head(after, layers.output, file.weights, outputs=outputs, expected=EXPECTED)
    scale, offset = _range(before[1:], pixels)
    spec = PreprocessingSpec(height=height, width=width, stretch=False, scale=scale, offset=offset)
    return ForeignNetwork(spec, head, file.weights)


def _size(layers: Layers) -> tuple[int, int]:
    for layer in layers.found:
        shape = layer.config.get("batch_shape") or layer.config.get("batch_input_shape")
        if layer.class_name == INPUT and shape:
            if len(shape) != 4 or shape[3] != 3 or not all(shape[1:3]):
                raise InvalidCheckpoint(
                    f"The model takes {shape[1:]}; expected are pictures of one size in three "
                    "colours, as (224, 224, 3)."
                )
            return int(shape[1]), int(shape[2])
    raise InvalidCheckpoint(f"The model has no input layer that tells its size. {EXPECTED}")


@lru_cache(maxsize=4)
def _backbone(height: int, width: int) -> tuple[Layer, ...]:
    """The layers of our own backbone, described as a foreign one's are."""
    spec = PreprocessingSpec(height=height, width=width)
    ours = mobilenet.untrained(spec, classes=2, dropout=0.0)
    found = layers_of("Functional", json.loads(ours.to_json())["config"]).found
    names = [layer.name for layer in found]
    return found[names.index("Conv1") : names.index(mobilenet.FEATURE_MAP) + 1]


def _before(layers: Layers, first: str) -> list[Layer]:
    """The chain from the input to the backbone: the input, then what changes pixels."""
    by_name = {layer.name: layer for layer in layers.found}
    if first not in by_name:
        raise InvalidCheckpoint(f"The model has no layer '{first}'. {EXPECTED}")
    chain: list[Layer] = []
    layer = by_name[first]
    while layer.class_name != INPUT:
        if len(layer.sources) != 1 or layer.sources[0] not in by_name or len(chain) > len(by_name):
            raise InvalidCheckpoint(f"The layer '{layer.name[:60]}' reads no single layer.")
        layer = by_name[layer.sources[0]]
        if layer.name != FIRST_PADDING:
            chain.append(layer)
    return chain[::-1]


def _compare(layers: Layers, backbone: Sequence[Layer], *, source: str) -> None:
    by_name = {layer.name: layer for layer in layers.found}
    for number, expected in enumerate(backbone):
        found = by_name.get(expected.name)
        if found is None or found.class_name != expected.class_name:
            there = f"a {found.class_name[:40]}" if found else "none"
            raise InvalidCheckpoint(
                f"Where MobileNetV2 has the {expected.class_name} '{expected.name}' the model has "
                f"{there}. {EXPECTED}"
            )
        if number == 0:
            found = _without_padding(found, by_name)
        sources = (source,) if number == 0 else expected.sources
        _check_layer(found, expected, sources)


def _without_padding(first: Layer, by_name: dict[str, Layer]) -> Layer:
    """The first convolution as if it padded itself, where a layer before it does the same."""
    padding = by_name.get(FIRST_PADDING)
    if padding is None or first.sources != (FIRST_PADDING,):
        return first
    if _plain(padding.config.get("padding")) != [[0, 1], [0, 1]]:
        raise InvalidCheckpoint(f"'{FIRST_PADDING}' pads otherwise than Keras' MobileNetV2.")
    config = first.config | {"padding": "same"}
    return Layer(first.class_name, first.name, config, padding.sources)


def _check_layer(found: Layer, expected: Layer, sources: tuple[str, ...]) -> None:
    if found.sources != sources:
        raise InvalidCheckpoint(
            f"The layer '{found.name}' reads {', '.join(found.sources)[:80] or 'nothing'}, and "
            f"{', '.join(sources)} in MobileNetV2. {EXPECTED}"
        )
    if found.config.get("activation", "linear") != "linear":
        raise InvalidCheckpoint(f"The layer '{found.name}' has an activation. {EXPECTED}")
    for key in CHECKED[expected.class_name]:
        if not _equal(found.config.get(key), expected.config.get(key)):
            raise InvalidCheckpoint(
                f"'{key}' of the layer '{found.name}' is {str(found.config.get(key))[:40]}, and "
                f"{expected.config.get(key)} in MobileNetV2 (alpha 1.0). {EXPECTED}"
            )


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-6)
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    """Tuples and lists alike."""
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def _range(before: Sequence[Layer], pixels: Pixels | None) -> tuple[float, float]:
    """Scale and offset from grey levels to what the backbone is given."""
    changes = [_linear(layer) for layer in before if layer.class_name not in AUGMENTING]
    if pixels is None and not changes:
        raise InvalidCheckpoint(
            "The model does not scale its pixels itself; say what it was given in training with "
            "--pixels: 0..1 (divided by 255), -1..1 (preprocess_input of MobileNetV2) or 0..255."
        )
    scale, offset = RANGES[pixels or "0..255"]
    for factor, shift in changes:
        scale, offset = scale * factor, offset * factor + shift
    if not (math.isfinite(scale) and math.isfinite(offset) and scale > 0):
        raise InvalidCheckpoint("The model scales its pixels by a number that makes no sense.")
    return scale, offset


def _linear(layer: Layer) -> tuple[float, float]:
    """A layer before the backbone as factor and shift. Raises: InvalidCheckpoint."""
    operation = str(layer.config.get("function", layer.class_name)).rpartition(".")[2]
    if layer.class_name == "Rescaling":
        return _one_number(layer.config.get("scale")), _one_number(layer.config.get("offset", 0))
    if operation in DIVIDING and len(layer.constants) == 1 and layer.constants[0]:
        return 1 / layer.constants[0], 0.0
    if operation in SUBTRACTING and len(layer.constants) == 1:
        return 1.0, -layer.constants[0]
    code = " It holds code, which is never run." if layer.class_name == "Lambda" else ""
    raise InvalidCheckpoint(
        f"The layer '{layer.name[:60]}' ({layer.class_name[:40]}) before MobileNetV2 is not known "
        f"here.{code} {EXPECTED}"
    )


def _one_number(value: Any) -> float:
    numbers = set(value) if isinstance(value, list | tuple) else {value}
    if len(numbers) != 1 or not isinstance(number := numbers.pop(), int | float):
        raise InvalidCheckpoint(
            "The model scales each colour otherwise; films are grey, and one scale is expected."
        )
    return float(number)


def _set(layer: keras.layers.Layer, values: Sequence[Float32Array]) -> None:
    expected = [tuple(weight.shape) for weight in layer.weights]
    found = [value.shape for value in values]
    if expected != found:
        raise InvalidCheckpoint(
            f"The weights of '{layer.name}' have the shapes {found} instead of {expected}."
        )
    if not all(np.isfinite(value).all() for value in values):
        raise InvalidCheckpoint(f"The weights of '{layer.name}' hold what is no number.")
    layer.set_weights(values)
