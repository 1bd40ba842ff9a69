"""What has been collected, class by class."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Engine

from api.records.statistics.sample_sums import UNIT, ClassSums
from api.records.training_images import samples

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


def summarise(
    database: Engine, labels: Iterable[str], *, task: str
) -> tuple[int, list[ClassSummary]]:
    """How many samples may be learned from in all, and figures of each class of `labels`.

    What it costs does not depend on how many samples there are: their sums are kept.
    """
    sums = samples.sums(database, task=task)
    classes = [_summary(database, label, sums.get(label, ClassSums()), task) for label in labels]
    return sum(found.number for found in sums.values()), classes


def _summary(database: Engine, label: str, sums: ClassSums, task: str) -> ClassSummary:
    number = sums.number
    if not number:
        return ClassSummary(label, 0, None, None, None, [])
    return ClassSummary(
        label=label,
        count=number,
        brightness=sums.brightness * UNIT / number,
        edge_density=sums.edge_density * UNIT / number,
        histogram=[round(value * UNIT / number, 5) for value in sums.histogram],
        examples=samples.newest_of(database, label, limit=EXAMPLES, task=task),
    )
