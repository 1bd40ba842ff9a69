"""Whether the records take what this worker writes."""

from dataclasses import dataclass

from api.errors import AppError


@dataclass(slots=True)
class Pulse:
    """What the last write came to; the heart-beat writes every two seconds."""

    problem: AppError | None = None

    def check(self) -> None:
        """Raises: AppError, what the last write failed with, if it did."""
        if self.problem is not None:
            raise self.problem
