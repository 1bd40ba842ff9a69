"""Whoever answers films on the command line: a model in this process, or a server."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from api.decision.decide import DecisionPolicy
from api.errors import AppError
from api.inputs.images.decoding import Limits
from api.serving.inference import Predictor
from api.serving.predictor import predict


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a film has no answer, and the status where a server said so."""

    error: str
    status: int | None = None


class FilePredictor(Protocol):
    """Answers films, several at once."""

    @property
    def classes(self) -> Sequence[str]:
        """What the probabilities are of."""

    def predict(self, filename: str, content: bytes) -> dict[str, Any] | Refused:
        """As `POST /predict` answers."""


@dataclass(frozen=True, slots=True)
class LocalPredictor:
    """A model in this process."""

    engine: Predictor
    limits: Limits
    policy: DecisionPolicy

    @property
    def classes(self) -> Sequence[str]:
        return self.engine.card.classes

    def predict(self, filename: str, content: bytes) -> dict[str, Any] | Refused:
        """The decision about a film; nothing is kept."""
        try:
            given = predict(self.engine, content, limits=self.limits, policy=self.policy)
        except AppError as exc:
            return Refused(exc.message)
        return {**asdict(given.decision), "model_version": self.engine.version}
