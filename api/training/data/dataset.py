"""Labelled films, decoded once, and split so that no patient is on two sides."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import DisjointSet

from api.arrays import ByteArray, IntArray
from api.errors import AppError
from api.inputs.discovery import LabelledImage
from api.inputs.images.decoding import Limits, decode
from api.inputs.images.perceptual_hash import perceptual_hash
from api.inputs.images.preprocessing import PreprocessingSpec
from api.tasks.task import Task

Progress = Callable[[int, int], None]

# What a person trains on by hand is not an attack; larger files are fine.
LIMITS = Limits(max_bytes=500_000_000, max_pixels=200_000_000)

SPLIT_RULE = (
    "by patient and by content: all films of a patient, and all byte-identical films, are on one "
    "side; drawn within each source and class by a hash of the patient, so the same for every run "
    "with the same seed"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Films with their pixels.

    Attributes:
        images: (n, height, width) uint8.
        targets: (n,) int, as `Task.target_of` numbers labels.
    """

    films: tuple[LabelledImage, ...]
    images: ByteArray
    targets: IntArray

    def __len__(self) -> int:
        return len(self.films)

    @property
    def sources(self) -> list[str]:
        return [image.source for image in self.films]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """Source and class of each film."""
        return [image.stratum for image in self.films]

    def subset(self, images: Iterable[LabelledImage]) -> "Decoded":
        """The part of these films that is also in `films`."""
        wanted = {image.path for image in images}
        rows = [row for row, image in enumerate(self.films) if image.path in wanted]
        return Decoded(
            films=tuple(self.films[row] for row in rows),
            images=self.images[rows],
            targets=self.targets[rows],
        )


def known_by_hash(data: Decoded) -> list[tuple[str, bytes]]:
    """Content hash and perceptual hash of each film."""
    return [
        (film.sha256, perceptual_hash(image))
        for film, image in zip(data.films, data.images, strict=True)
    ]


def decode_images(
    films: Sequence[LabelledImage],
    task: Task,
    spec: PreprocessingSpec,
    *,
    progress: Progress | None = None,
) -> tuple[Decoded, Counter[str]]:
    """Decode and resize once; files that cannot be read are left out and counted by reason."""
    kept: list[LabelledImage] = []
    images: list[ByteArray] = []
    skipped: Counter[str] = Counter()
    for done, image in enumerate(films, start=1):
        try:
            images.append(spec.resize(decode(image.path.read_bytes(), LIMITS)))
            kept.append(image)
        except (AppError, OSError):
            skipped["unreadable"] += 1
        if progress:
            progress(done, len(films))
    empty = np.zeros((0, spec.height, spec.width), dtype=np.uint8)
    targets = np.array([task.target_of(image.label) for image in kept], dtype=np.int64)
    return Decoded(tuple(kept), np.stack(images) if images else empty, targets), skipped


def split(
    images: Sequence[LabelledImage], fractions: dict[str, float], *, seed: int
) -> dict[str, list[LabelledImage]]:
    """Divide films by patient and content into named parts and the rest, 'train'.

    Within each source and class, groups are ordered by a seeded hash of their name; each part
    takes its fraction of the images, at least one group, as long as one is left to train on.
    """
    groups = _groups(images)
    strata: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name, members in groups.items():
        strata[members[0].stratum].append(name)
    parts: dict[str, list[LabelledImage]] = {name: [] for name in (*fractions, "train")}
    for names in strata.values():
        order = sorted(names, key=lambda name: hashlib.sha256(f"{seed}/{name}".encode()).digest())
        total = sum(len(groups[name]) for name in order)
        for part, fraction in fractions.items():
            taken = 0
            while len(order) > 1 and taken < fraction * total:
                members = groups[order.pop()]
                parts[part] += members
                taken += len(members)
        parts["train"] += [image for name in order for image in groups[name]]
    return parts


def _groups(images: Sequence[LabelledImage]) -> dict[str, list[LabelledImage]]:
    """Films that belong together, by patient or by content, under a name that stays the same."""
    together: DisjointSet = DisjointSet()
    for image in images:
        together.add(image.sha256)
        if image.patient is not None:
            patient = f"{image.source}/{image.patient}"
            together.add(patient)
            together.merge(patient, image.sha256)
    groups: defaultdict[str, list[LabelledImage]] = defaultdict(list)
    for image in images:
        groups[together[image.sha256]].append(image)
    return {min(image.sha256 for image in members): members for members in groups.values()}
