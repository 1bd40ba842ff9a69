"""When a row's probabilities say too little: split conformal prediction (Vovk et al. 2005)."""

import math

import numpy as np

from api.arrays import BoolArray, FloatArray, IntArray
from api.model_card.table_card import ConformalRule


def conformal_rule(
    probabilities: FloatArray, targets: IntArray, *, wanted_error: float, chosen_on: str
) -> ConformalRule:
    """The least probability with which a class counts as possible (Sadinle et al. 2019).

    Of n rows that were not trained on, the classes at or above it contain the true one for at
    least 1 - `max_error` of further rows of the same kind, whatever the network is.

    Args:
        probabilities: (n, classes), n > 0.
        targets: (n,) class numbers.
        wanted_error: the bound to keep; with n rows none below 1 / (n + 1) can be shown, and
            then that one is taken.
    """
    n = len(targets)
    max_error = max(wanted_error, 1 / (n + 1))
    true = np.sort(probabilities[np.arange(n), targets])
    # Up to so many of n + 1 rows may lie below; 1 / (n + 1) of them is one to a computer too.
    allowed = math.floor((n + 1) * max_error + 1e-9)
    return ConformalRule(
        chosen_on=chosen_on,
        n=n,
        wanted_error=wanted_error,
        max_error=max_error,
        min_probability=float(true[allowed - 1]),
    )


def is_uncertain(probabilities: FloatArray, rule: ConformalRule) -> BoolArray:
    """(n, classes) -> (n,), True where not exactly one class is possible."""
    return np.asarray((probabilities >= rule.min_probability).sum(axis=1) != 1)
