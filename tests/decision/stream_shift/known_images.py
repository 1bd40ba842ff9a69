"""Known films of two made-up hospitals, and a rule to watch streams with."""

import hashlib
from pathlib import Path

import numpy as np

from api.arrays import Float32Array
from api.decision.stream_shift.features import packed
from api.decision.stream_shift.reference import ShiftReference
from api.inputs.images.acquisition import N_FEATURES
from api.model_card.sites.shift_rule import ShiftRule, ShiftTest

# How bright a hospital's films are on average, in standard deviations.
ANNA, BERTA, UNKNOWN = 0.0, 4.0, -8.0


def drawn_images(n: int, *, level: float, seed: int) -> Float32Array:
    """(n, 66) features of films that differ from those of another level in every figure."""
    rng = np.random.default_rng([seed, int(level * 10) + 1000])
    return (level + rng.normal(size=(n, N_FEATURES))).astype(np.float32)


def stored(features: Float32Array, *, score: float = 0.2, ood_score: float = 0.5) -> list[bytes]:
    """What answers about such films keep."""
    return [packed(image, score=score, ood_score=ood_score) for image in features]


def reference(*levels: float, n: int = 60) -> ShiftReference:
    """One group a level, `n` films each, and scores of as many."""
    none = np.zeros(0, np.int64)
    found = ShiftReference(
        (), np.zeros((0, N_FEATURES), np.float32), none, np.zeros((0, 2), np.float32), none
    )
    for level in levels:
        found = found.with_group(f"{level} / Normal", drawn_images(n, level=level, seed=0))
    rng = np.random.default_rng(1)
    scores = np.stack([rng.normal(-1.4, 1, 200), rng.normal(0.5, 0.1, 200)], axis=1)
    return found.with_scores(scores.astype(np.float32), [found.names[0]] * 200)


def rule(
    content: bytes, *, windows: tuple[int, ...] = (10, 20), threshold: float = 0.3, every: int = 5
) -> ShiftRule:
    """Watches acquisition alone."""
    return ShiftRule(
        reference_sha256=hashlib.sha256(content).hexdigest(),
        tests=tuple(
            ShiftTest(test="mmd", window=window, threshold=threshold, mean=0.05, spread=0.05)
            for window in windows
        ),
        every=every,
        films_per_day=100,
        days=90,
        n_films=120,
        n_streams=10,
        kinds=3,
    )


def write(path: Path, known: ShiftReference) -> bytes:
    """The file beside the weights."""
    content = known.to_bytes()
    path.write_bytes(content)
    return content
