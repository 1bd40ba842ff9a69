"""Whoever answers films on the command line: a model in this process, or a server."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from api.errors import AppError
from api.serving.predictor import ImagePredictor
from api.tasks.task import Task
from api.tasks.task_files import load_task


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """Why a film has no answer, and the status where a server said so."""

    error: str
    status: int | None = None


class FilePredictor(Protocol):
    """Answers films, several at once."""

    @property
    def classes(self) -> Sequence[str]:
        """What the probabilities are of."""

    @property
    def task(self) -> Task | None:
        """What is answered; None where that is not known here."""

    def predict(self, filename: str, content: bytes) -> dict[str, Any] | RefusedFile:
        """As `POST /predict` answers about a film."""


@dataclass(frozen=True, slots=True)
class LocalPredictor:
    """A model in this process."""

    predictor: ImagePredictor

    @property
    def classes(self) -> Sequence[str]:
        return self.predictor.card.classes

    @property
    def task(self) -> Task:
        return load_task(self.predictor.card.task)

    def predict(self, filename: str, content: bytes) -> dict[str, Any] | RefusedFile:
        """The decision about an image; nothing is stored."""
        try:
            served = self.predictor.predict(content)
        except AppError as exc:
            return RefusedFile(exc.message)
        shown = {} if served.dicom is None else {"dicom": dict(served.dicom)}
        version = self.predictor.engine.version
        return {**asdict(served.decision), "model_version": version, **shown}
