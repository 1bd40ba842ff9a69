"""Films whose acquisition is measured, divided between a reference and simulated streams."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from api.arrays import ByteArray, Float32Array
from api.decision.stream_shift.reference import MAX_GROUP
from api.evaluation.sites.simulated_streams import KnownImages
from api.inputs.discovery import LabelledImage
from api.inputs.images.acquisition import N_FEATURES, acquisition_features
from api.training.data.dataset import Decoded

# A group of fewer films says too little about where its films lie.
MIN_GROUP = 10
# Films of a group that streams are made of.
MAX_STREAMED = 200


@dataclass(frozen=True, slots=True)
class MeasuredImages:
    """Films of any split and how they were made.

    Attributes:
        acquisition: (n, 66) float32.
    """

    labelled: Sequence[LabelledImage]
    acquisition: Float32Array

    @property
    def groups(self) -> list[str]:
        return [group_name(*image.stratum) for image in self.labelled]

    def take(self, rows: Sequence[int]) -> "MeasuredImages":
        """Some of them."""
        return MeasuredImages([self.labelled[row] for row in rows], self.acquisition[list(rows)])

    def as_streams(self) -> KnownImages:
        """For streams: those of a source and a patient together."""
        order = sorted(
            range(len(self.labelled)),
            key=lambda row: (self.groups_of(row), self.labelled[row].patient or ""),
        )
        chosen = self.take(order)
        return KnownImages(chosen.acquisition, chosen.groups, [f.source for f in chosen.labelled])

    def groups_of(self, row: int) -> str:
        """The group of one film."""
        return group_name(*self.labelled[row].stratum)


def group_name(source: str, label: str) -> str:
    """Of a class of a source."""
    return f"{source} / {label}"


def measured(labelled: Sequence[LabelledImage], images: ByteArray) -> MeasuredImages:
    """How films at the network's size were made, as answers keep it; (n, height, width) uint8."""
    features = [acquisition_features(image) for image in images]
    rows = np.array(features, np.float16).reshape(-1, N_FEATURES)
    return MeasuredImages(labelled, rows.astype(np.float32))


def divided(splits: Mapping[str, Decoded]) -> tuple[MeasuredImages, MeasuredImages]:
    """Films for the reference, and others, of other patients, for streams.

    Only as many are measured as are needed of each group.
    """
    images = [
        (image, picture)
        for data in splits.values()
        for image, picture in zip(data.labelled, data.images, strict=True)
    ]
    known, streamed = _chosen([image for image, _ in images])

    def measured_rows(rows: Sequence[int]) -> MeasuredImages:
        return measured(
            [images[row][0] for row in rows],
            np.stack([images[row][1] for row in rows]) if rows else np.zeros((0, 1, 1), np.uint8),
        )

    return measured_rows(known), measured_rows(streamed)


def halves(images: MeasuredImages) -> tuple[MeasuredImages, MeasuredImages]:
    known, streamed = _chosen(images.labelled)
    return images.take(known), images.take(streamed)


def _chosen(labelled: Sequence[LabelledImage]) -> tuple[list[int], list[int]]:
    """Rows for the reference and for streams, of each group that is large enough."""
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for row, image in enumerate(labelled):
        groups[image.stratum].append(row)
    known: list[int] = []
    streamed: list[int] = []
    for rows in groups.values():
        if len(rows) < MIN_GROUP:
            continue
        order = sorted(rows, key=lambda row: _place(labelled[row]))
        # Patients are kept whole.
        middle = len(order) // 2
        while middle < len(order) and _place(labelled[order[middle]]) == _place(
            labelled[order[middle - 1]]
        ):
            middle += 1
        known += order[:middle][:MAX_GROUP]
        streamed += order[middle:][-MAX_STREAMED:]
    return known, streamed


def _place(image: LabelledImage) -> bytes:
    """A place in an order that hangs on the patient alone, or on the film's content."""
    return hashlib.sha256((image.person or image.sha256).encode()).digest()
