"""The network: MobileNetV2 on one grey channel, flat, with named layers."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np

from api.arrays import Float32Array
from api.errors import InvalidCheckpoint, MissingWeights
from api.evaluation.calibration import Calibration
from api.inputs.images.preprocessing import PreprocessingSpec

BACKBONE = "MobileNetV2 (alpha 1.0)"
FEATURE_MAP, FEATURES, LOGITS, PROBABILITIES = "out_relu", "features", "logits", "probabilities"
ACTIVATION, EARLY_FEATURES = "activation", "early_features"
# What goes from the part that retraining leaves as it is to the part that learns.
LATENT = "latent"
# What is unlike the films shows best here: the last features are bent to the four classes, and
# forget the rest (docs/use/decisions.md, When a person must look). Retraining leaves this layer as
# it is.
EARLY_LAYER = "block_13_expand_relu"

NORM_MOMENTUM = 0.98


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
    image, rgb = _inputs(spec)
    return _with_head(image, _backbone(rgb, base_weights), classes=classes, dropout=dropout)


def untrained(spec: PreprocessingSpec, *, classes: int, dropout: float) -> keras.Model:
    """The same network with random weights, to be given others."""
    image, rgb = _inputs(spec)
    backbone = keras.applications.MobileNetV2(input_tensor=rgb, include_top=False, weights=None)
    return _with_head(image, backbone, classes=classes, dropout=dropout)


def _inputs(spec: PreprocessingSpec) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    image = keras.Input((spec.height, spec.width, 1), name="image")
    return image, keras.layers.Concatenate(name="grey_to_rgb")([image, image, image])


def _with_head(
    image: keras.KerasTensor, backbone: keras.Model, *, classes: int, dropout: float
) -> keras.Model:
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


def multi_output(model: keras.Model) -> keras.Model:
    """The same network with the three outputs that serving needs, one pass for all.

    `early_features`, (n, 576), are the averages over the picture of an earlier layer, by which
    pictures unlike those learned from are found. `activation`, (n, 7, 7, classes), is the last
    layer applied to each place of the feature map; its mean over the places is exactly the logits
    (class activation maps; Zhou et al. 2016).
    """
    head = model.get_layer(LOGITS)
    return keras.Model(
        model.inputs[0],
        {
            LOGITS: head.output,
            EARLY_FEATURES: keras.layers.GlobalAveragePooling2D(name=EARLY_FEATURES)(
                model.get_layer(EARLY_LAYER).output
            ),
            ACTIVATION: head(model.get_layer(FEATURE_MAP).output),
        },
    )


def feature_extractor(model: keras.Model) -> keras.Model:
    """(n, height, width, 1) -> (n, 1280) pooled features."""
    return keras.Model(model.inputs[0], model.get_layer(FEATURES).output)


def freeze_before(model: keras.Model, first_trainable: str, *, batch_norm: bool = False) -> None:
    """Let only layers from `first_trainable` on learn.

    Batch normalisation learns only where asked to: with few films of mixed sources its statistics
    would be the source.
    """
    learning = False
    for layer in model.layers:
        learning = learning or layer.name == first_trainable
        is_norm = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = learning and (batch_norm or not is_norm)
        if is_norm and layer.trainable:
            # Keras' 0.999 would lag an epoch behind the weights.
            layer.momentum = NORM_MOMENTUM
    if not learning:
        raise ValueError(f"the network has no layer named '{first_trainable}'")


def settle_statistics(model: keras.Model, batches: Iterable[Float32Array]) -> None:
    """Take the statistics of the batch normalisation that learns anew, as averages over batches.

    Averaged weights have never seen the statistics that were gathered beside the weights they are
    the average of (Izmailov et al. 2018).
    """
    norms = [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
    ]
    if not norms:
        return
    for number, batch in enumerate(batches):
        for layer in norms:
            layer.momentum = number / (number + 1)
        model(batch, training=True)
    for layer in norms:
        layer.momentum = NORM_MOMENTUM


def keeps_early_features(model: keras.Model, first_trainable: str) -> bool:
    """Whether fine-tuning from a layer on leaves the early features as they were."""
    names = [layer.name for layer in model.layers]
    return names.index(first_trainable) > names.index(EARLY_LAYER)


def frozen_layers(model: keras.Model, first_trainable: str) -> keras.Model:
    """The network up to a layer, sharing its weights.

    Returns: (n, height, width, 1) -> {LATENT: (n, h, w, c), EARLY_FEATURES: (n, 576)}.
    """
    early = keras.layers.GlobalAveragePooling2D(name=EARLY_FEATURES)(
        model.get_layer(EARLY_LAYER).output
    )
    outputs = {LATENT: latent(model, first_trainable), EARLY_FEATURES: early}
    return keras.Model(model.inputs[0], outputs)


def trainable_tail(
    model: keras.Model, first_trainable: str, *, until: str = PROBABILITIES
) -> keras.Model:
    """The network from a layer on, sharing its weights: (n, h, w, c) -> what `until` gives.

    Raises: ValueError if there is no such layer, or more than one tensor crosses the cut.
    """
    return keras.Model(latent(model, first_trainable), model.get_layer(until).output)


def latent(model: keras.Model, first_trainable: str) -> keras.KerasTensor:
    """The one tensor that goes into a layer, and into whatever comes after it.

    Raises: ValueError if there is no such layer, or more than one tensor goes into it.
    """
    entering = model.get_layer(first_trainable).input
    if isinstance(entering, list):
        raise ValueError(f"'{first_trainable}' has more than one input; nothing can be cut there")
    return entering


def frozen_digest(backbone: keras.Model, spec: PreprocessingSpec) -> str:
    """SHA-256 of all that a film's latent activations hang on but the film: weights and spec."""
    # Without defaults, so that a later option that changes nothing changes no digest.
    found = hashlib.sha256(spec.model_dump_json(exclude_defaults=True).encode())
    for layer in backbone.layers:
        found.update(layer.name.encode())
        for weights in layer.get_weights():
            found.update(np.ascontiguousarray(weights).tobytes())
    return found.hexdigest()


def fold_calibration(model: keras.Model, calibration: Calibration) -> None:
    """Apply a calibration to the last layer, so that the network's own output is calibrated."""
    layer = model.get_layer(LOGITS)
    kernel, bias = layer.get_weights()
    matrix = np.array(calibration.matrix, dtype=kernel.dtype)
    biases = np.array(calibration.biases, dtype=bias.dtype)
    layer.set_weights([kernel @ matrix.T, matrix @ bias + biases])
