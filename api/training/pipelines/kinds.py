"""What training does differently with inputs of one kind than of another."""

from collections.abc import Callable
from typing import Protocol

from sqlalchemy import Engine

from api.model_card.card import Card
from api.records.retrainings.job_states import JobOutcome
from api.settings import Settings
from api.training.fitting.progress import Progress
from api.training.pipelines.retrain import retrain
from api.training.pipelines.tables.retrain_table import retrain_table
from api.training.pipelines.tables.train_table import train_table
from api.training.pipelines.train import Log, TrainingRequest, train


class TrainingKind(Protocol):
    """A kind of input to those who train, as `api.kinds.kind.Kind` is to those who serve."""

    def train(
        self,
        request: TrainingRequest,
        *,
        log: Log,
        on_decoded: Callable[[int, int], None],
        on_step: Callable[[Progress], None],
    ) -> Card:
        """From labelled files to a checkpoint. Raises: InvalidDataset, MissingWeights,
        StorageFailed."""

    def retrain(self, database: Engine, settings: Settings, job_id: str) -> JobOutcome | None:
        """Work a claimed job off; None if it was cancelled meanwhile. Raises: AppError."""


class ImageTraining:
    """See `TrainingKind`."""

    train = staticmethod(train)
    retrain = staticmethod(retrain)


class TableTraining:
    """See `TrainingKind`."""

    train = staticmethod(train_table)
    retrain = staticmethod(retrain_table)


def training_of(kind: str) -> TrainingKind:
    """The implementation of a kind, as task files name it. Raises: KeyError."""
    kinds: dict[str, TrainingKind] = {"image": ImageTraining(), "tabular": TableTraining()}
    return kinds[kind]
