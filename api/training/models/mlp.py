"""The network of a table: its scaler, hidden layers, logits; flat, with named layers."""

import hashlib
from collections.abc import Sequence

import keras
import numpy as np

from api.arrays import FloatArray
from api.training.models.mobilenet import LOGITS, PROBABILITIES

INPUT, SCALED = "row", "scaled"
# What serving calls the numbers by which an input is compared with those trained on.
FEATURES_OUTPUT = "early_features"
# Below this variance a column is constant: there is nothing to scale it by.
MIN_VARIANCE = 1e-12


def build(
    rows: FloatArray, *, classes: int, hidden: Sequence[int], dropout: float, name: str
) -> keras.Model:
    """An untrained multilayer perceptron that scales by the training rows.

    Args:
        rows: (n, features) the training rows; mean and variance of each column become the weights
            of a `Normalization` layer, so that the `.h5` scales as training did.
        classes: number of outputs.
        hidden: units of each hidden layer.
        dropout: share of the units dropped behind each while training.
        name: of the network.

    Returns: (n, features) float32, as measured -> (n, classes) float32 probabilities.
    """
    row = keras.Input((rows.shape[1],), name=INPUT)
    value = _scaler(rows)(row)
    for number, units in enumerate(hidden, start=1):
        value = keras.layers.Dense(units, activation="relu", name=f"hidden_{number}")(value)
        if dropout:
            value = keras.layers.Dropout(dropout, name=f"dropout_{number}")(value)
    logits = keras.layers.Dense(classes, name=LOGITS)(value)
    return keras.Model(row, keras.layers.Softmax(name=PROBABILITIES)(logits), name=name)


def _scaler(rows: FloatArray) -> keras.layers.Normalization:
    layer = keras.layers.Normalization(name=SCALED)
    layer.adapt(np.asarray(rows, dtype=np.float32))
    mean, variance, *count = layer.get_weights()
    constant = variance < MIN_VARIANCE
    layer.set_weights([mean, np.where(constant, 1.0, variance), *count])
    layer.finalize_state()
    return layer


def multi_output(model: keras.Model) -> keras.Model:
    """The same network with the two outputs that serving needs: logits, and the scaled row."""
    return keras.Model(
        model.inputs[0],
        {LOGITS: model.get_layer(LOGITS).output, FEATURES_OUTPUT: model.get_layer(SCALED).output},
    )


def scale(model: keras.Model, rows: FloatArray) -> FloatArray:
    """(n, features) -> (n, features) float32, what the network's first layer makes of rows."""
    return np.asarray(model.get_layer(SCALED)(np.asarray(rows, dtype=np.float32)))


def scaler_digest(model: keras.Model) -> str:
    """SHA-256 of the scaler's weights."""
    found = hashlib.sha256()
    for weights in model.get_layer(SCALED).get_weights():
        found.update(np.ascontiguousarray(weights).tobytes())
    return found.hexdigest()


def network_words(model: keras.Model) -> str:
    """The network in a line of the card."""
    units = [str(x.units) for x in model.layers if isinstance(x, keras.layers.Dense)][:-1]
    return f"Multilayer perceptron, hidden layers of {', '.join(units) or 'no'} units"
