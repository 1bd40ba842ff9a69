"""Whether the records take what this worker writes."""

from dataclasses import dataclass

from api.errors import AppError


@dataclass(slots=True)
class WriteHealth:
    """What the last write of each writer came to.

    The heart-beat writes every two seconds, but into a table of its own: that it succeeds does not
    say that answers can be kept.
    """

    heartbeat: AppError | None = None
    predictions: AppError | None = None

    def check(self) -> None:
        """Raises: AppError, what the last write of one of them failed with, if it did."""
        for problem in (self.heartbeat, self.predictions):
            if problem is not None:
                raise problem
