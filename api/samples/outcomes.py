"""What the sender says of an image, and what became of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from api.inputs.layout import Described
from api.tasks.states import State


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the sender says of films. `patient_id` is unique within its source.

    `by_path`: what a file's path says, where the sender does not.
    """

    patient_id: str | None = None
    source: str | None = None
    origin: str | None = None
    added_by: str | None = None
    by_path: Described | None = None

    def columns(self) -> dict[str, Any]:
        """As the records have it."""
        return {
            "patient_id": self.patient_id,
            "source": self.source,
            "origin": self.origin,
            "added_by": self.added_by,
        }


UNKNOWN_PROVENANCE = Provenance()


class FileState(State):
    """What can become of a file that was sent."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    # The same image in another size or encoding.
    NEAR_DUPLICATE = "near_duplicate"
    # The same image with another class.
    CONFLICT = "conflict"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class UploadOutcome:
    """What became of one file, and why."""

    filename: str
    label: str | None
    outcome: FileState
    reason: str | None = None
    sha256: str | None = None


def outcome_counts(outcomes: Iterable[UploadOutcome]) -> Counter[str]:
    """How many files had each outcome."""
    return Counter(outcome.outcome for outcome in outcomes)


def as_error(outcome: UploadOutcome) -> dict[str, str]:
    """An outcome as an entry of a problem's `errors`."""
    return {key: value for key, value in asdict(outcome).items() if value is not None}
