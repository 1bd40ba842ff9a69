"""How often each film is shown, and how far its label is believed, by what its source holds."""

from collections import Counter, defaultdict

import numpy as np

from api.arrays import Float32Array, FloatArray, IntArray
from api.tasks.recipe import Recipe, Sampling
from api.tasks.task import Task
from api.training.data.dataset import Decoded
from api.training.loss import target_rows


def shares(data: Decoded, sampling: Sampling, task: Task) -> FloatArray:
    """How often each film is shown in relation to the others, (n,); mean 1.

    Films of a source with a finding, and those without one, are a group. With `balance` 1 every
    group is shown equally often, with 0 every film; within a group rare labels count more, by the
    square root. A source that has one group only is shown `one_sided` times as often.
    """
    positive = data.targets != task.negative_index
    groups = list(zip(data.sources, positive.tolist(), strict=True))
    of_groups, of_kinds = Counter(groups), Counter(data.kinds)
    single = one_sided(data, task)
    weights = np.array(
        [
            of_groups[group] ** -sampling.balance
            * (of_kinds[kind] / of_groups[group]) ** -0.5
            * (sampling.one_sided if group[0] in single else 1.0)
            for group, kind in zip(groups, data.kinds, strict=True)
        ]
    )
    return np.asarray(weights / weights.mean())


def one_sided(data: Decoded, task: Task) -> set[str]:
    """Sources that have films with a finding only, or films without one only."""
    splits: defaultdict[str, set[bool]] = defaultdict(set)
    for source, target in zip(data.sources, data.targets.tolist(), strict=True):
        splits[source].add(target != task.negative_index)
    return {source for source, found in splits.items() if len(found) == 1}


def rows_of(data: Decoded, recipe: Recipe, task: Task) -> Float32Array:
    """Rows for `loss.LabelLoss`; where a source has findings only, their labels are doubted."""
    label_issues = np.zeros(len(data))
    if recipe.sampling and recipe.sampling.doubt:
        single = one_sided(data, task)
        found = data.targets != task.negative_index
        label_issues[found & np.isin(data.sources, sorted(single))] = recipe.sampling.doubt
    return target_rows(data.targets, task.allowed, label_issues.tolist())


def drawn(weights: FloatArray, rng: np.random.Generator) -> IntArray:
    """As many rows as there are weights, each about as often as its weight says, in random order.

    Systematic: a film of weight 2.3 is drawn two or three times, never by luck alone.
    """
    n = len(weights)
    ends = np.cumsum(weights / weights.sum()) * n
    rows = np.searchsorted(ends, np.arange(n) + rng.random(), side="right")
    return np.asarray(rng.permutation(np.minimum(rows, n - 1)))
