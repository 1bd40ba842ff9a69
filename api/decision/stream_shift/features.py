"""What is stored with each answer for the shift of its stream to be found by: 136 bytes."""

import math
from collections.abc import Sequence

import numpy as np

from api.arrays import Float32Array
from api.inputs.images.acquisition import BANDS, N_FEATURES, PERCENTILES

# After the acquisition: the score as log odds, and the distance to the training films.
SCORE, OOD = N_FEATURES, N_FEATURES + 1
LENGTH = N_FEATURES + 2
BYTES = LENGTH * 2
MAX_LOG_ODDS = 16.0

_SPECTRUM = slice(len(PERCENTILES) + 2, len(PERCENTILES) + 2 + BANDS)
_FINEST = slice(_SPECTRUM.stop - 5, _SPECTRUM.stop)
_BORDERS = slice(N_FEATURES - 24, N_FEATURES - 16, 2)
_LOW, _MEDIAN, _HIGH = (PERCENTILES.index(percent) for percent in (10, 50, 90))
# Figures that a person understands, and what is said where they are lower and higher here.
STATISTICS = {
    "exposure": ("darker", "brighter"),
    "contrast": ("less contrast", "more contrast"),
    "sharpness": ("less sharp", "sharper or noisier"),
    "borders": ("darker borders", "brighter borders"),
    "score": ("lower scores", "higher scores"),
    "unlikeness": ("nearer to what was learned", "further from what was learned"),
}


def packed(acquisition: Float32Array, *, score: float, ood_score: float | None) -> bytes:
    """An answer's features as little-endian float16.

    Args:
        acquisition: (66,) as `acquisition_features` gives them.
        score: 1 - P(negative class) at the card's own prevalence, in [0, 1].
        ood_score: None: it is not measured.
    """
    odds = log_odds(score)
    values = [*acquisition, odds, math.nan if ood_score is None else min(ood_score, 1e4)]
    return np.array(values, dtype="<f2").tobytes()


def unpacked(contents: Sequence[bytes]) -> Float32Array:
    """What `packed` made of some answers: (n, 68) float32."""
    joined = b"".join(contents)
    return np.frombuffer(joined, dtype="<f2").reshape(-1, LENGTH).astype(np.float32)


def log_odds(score: float) -> float:
    """Of a probability, never infinite."""
    tiny = math.exp(-MAX_LOG_ODDS)
    inside = min(max(score, tiny), 1 - tiny)
    return math.log(inside / (1 - inside))


def statistics(features: Float32Array) -> dict[str, Float32Array]:
    """What a person understands of (n, 68) or (n, 66) features: (n,) each."""
    percentiles = features[:, : len(PERCENTILES)]
    found = {
        "exposure": percentiles[:, _MEDIAN],
        "contrast": percentiles[:, _HIGH] - percentiles[:, _LOW],
        "sharpness": features[:, _FINEST].mean(axis=1),
        "borders": features[:, _BORDERS].mean(axis=1),
    }
    if features.shape[1] == LENGTH:
        found |= {"score": features[:, SCORE], "unlikeness": features[:, OOD]}
    return found
