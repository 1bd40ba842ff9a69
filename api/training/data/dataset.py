"""Labelled images, decoded once."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from api.arrays import ByteArray, IntArray
from api.errors import AppError
from api.inputs.discovery import PSEUDONYM, LabelledImage
from api.inputs.images.decoding import Limits, read_image
from api.inputs.images.dicom.facts import DicomFacts, in_folder_of
from api.inputs.images.perceptual_hash import perceptual_hash
from api.inputs.images.preprocessing import PreprocessingSpec
from api.tasks.task import Task

Progress = Callable[[int, int], None]

# What a person trains on by hand is not an attack; larger files are fine.
LIMITS = Limits(max_bytes=500_000_000, max_pixels=200_000_000)
BURNED_IN = "text may be burnt in"
DIGITS = 20


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
    """Decode and resize once; files that cannot be read, and DICOM films that say that text is
    burnt in, are left out and counted by reason.

    Who a DICOM film is of is known from its tags, and only without *Patient ID* from its path.
    """
    readable: list[LabelledImage] = []
    pixels: list[ByteArray] = []
    skipped: Counter[str] = Counter()
    for done, image in enumerate(images, start=1):
        try:
            read = read_image(image.path.read_bytes(), LIMITS)
            if read.dicom and read.dicom.is_burned_in:
                skipped[BURNED_IN] += 1
            else:
                pixels.append(spec.resize(read.pixels))
                readable.append(_of_patient(image, read.dicom))
        except (AppError, OSError):
            skipped["unreadable"] += 1
        if progress:
            progress(done, len(images))
    empty = np.zeros((0, spec.height, spec.width), dtype=np.uint8)
    targets = np.array([task.target_of(image.label) for image in readable], dtype=np.int64)
    return Decoded(tuple(readable), np.stack(pixels) if pixels else empty, targets), skipped


def _of_patient(image: LabelledImage, facts: DicomFacts | None) -> LabelledImage:
    """With its DICOM patient as a hash, of which no log or file could tell anybody.

    It needs no key, since it is nowhere written; so every run and machine draws the same splits.
    """
    if facts is None or not (patient := facts.patient or in_folder_of(image.patient)):
        return image
    digest = hashlib.sha256(patient.encode(errors="replace")).hexdigest()
    return replace(image, patient=f"{PSEUDONYM}{digest[:DIGITS]}")
