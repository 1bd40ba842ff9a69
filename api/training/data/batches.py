"""What a network learns from, batch by batch."""

from collections import Counter
from collections.abc import Hashable, Sequence

import keras
import numpy as np

from api.arrays import Float32Array, IntArray
from api.inputs.images.preprocessing import FloatImage, PreprocessingSpec
from api.tasks.recipe import Recipe
from api.tasks.task import Task
from api.training.data.augmentation import augment
from api.training.data.dataset import Decoded
from api.training.sampling import drawn, rows_of, shares

# Films (n, height, width, 1), targets as `loss.target_rows` gives them, weights (n,).
Batch = tuple[Float32Array, Float32Array, Float32Array]


class ImageBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of freshly augmented films, in a new order every epoch.

    An epoch shows each film once, or with the recipe's `sampling` draws as many films as there
    are, so that each source counts on both sides of the decision (`sampling.shares`). With `mixup`
    each film has a share of another of its batch in it, and that share of its class (Zhang et al.
    2018): classes that are confused anyhow are learned by heart less quickly.
    """

    def __init__(
        self, data: Decoded, spec: PreprocessingSpec, recipe: Recipe, task: Task, *, seed: int
    ) -> None:
        super().__init__(workers=1, max_queue_size=4)
        self._data, self._spec, self._recipe, self._seed = data, spec, recipe, seed
        self._targets = rows_of(data, recipe, task)
        self._shares = shares(data, recipe.sampling, task) if recipe.sampling else None
        self._weights = (
            balancing_weights(data.kinds)
            if self._shares is None
            else np.ones(len(data), dtype=np.float32)
        )
        self._epoch = 0
        self._order = self._shuffled()

    def __len__(self) -> int:
        return -(-len(self._data) // self._recipe.batch_size)

    def __getitem__(self, index: int) -> Batch:
        size = self._recipe.batch_size
        rows = self._order[index * size : (index + 1) * size]
        images = np.stack(
            [self._variant(int(row), index * size + place) for place, row in enumerate(rows)]
        )
        batch = (images, self._targets[rows], self._weights[rows])
        if not self._recipe.mixup:
            return batch
        rng = np.random.default_rng((self._seed, self._epoch, index, len(self._data)))
        return mixed(batch, self._recipe.mixup, rng)

    def on_epoch_end(self) -> None:
        self._epoch += 1
        self._order = self._shuffled()

    def _shuffled(self) -> IntArray:
        rng = np.random.default_rng((self._seed, self._epoch))
        if self._shares is None:
            return rng.permutation(len(self._data))
        return drawn(self._shares, rng)

    def _variant(self, row: int, place: int) -> FloatImage:
        """A film that is drawn twice in an epoch is drawn in two variants."""
        rng = np.random.default_rng((self._seed, self._epoch, row, place))
        return augment(self._data.images[row], self._spec, self._recipe.augmentation, rng)


def mixed(batch: Batch, strength: float, rng: np.random.Generator) -> Batch:
    """Each film of a batch with some of another one: pictures, classes and weights alike.

    A film keeps the larger share of itself. Films with a coarse label stay as they are: a share
    of a label that allows several classes is no distribution.
    """
    images, targets, weights = batch
    share = rng.beta(strength, strength, size=len(images)).astype(np.float32)
    share = np.maximum(share, 1 - share)
    other = rng.permutation(len(images))
    coarse = targets[:, :-1].sum(axis=1) > 1
    share[coarse | coarse[other]] = 1
    return (
        _between(images, images[other], share[:, None, None, None]),
        _between(targets, targets[other], share[:, None]),
        _between(weights, weights[other], share),
    )


def _between(ours: Float32Array, others: Float32Array, share: Float32Array) -> Float32Array:
    return np.asarray(share * ours + (1 - share) * others)


def balancing_weights(kinds: Sequence[Hashable]) -> Float32Array:
    """A weight a film, so that rare kinds (a class from a source) count more; mean 1.

    The square root keeps a handful of films from ruling the gradient.
    """
    sizes = Counter(kinds)
    weights = np.array([sizes[kind] ** -0.5 for kind in kinds], dtype=np.float32)
    return np.asarray(weights / weights.mean())
