"""Where a training stands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` batches in an epoch of a phase."""

    phase: str
    epoch: int
    epochs: int
    done: int
    total: int
