"""What has been collected, class by class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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
