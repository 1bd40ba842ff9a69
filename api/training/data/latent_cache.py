"""Films as latent activations: computed once by a network's frozen part, kept on disk, drawn from.

A film's file holds its early features, its acquisition features, its activations as it is, and
those of some augmented variants, so that fitting the rest of the network needs no
picture any more. Files are named by content and lie in a folder named by all that the activations
hang on; a later retraining computes those of new films only.

A film may be deleted while a retraining works, and its file here goes with it. Films to learn from
are then left out from there on; those that are measured on stay in memory, as the network before
and after must be asked about the same ones.
"""

import contextlib
import hashlib
import io
import math
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from api.arrays import Float16Array, Float32Array, FloatArray, IntArray
from api.errors import AppError
from api.files import TEMPORARY_PREFIX, storage_errors
from api.inputs.discovery import LabelledImage
from api.inputs.images.acquisition import N_FEATURES, acquisition_features
from api.inputs.images.decoding import GreyImage, decode
from api.inputs.images.preprocessing import PreprocessingSpec
from api.records.sample_lock import sample_lock
from api.records.upkeep.latent_files import latent_path
from api.tasks.task import Augmentation, Task
from api.training.data.augmentation import augment
from api.training.data.batches import Batch, balancing_weights
from api.training.data.dataset import LIMITS, Decoded
from api.training.data.replay_memory import Kind, Latents
from api.training.loss import target_rows, with_no_doubt
from api.training.models.mobilenet import EARLY_FEATURES, LATENT, frozen_digest

BATCH = 32


class FrozenBackbone:
    """The frozen part of a network, compiled once.

    Attributes:
        shape: (h, w, c) of a film's activations.
        digest: SHA-256 of all that they hang on but the film.
    """

    def __init__(self, model: keras.Model, spec: PreprocessingSpec) -> None:
        self.spec = spec
        self.digest = frozen_digest(model, spec)
        self.shape: tuple[int, ...] = tuple(model.output[LATENT].shape[1:])
        self.early: int = model.output[EARLY_FEATURES].shape[-1]
        self._run = tf.function(
            lambda batch: model(batch, training=False),
            input_signature=[tf.TensorSpec((None, spec.height, spec.width, 1), tf.float32)],
        )

    def __call__(self, inputs: Float32Array) -> tuple[Float16Array, Float16Array]:
        """(n, height, width, 1) -> early features (n, features), activations (n, h, w, c)."""
        outputs = self._run(inputs)
        early, latent = outputs[EARLY_FEATURES].numpy(), outputs[LATENT].numpy()
        return early.astype(np.float16), latent.astype(np.float16)


def compute_latents(
    backbone: FrozenBackbone,
    data: Decoded,
    distances: Callable[[Float32Array], Float32Array] = lambda early: np.zeros(
        len(early), np.float32
    ),
    site_distances: FloatArray | None = None,
) -> Latents:
    """Films as latents, without augmentation.

    Args:
        distances: of early features, (n, features) -> (n,).
        site_distances: (n,), if they are known.
    """
    early, latents = [], []
    for start in range(0, len(data), BATCH):
        batch = data.images[start : start + BATCH]
        features, activations = backbone(
            np.stack([backbone.spec.normalise(image) for image in batch])
        )
        early.append(features.astype(np.float32))
        latents.append(activations)
    n = len(data)
    return Latents(
        np.concatenate(latents) if n else np.zeros((0, *backbone.shape), np.float16),
        distances(np.concatenate(early)) if n else np.zeros(0, np.float32),
        np.zeros(n, np.float32) if site_distances is None else site_distances.astype(np.float32),
        data.targets,
        tuple(data.sources),
        tuple(labelled_image.sha256 for labelled_image in data.labelled),
    )


