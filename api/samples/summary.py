"""What has been collected, class by class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from api.errors import NotEnoughSamples
from api.records.samples import SampleRecord

EXAMPLES = 6


@dataclass(frozen=True, slots=True)
class ClassSummary:
    """One class: how many, mean figures (None where there are none), the newest few hashes."""

    label: str
    count: int
    brightness: float | None
    edge_density: float | None
    histogram: list[float] | None
    examples: list[str]


def summarise(records: Sequence[SampleRecord], labels: Sequence[str]) -> list[ClassSummary]:
    """Figures of each class, in the order of `labels`."""
    return [_summary(label, [r for r in records if r.label == label]) for label in labels]


def require_enough(counts: dict[str, int], *, min_classes: int, min_images: int) -> None:
    """Refuse to retrain on too little. Raises: NotEnoughSamples, with the counts per class."""
    present = sum(number > 0 for number in counts.values())
    total = sum(counts.values())
    if present >= min_classes and total >= min_images:
        return
    have = ", ".join(f"{label} {number}" for label, number in counts.items())
    raise NotEnoughSamples(
        f"Retraining needs at least {min_images} images of at least {min_classes} classes; there "
        f"are {total} of {present} ({have}). Add some with POST /upload-data.",
        errors=tuple({"class": label, "images": str(number)} for label, number in counts.items()),
    )


def _summary(label: str, records: list[SampleRecord]) -> ClassSummary:
    if not records:
        return ClassSummary(label, 0, None, None, None, [])
    return ClassSummary(
        label=label,
        count=len(records),
        brightness=float(np.mean([record.brightness for record in records])),
        edge_density=float(np.mean([record.edge_density for record in records])),
        histogram=np.mean([record.histogram for record in records], axis=0).round(5).tolist(),
        examples=[record.sha256 for record in records[-EXAMPLES:]][::-1],
    )
