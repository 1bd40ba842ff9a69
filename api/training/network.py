"""The network: MobileNetV2 on one grey channel, flat, with named layers."""

from pathlib import Path

import keras
import numpy as np

from api.errors import InvalidCheckpoint, MissingWeights
from api.inputs.preprocessing import PreprocessingSpec
from api.training.calibrate import Calibration

BACKBONE = "MobileNetV2 (alpha 1.0)"
FEATURE_MAP, FEATURES, LOGITS, PROBABILITIES = "out_relu", "features", "logits", "probabilities"


def build(
    spec: PreprocessingSpec, *, classes: int, dropout: float, base_weights: Path | None
) -> keras.Model:
    """An untrained head on a pre-trained backbone.

    Args:
        spec: gives the input's height and width.
        classes: number of outputs.
        dropout: share of the pooled features dropped while training.
        base_weights: a Keras `.h5` without top; None downloads Keras' ImageNet weights.

    Returns: (n, height, width, 1) float32 in [-1, 1] -> (n, classes) float32 probabilities.

    Raises: MissingWeights.
    """
    image = keras.Input((spec.height, spec.width, 1), name="image")
    rgb = keras.layers.Concatenate(name="grey_to_rgb")([image, image, image])
    backbone = _backbone(rgb, base_weights)
    features = keras.layers.GlobalAveragePooling2D(name=FEATURES)(backbone.output)
    dropped = keras.layers.Dropout(dropout, name="dropout")(features)
    logits = keras.layers.Dense(classes, name=LOGITS)(dropped)
    return keras.Model(image, keras.layers.Softmax(name=PROBABILITIES)(logits), name="roentgen")


def _backbone(rgb: keras.KerasTensor, base_weights: Path | None) -> keras.Model:
    if base_weights is not None and not base_weights.is_file():
        raise MissingWeights(f"There is no weights file '{base_weights}'; check --weights.")
    try:
        return keras.applications.MobileNetV2(
            input_tensor=rgb, include_top=False, weights=base_weights or "imagenet"
        )
    except Exception as exc:
        # Keras raises bare exceptions for a failed download and ValueError for foreign files.
        raise MissingWeights(
            f"The weights file '{base_weights.name}' does not fit MobileNetV2 without top: {exc}"
            if base_weights
            else "Keras' ImageNet weights could not be downloaded; give a file with --weights PATH."
        ) from exc


def load(path: Path) -> keras.Model:
    """Read a checkpoint's `.h5`. Compare its SHA-256 first: a weights file can hold code.

    Raises: InvalidCheckpoint.
    """
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as exc:
        raise InvalidCheckpoint(f"'{path.name}' is not a Keras model: {exc}") from exc


def taps(model: keras.Model) -> keras.Model:
    """The same network with the three outputs that serving needs, one pass for all."""
    return keras.Model(
        model.inputs[0],
        {
            LOGITS: model.get_layer(LOGITS).output,
            FEATURES: model.get_layer(FEATURES).output,
            "feature_map": model.get_layer(FEATURE_MAP).output,
        },
    )


def feature_extractor(model: keras.Model) -> keras.Model:
    """(n, height, width, 1) -> (n, 1280) pooled features."""
    return keras.Model(model.inputs[0], model.get_layer(FEATURES).output)


def freeze_before(model: keras.Model, first_trainable: str) -> None:
    """Let only layers from `first_trainable` on learn.

    Batch normalisation keeps its statistics everywhere: batches here are small and of mixed
    sources, and their statistics would be the source.
    """
    learning = False
    for layer in model.layers:
        learning = learning or layer.name == first_trainable
        layer.trainable = learning and not isinstance(layer, keras.layers.BatchNormalization)
    if not learning:
        raise ValueError(f"the network has no layer named '{first_trainable}'")


def fold_calibration(model: keras.Model, calibration: Calibration) -> None:
    """Apply a calibration to the last layer, so that the network's own output is calibrated."""
    layer = model.get_layer(LOGITS)
    kernel, bias = layer.get_weights()
    scaled = bias / calibration.temperature + np.array(calibration.biases, dtype=bias.dtype)
    layer.set_weights([kernel / calibration.temperature, scaled])