@dataclass(frozen=True, slots=True)
class LatentCache:
    """The activations of films on disk: `<folder>/<digest>/<ab>/<sha256>.npy`.

    `variants` is how many augmented ones are kept of a film that is learned from. `locks` are the
    samples' (`records.sample_lock`): nothing is written of a film that is being deleted.
    """

    folder: Path
    front: FrozenBackbone
    augmentation: Augmentation
    variants: int
    locks: Path | None = None
    _held: dict[str, Float16Array] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The folder of this network's activations, with these augmentations."""
        parts = (self.front.digest, N_FEATURES, self.augmentation.model_dump_json(), self.variants)
        how = " ".join(map(str, parts))
        return self.folder / hashlib.sha256(how.encode()).hexdigest()[:16]

    def fill(
        self,
        images: Sequence[LabelledImage],
        *,
        variants: bool,
        on_done: Callable[[int], None] = lambda _: None,
    ) -> tuple[list[LabelledImage], Counter[str]]:
        """Compute what is missing; gives the films that there are activations of.

        Files that cannot be read are left out and counted by reason. Activations of a few films
        are in memory at a time, however many there are; afterwards the early features of all, and
        without `variants` the activations too: about 1 KB, and 10 KB, a film.

        Raises: StorageFailed, StoreBusy.
        """
        known: list[LabelledImage] = []
        skipped: Counter[str] = Counter()
        waiting: list[tuple[LabelledImage, GreyImage]] = []
        needed = self.variants if variants else 0
        batch = max(1, BATCH // (1 + needed))
        for done, labelled_image in enumerate(images, start=1):
            if self._has(labelled_image.sha256, needed):
                known.append(labelled_image)
            elif (image := self._decoded(labelled_image)) is None:
                skipped["unreadable"] += 1
            else:
                waiting.append((labelled_image, image))
                known.append(labelled_image)
            if len(waiting) >= batch:
                self._compute(waiting, needed)
                waiting = []
            on_done(done)
        if waiting:
            self._compute(waiting, needed)
        held = [
            labelled_image
            for labelled_image in known
            if self._hold(labelled_image.sha256, whole=not variants)
        ]
        if len(held) < len(known):
            skipped["deleted meanwhile"] += len(known) - len(held)
        return held, skipped

    def early_features(self, images: Sequence[LabelledImage]) -> Float32Array:
        """(n, features) of films that `fill` gave."""
        rows = [self._held[image.sha256][: self.front.early] for image in images]
        empty = np.zeros((0, self.front.early), dtype=np.float32)
        return np.stack(rows).astype(np.float32) if rows else empty

    def acquisition(self, images: Sequence[LabelledImage]) -> Float32Array:
        """(n, features) acquisition features of films that `fill` gave."""
        rows = [self._held[image.sha256][self.front.early : self._head] for image in images]
        empty = np.zeros((0, N_FEATURES), dtype=np.float32)
        return np.stack(rows).astype(np.float32) if rows else empty

    def latent(self, sha256: str, variant: int = 0) -> Float16Array:
        """(h, w, c) of one film: as it is, or in a variant from 1 on.

        Raises: OSError if the film was deleted.
        """
        start = self._head + variant * self._size
        held = self._held.get(sha256, ())
        content = held if len(held) >= start + self._size else self._content(sha256)
        # Copied: a mapped file stays open for as long as anything looks into it.
        return np.array(content[start : start + self._size]).reshape(self.front.shape)

    def found(self, images: Sequence[LabelledImage]) -> tuple[list[LabelledImage], Float16Array]:
        """The films that were not deleted meanwhile, and (n, h, w, c) of them as they are."""
        there, rows = [], []
        for image in images:
            with contextlib.suppress(OSError):
                rows.append(self.latent(image.sha256))
                there.append(image)
        empty = np.zeros((0, *self.front.shape), dtype=np.float16)
        return there, np.stack(rows) if rows else empty

    def latents(self, images: Sequence[LabelledImage]) -> Float16Array:
        """(n, h, w, c) of films as they are, without those that were deleted meanwhile."""
        return self.found(images)[1]

    @property
    def _head(self) -> int:
        """Values before the first activation."""
        return self.front.early + N_FEATURES

    @property
    def _size(self) -> int:
        return math.prod(self.front.shape)

    def prune(self, keep: set[str]) -> None:
        """Remove what belongs to another network or to films that are gone."""
        for folder in self.folder.glob("*"):
            if folder != self.home:
                shutil.rmtree(folder, ignore_errors=True)
        # Also what a killed trainer was writing: it has another name.
        for file in self.home.glob("*/*"):
            if file.stem not in keep:
                file.unlink(missing_ok=True)

    def _compute(self, waiting: Sequence[tuple[LabelledImage, GreyImage]], variants: int) -> None:
        inputs = np.stack(
            [
                image
                for labelled_image, grey in waiting
                for image in self._views(labelled_image, grey, variants)
            ]
        )
        early, latents = self.front(inputs)
        for number, (labelled_image, grey) in enumerate(waiting):
            first = number * (1 + variants)
            rows = latents[first : first + 1 + variants]
            made = acquisition_features(grey).astype(np.float16)
            self._write(labelled_image, np.concatenate([early[first], made, rows.ravel()]))

    def _views(
        self, labelled_image: LabelledImage, image: GreyImage, variants: int
    ) -> Iterator[Float32Array]:
        yield self.front.spec.normalise(image)
        for number in range(variants):
            rng = np.random.default_rng((int(labelled_image.sha256[:15], 16), number))
            yield augment(image, self.front.spec, self.augmentation, rng)

    def _decoded(self, image: LabelledImage) -> GreyImage | None:
        """None also where the file is no longer the one that a person has labelled."""
        try:
            content = image.path.read_bytes()
            if hashlib.sha256(content).hexdigest() != image.sha256:
                return None
            return self.front.spec.resize(decode(content, LIMITS))
        except (AppError, OSError):
            return None

    def _hold(self, sha256: str, *, whole: bool) -> bool:
        """False if the film was deleted since its activations were computed."""
        try:
            content = self._content(sha256)
        except (OSError, ValueError, EOFError):
            return False
        self._held[sha256] = np.array(content[: self._head + self._size * whole])
        return True

    def _path(self, sha256: str) -> Path:
        return latent_path(self.home, sha256)

    def _has(self, sha256: str, variants: int) -> bool:
        try:
            content = self._content(sha256)
        except (OSError, ValueError, EOFError):
            return False
        return len(content) >= self._head + (1 + variants) * self._size

    def _content(self, sha256: str) -> Float16Array:
        """Mapped, so that only the pages that are read come into memory."""
        return np.asarray(np.load(self._path(sha256), mmap_mode="r", allow_pickle=False))

    def _write(self, image: LabelledImage, content: Float16Array) -> None:
        """Whole or not at all, but not flushed: what a power cut takes is computed again."""
        path = self._path(image.sha256)
        locked = sample_lock(self.locks, image.sha256) if self.locks else contextlib.nullcontext()
        with locked, storage_errors(path):
            if not image.path.exists():
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f"{TEMPORARY_PREFIX}{os.getpid()}-{image.sha256}")
            try:
                buffer = io.BytesIO()
                np.save(buffer, content)
                temporary.write_bytes(buffer.getvalue())
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)


class LatentBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of new films, each in one of its variants, and of remembered ones, in a new order
    every epoch. A film that is deleted meanwhile is left out from then on.

    Args:
        taught: (remembered films, classes) probabilities that the remembered ones are to get.
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
    ) -> None:
        super().__init__(workers=1, max_queue_size=4)
        self._store, self._films, self._remembered = store, images, remembered
        self._batch_size, self._seed, self._epoch = batch_size, seed, 0
        kinds: list[Kind] = [(image.source, task.target_of(image.label)) for image in images]
        kinds += remembered.kinds
        targets = np.array([target for _, target in kinds], dtype=np.int64)
        self._targets = target_rows(targets, task.allowed)
        self._targets[len(images) :] = with_no_doubt(taught)
        self._weights = balancing_weights(kinds)
        self._order = self._shuffled()

    def __len__(self) -> int:
        return -(-len(self._targets) // self._batch_size)

    def __getitem__(self, index: int) -> Batch:
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        drawn = [(row, latent) for row in rows if (latent := self._latent(int(row))) is not None]
        if not drawn:
            # Keras wants a batch; this one teaches nothing.
            blank = np.zeros((1, *self._store.front.shape), dtype=np.float32)
            return blank, self._targets[rows[:1]], np.zeros(1, dtype=np.float32)
        found = [row for row, _ in drawn]
        latents = np.stack([latent for _, latent in drawn]).astype(np.float32)
        return latents, self._targets[found], self._weights[found]

    def on_epoch_end(self) -> None:
        self._epoch += 1
        self._order = self._shuffled()

    def _latent(self, row: int) -> Float16Array | None:
        """None if the film was deleted meanwhile."""
        if row >= len(self._films):
            return np.asarray(self._remembered.activations[row - len(self._films)])
        rng = np.random.default_rng((self._seed, self._epoch, row))
        variant = int(rng.integers(0, self._store.variants + 1))
        try:
            return self._store.latent(self._films[row].sha256, variant)
        except OSError:
            return None

    def _shuffled(self) -> IntArray:
        return np.random.default_rng((self._seed, self._epoch)).permutation(len(self._targets))
