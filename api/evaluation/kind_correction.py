"""Kinds of a finding, told as before by features that have changed.

Films of which only *finding or none* is known teach a network nothing about kinds, and yet what it
says of them drifts: all classes hang on the same features. The last layer alone can undo that.
"""

import numpy as np

from api.arrays import Float64Array, FloatArray

# Of the mean square of the features; anything from 0.03 to 1 was as good.
PENALTY = 0.1
# Likewise; smaller, so that next to nothing is left of what kinds do to the odds of a finding.
PENALTY_ALIKE = 0.02
# Films that were held to be healthy say little about kinds, and not nothing.
SMALLEST_WEIGHT = 0.02


def kind_correction(
    features: FloatArray, logits: FloatArray, usual: FloatArray, *, negative_index: int
) -> tuple[Float64Array, Float64Array]:
    """What to add to a last layer so that it divides findings among kinds as another network did.

    Ridge regression (Hoerl & Kennard 1970) of what is missing between the kinds' logits, on the
    features; each film weighs as much as it was held to have a finding. Labels play no part. Then
    the same is added to all kinds, by a second regression on all films alike, so that the odds of
    a finding stay, on average, what they are.

    Args:
        features: (n, features) that go into the layer.
        logits: (n, classes) that come out of it.
        usual: (n, classes) of the other network, about the same films.
        negative_index: number of the class without a finding; it stays as it is.

    Returns: (features, classes) and (classes,); zeros of no films, or of one kind.
    """
    kinds = np.flatnonzero(np.arange(logits.shape[1]) != negative_index)
    kernel, biases = np.zeros((features.shape[1], logits.shape[1])), np.zeros(logits.shape[1])
    if not len(features) or len(kinds) < 2:
        return kernel, biases
    own = logits[:, kinds].astype(np.float64)
    missing = _between(usual[:, kinds]) - _between(own)
    weights = np.maximum(_finding(usual, negative_index), SMALLEST_WEIGHT)
    slopes, levels = _ridge(features, missing, weights, penalty=PENALTY)
    corrected = own + features @ slopes + levels
    gone = _together(own) - _together(corrected)
    slope, level = _ridge(features, gone, np.ones(len(gone)), penalty=PENALTY_ALIKE)
    kernel[:, kinds] = slopes + slope
    biases[kinds] = levels + level
    return kernel, biases


def _ridge(
    features: FloatArray, targets: Float64Array, weights: Float64Array, *, penalty: float
) -> tuple[Float64Array, Float64Array]:
    """(features, columns) and (columns,) of what is wanted, (n, columns), by weighted films."""
    middle = features.astype(np.float64).mean(axis=0)
    centred = features - middle
    usually = np.average(targets, axis=0, weights=weights)
    # In the dual form, as there are fewer films than features.
    likeness = centred @ centred.T
    scale = float(np.trace(likeness)) / len(features) or 1.0
    ridge = np.diag(penalty * scale / weights)
    slopes = centred.T @ np.linalg.solve(likeness + ridge, targets - usually)
    return slopes, usually - middle @ slopes


def _between(logits: FloatArray) -> Float64Array:
    """(n, kinds) logits against their mean."""
    return np.asarray(logits - logits.mean(axis=1, keepdims=True), dtype=np.float64)


def _together(logits: Float64Array) -> Float64Array:
    """(n, 1) logit of any of the kinds."""
    return np.asarray(np.logaddexp.reduce(logits, axis=1, keepdims=True))


def _finding(logits: FloatArray, negative_index: int) -> Float64Array:
    """(n,) probability of any finding."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True), dtype=np.float64)
    return np.asarray(1 - powers[:, negative_index] / powers.sum(axis=1))
