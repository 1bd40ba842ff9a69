"""Where a training stands."""

from dataclasses import dataclass

from api.records.retrainings.job_states import JobPhase


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` batches in an epoch of a phase."""

    phase: JobPhase
    epoch: int
    epochs: int
    done: int
    total: int
