"""Batches to learn from: new films' activations from the cache, and remembered ones."""

from collections.abc import Sequence

import keras
import numpy as np

from api.arrays import Float16Array, Float32Array, IntArray
from api.inputs.discovery import LabelledImage
from api.tasks.task import Task
from api.training.data.batches import Batch, balancing_weights
from api.training.data.latent_cache import LatentCache
from api.training.data.replay_memory import Kind, Latents
from api.training.loss import target_rows, with_no_doubt


class LatentBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of new films, each in one of its variants, and of remembered ones, in a new order
    every epoch. A film that is deleted meanwhile is left out from then on.

    Args:
        taught: (remembered films, classes) probabilities that the remembered ones are to get.
        remembered_an_epoch: so many of the remembered ones, drawn anew each epoch; None: all.
    """

    def __init__(
        self,
        store: LatentCache,
        images: Sequence[LabelledImage],
        remembered: Latents,
        task: Task,
        *,
        taught: Float32Array,
        batch_size: int,
        seed: int,
        remembered_an_epoch: int | None = None,
    ) -> None:
        super().__init__(workers=1, max_queue_size=4)
        self._store, self._images, self._remembered = store, images, remembered
        self._batch_size, self._seed, self._epoch = batch_size, seed, 0
        kinds: list[Kind] = [(image.source, task.target_of(image.label)) for image in images]
        kinds += remembered.kinds
        targets = np.array([target for _, target in kinds], dtype=np.int64)
        self._targets = target_rows(targets, task.allowed)
        self._targets[len(images) :] = with_no_doubt(taught)
        self._weights = balancing_weights(kinds)
        per_epoch = len(remembered) if remembered_an_epoch is None else remembered_an_epoch
        self._drawn = min(per_epoch, len(remembered))
        self._order = self._shuffled()

    def __len__(self) -> int:
        return -(-(len(self._images) + self._drawn) // self._batch_size)

    def __getitem__(self, index: int) -> Batch:
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        drawn = [(row, latent) for row in rows if (latent := self._latent(int(row))) is not None]
        if not drawn:
            # Keras wants a batch; this one teaches nothing.
            blank = np.zeros((1, *self._store.backbone.shape), dtype=np.float32)
            return blank, self._targets[rows[:1]], np.zeros(1, dtype=np.float32)
        found = [row for row, _ in drawn]
        latents = np.stack([latent for _, latent in drawn]).astype(np.float32)
        return latents, self._targets[found], self._weights[found]

    def on_epoch_end(self) -> None:
        self._epoch += 1
        self._order = self._shuffled()

    def _latent(self, row: int) -> Float16Array | None:
        """None if the film was deleted meanwhile."""
        if row >= len(self._images):
            return np.asarray(self._remembered.activations[row - len(self._images)])
        rng = np.random.default_rng((self._seed, self._epoch, row))
        variant = int(rng.integers(0, self._store.variants + 1))
        try:
            return self._store.latent(self._images[row].sha256, variant)
        except OSError:
            return None

    def _shuffled(self) -> IntArray:
        rng = np.random.default_rng((self._seed, self._epoch))
        if self._drawn == len(self._remembered):
            return rng.permutation(len(self._targets))
        some = rng.choice(len(self._remembered), self._drawn, replace=False) + len(self._images)
        return rng.permutation(np.concatenate([np.arange(len(self._images)), some]))
