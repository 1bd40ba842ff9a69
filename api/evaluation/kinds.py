"""Which classes of a finding an answer leaves open."""

from collections.abc import Sequence

import numpy as np

from api.arrays import FloatArray, IntArray
from api.model_card.decision_rules import KindRule

# Of fewer films of a class, its usual shares are not known.
MIN_IMAGES = 20


def kind_rule(
    probabilities: FloatArray,
    targets: IntArray,
    classes: Sequence[str],
    *,
    negative_index: int,
    coverage: float,
    chosen_on: str,
) -> KindRule | None:
    """Per class with a finding, the share of the finding's probability that nearly all its films
    reach: split-conformal prediction within each class (Sadinle et al. 2019).

    Args:
        probabilities: (n, classes) in [0, 1].
        targets: (n,) class numbers; negative ones are coarse labels, which tell nothing here.
        coverage: of exchangeable new films, at least this share have their class left open.

    Returns: None where no class has enough films. A class with too few is always left open.
    """
    min_shares = {}
    for index, name in enumerate(classes):
        own = probabilities[targets == index]
        if index != negative_index:
            shares = own[:, index] / np.maximum(1 - own[:, negative_index], 1e-12)
            min_shares[name] = _lower_bound(shares, 1 - coverage)
    if not any(min_shares.values()):
        return None
    return KindRule(coverage=coverage, min_shares=min_shares, chosen_on=chosen_on)


def _lower_bound(shares: FloatArray, missed: float) -> float:
    rank = int(np.floor((len(shares) + 1) * missed + 1e-9))
    return float(np.sort(shares)[rank - 1]) if len(shares) >= MIN_IMAGES and rank else 0.0
