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

import numpy as np

from api.arrays import Float16Array, Float32Array
from api.errors import AppError, BlobNotFound, StorageUnavailable
from api.files import TEMPORARY_PREFIX, storage_errors
from api.inputs.discovery import LabelledImage
from api.inputs.images.acquisition import N_FEATURES, acquisition_features
from api.inputs.images.decoding import GreyImage, decode
from api.records.training_images.sample_lock import LockPlace, sample_lock
from api.records.upkeep.latent_files import (
    delete_shared_latents,
    latent_key,
    latent_path,
    prune_shared_latents,
)
from api.storage.blob_store import BlobStore
from api.tasks.recipe import Augmentation
from api.training.data.augmentation import augment
from api.training.data.dataset import LIMITS
from api.training.data.frozen_backbone import BATCH, FrozenBackbone


@dataclass(frozen=True, slots=True)
class LatentCache:
    """The activations of films on disk: `<folder>/<digest>/<ab>/<sha256>.npy`.

    `variants` is how many augmented ones are kept of a film that is learned from. `locks` are the
    samples' (`records.training_images.sample_lock`): nothing is written of a film that is being
    deleted. `shared` is where other machines find them, and put theirs.
    """

    folder: Path
    backbone: FrozenBackbone
    augmentation: Augmentation
    variants: int
    locks: LockPlace | None = None
    shared: BlobStore | None = None
    _held: dict[str, Float16Array] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The folder of this network's activations, with these augmentations."""
        parts = (
            self.backbone.digest,
            N_FEATURES,
            self.augmentation.model_dump_json(),
            self.variants,
        )
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

        Raises: StorageFailed, StorageUnavailable, StoreBusy.
        """
        known: list[LabelledImage] = []
        skipped: Counter[str] = Counter()
        waiting: list[tuple[LabelledImage, GreyImage]] = []
        needed = self.variants if variants else 0
        batch = max(1, BATCH // (1 + needed))
        for done, labelled_image in enumerate(images, start=1):
            if self._has(labelled_image.sha256, needed) or self._fetched(labelled_image, needed):
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
        rows = [self._held[image.sha256][: self.backbone.early] for image in images]
        empty = np.zeros((0, self.backbone.early), dtype=np.float32)
        return np.stack(rows).astype(np.float32) if rows else empty

    def acquisition(self, images: Sequence[LabelledImage]) -> Float32Array:
        """(n, features) acquisition features of films that `fill` gave."""
        rows = [self._held[image.sha256][self.backbone.early : self._head] for image in images]
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
        return np.array(content[start : start + self._size]).reshape(self.backbone.shape)

    def found(self, images: Sequence[LabelledImage]) -> tuple[list[LabelledImage], Float16Array]:
        """The films that were not deleted meanwhile, and (n, h, w, c) of them as they are."""
        there, rows = [], []
        for image in images:
            with contextlib.suppress(OSError):
                rows.append(self.latent(image.sha256))
                there.append(image)
        empty = np.zeros((0, *self.backbone.shape), dtype=np.float16)
        return there, np.stack(rows) if rows else empty

    def latents(self, images: Sequence[LabelledImage]) -> Float16Array:
        """(n, h, w, c) of films as they are, without those that were deleted meanwhile."""
        return self.found(images)[1]

    @property
    def _head(self) -> int:
        """Values before the first activation."""
        return self.backbone.early + N_FEATURES

    @property
    def _size(self) -> int:
        return math.prod(self.backbone.shape)

    def prune(self, keep: set[str]) -> None:
        """Remove what belongs to another network or to films that are gone."""
        for folder in self.folder.glob("*"):
            if folder != self.home:
                shutil.rmtree(folder, ignore_errors=True)
        # Also what a killed trainer was writing: it has another name.
        for file in self.home.glob("*/*"):
            if file.stem not in keep:
                file.unlink(missing_ok=True)
        if self.shared:
            prune_shared_latents(self.shared, self.home.name, keep)

    def _compute(self, waiting: Sequence[tuple[LabelledImage, GreyImage]], variants: int) -> None:
        inputs = np.stack(
            [
                image
                for labelled_image, grey in waiting
                for image in self._views(labelled_image, grey, variants)
            ]
        )
        early, latents = self.backbone(inputs)
        for number, (labelled_image, grey) in enumerate(waiting):
            first = number * (1 + variants)
            rows = latents[first : first + 1 + variants]
            made = acquisition_features(grey).astype(np.float16)
            self._write(labelled_image, np.concatenate([early[first], made, rows.ravel()]))

    def _views(
        self, labelled_image: LabelledImage, image: GreyImage, variants: int
    ) -> Iterator[Float32Array]:
        yield self.backbone.spec.normalise(image)
        for number in range(variants):
            rng = np.random.default_rng((int(labelled_image.sha256[:15], 16), number))
            yield augment(image, self.backbone.spec, self.augmentation, rng)

    def _decoded(self, image: LabelledImage) -> GreyImage | None:
        """None also where the file is no longer the one that a person has labelled."""
        try:
            content = image.read()
            if hashlib.sha256(content).hexdigest() != image.sha256:
                return None
            return self.backbone.spec.resize(decode(content, LIMITS))
        except StorageUnavailable:
            # It is there, but not now: nobody wants a model that learned from half of the films.
            raise
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

    def _fetched(self, image: LabelledImage, variants: int) -> bool:
        """Whether another machine computed it, and has so many variants; then it is here too."""
        if self.shared is None:
            return False
        try:
            content = self.shared.get(latent_key(image.sha256, self.home.name))
        except BlobNotFound:
            return False
        self._keep(image, content)
        return self._has(image.sha256, variants)

    def _write(self, image: LabelledImage, content: Float16Array) -> None:
        buffer = io.BytesIO()
        np.save(buffer, content)
        self._keep(image, buffer.getvalue())
        if self.shared and image.exists():
            self.shared.put(latent_key(image.sha256, self.home.name), buffer.getvalue())
            if not image.exists():
                # Whoever deletes a film takes it away first, and its activations then.
                delete_shared_latents(self.shared, image.sha256)

    def _keep(self, image: LabelledImage, content: bytes) -> None:
        """Whole or not at all, but not flushed: what a power cut takes is computed again."""
        path = self._path(image.sha256)
        locked = sample_lock(self.locks, image.sha256) if self.locks else contextlib.nullcontext()
        with locked, storage_errors(path):
            if not image.exists():
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f"{TEMPORARY_PREFIX}{os.getpid()}-{image.sha256}")
            try:
                temporary.write_bytes(content)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
