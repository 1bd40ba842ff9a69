"""Labelled images, decoded once."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

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


@dataclass(frozen=True, slots=True)
class Decoded:
    """Films with their pixels.

    Attributes:
        images: (n, height, width) uint8.
        targets: (n,) int, as `Task.target_of` numbers labels.
    """

    labelled: tuple[LabelledImage, ...]
    images: ByteArray
    targets: IntArray

    def __len__(self) -> int:
        return len(self.labelled)

    @property
    def sources(self) -> list[str]:
        return [image.source for image in self.labelled]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """Source and class of each film."""
        return [image.stratum for image in self.labelled]

    def subset(self, images: Iterable[LabelledImage]) -> "Decoded":
        """The part of these films that is also in `images`."""
        paths = {image.path for image in images}
        rows = [row for row, image in enumerate(self.labelled) if image.path in paths]
        return Decoded(
            labelled=tuple(self.labelled[row] for row in rows),
            images=self.images[rows],
            targets=self.targets[rows],
        )


def known_by_hash(data: Decoded) -> list[tuple[str, bytes]]:
    """Content hash and perceptual hash of each film."""
    return [
        (labelled.sha256, perceptual_hash(image))
        for labelled, image in zip(data.labelled, data.images, strict=True)
    ]


def decode_images(
    images: Sequence[LabelledImage],
    task: Task,
    spec: PreprocessingSpec,
    *,
    progress: Progress | None = None,
) -> tuple[Decoded, Counter[str]]:
    """Decode and resize once; files that cannot be read are left out and counted by reason."""
    readable: list[LabelledImage] = []
    pixels: list[ByteArray] = []
    skipped: Counter[str] = Counter()
    for done, image in enumerate(images, start=1):
        try:
            pixels.append(spec.resize(decode(image.path.read_bytes(), LIMITS)))
            readable.append(image)
        except (AppError, OSError):
            skipped["unreadable"] += 1
        if progress:
            progress(done, len(images))
    empty = np.zeros((0, spec.height, spec.width), dtype=np.uint8)
    targets = np.array([task.target_of(image.label) for image in readable], dtype=np.int64)
    return Decoded(tuple(readable), np.stack(pixels) if pixels else empty, targets), skipped
