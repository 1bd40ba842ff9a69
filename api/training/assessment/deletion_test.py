"""What a heat map is worth: blur what it shows as hot, and see how far the score falls.

Deletion test in the manner of Petsiuk et al. 2018, with a blur instead of a black patch, so that
the changed film still looks like a film.
"""

import numpy as np
from PIL import Image, ImageFilter

from api.arrays import ByteArray, Float64Array, FloatArray
from api.decision.decide import probabilities_of
from api.decision.heatmap import evidence
from api.evaluation.estimate import estimate_resampled
from api.inputs.images.decoding import GreyImage
from api.model_card.metrics import DeletionTest
from api.training.models.inference import BATCH, PredictsImages

SHARE = 0.2
BLUR_SHARE = 0.06
SEED = 0


def deletion_test(
    predictor: PredictsImages, images: ByteArray, *, temperature: float, n_images: int
) -> DeletionTest | None:
    """Mean fall of the shown class's probability, hottest fifth against a random fifth.

    Args:
        images: (n, height, width) uint8; at most `n_images` of them, evenly spread, are used.

    Returns: None of no films.
    """
    if not len(images):
        return None
    rows = np.unique(np.linspace(0, len(images) - 1, min(n_images, len(images))).astype(int))
    rng = np.random.default_rng(SEED)
    falls: dict[str, list[np.float64]] = {"hottest": [], "random": []}
    for start in range(0, len(rows), BATCH):
        batch = images[rows[start : start + BATCH]]
        seen = predictor.predict(batch)
        before = probabilities_of(seen.logits, temperature=temperature)
        shown = before.argmax(axis=1)
        maps = [evidence(a, int(c)) for a, c in zip(seen.activation, shown, strict=True)]
        drawn = [rng.permutation(m.ravel()).reshape(m.shape) for m in maps]
        for name, heats in (("hottest", maps), ("random", drawn)):
            blurred = [without(i, h) for i, h in zip(batch, heats, strict=True)]
            after = probabilities_of(
                predictor.predict(np.stack(blurred)).logits, temperature=temperature
            )
            lines = np.arange(len(batch))
            falls[name] += (before[lines, shown] - after[lines, shown]).tolist()
    hottest, random = (
        estimate_resampled(_mean, np.array(falls[name])) for name in ("hottest", "random")
    )
    return DeletionTest(
        n=len(rows),
        share=SHARE,
        hottest=hottest.value,
        random=random.value,
        hottest_interval=hottest.interval,
        random_interval=random.interval,
    )


def without(image: GreyImage, places: FloatArray) -> GreyImage:
    """The film with the fifth of its area blurred where `places`, (rows, columns), is largest."""
    picture = Image.fromarray(image)
    enlarged = np.asarray(
        Image.fromarray(places.astype(np.float32)).resize(picture.size, Image.Resampling.BICUBIC)
    )
    mask = enlarged >= np.quantile(enlarged, 1 - SHARE)
    blurred = picture.filter(ImageFilter.GaussianBlur(BLUR_SHARE * picture.width))
    return np.where(mask, np.asarray(blurred), image)


def _mean(values: Float64Array) -> float:
    return float(values.mean())
