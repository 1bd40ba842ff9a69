"""What a network answers to generated images, so that it can be recognised anywhere."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from api.arrays import Float32Array
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.synthetic import FINDINGS, synthetic_image
from api.model_card.golden import Golden

GOLDEN_SEED = 20


def golden_outputs(
    answer: Callable[[Float32Array], npt.ArrayLike], spec: PreprocessingSpec
) -> tuple[Golden, ...]:
    """What is answered to one generated film of each finding.

    Args:
        answer: from (n, height, width, 1) float32 to (n, classes) probabilities.
    """
    images = np.stack(
        [spec.apply(synthetic_image(finding, seed=GOLDEN_SEED)) for finding in FINDINGS]
    )
    answers = np.asarray(answer(images), dtype=float)
    return tuple(
        Golden(finding=finding, seed=GOLDEN_SEED, probabilities=tuple(answer))
        for finding, answer in zip(FINDINGS, answers.tolist(), strict=True)
    )
