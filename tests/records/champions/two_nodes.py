"""Nodes that share one database and compute nothing."""

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from api.champions import RecordedMoves
from api.errors import AppError, InvalidCheckpoint
from api.registry.champion import Alias
from api.registry.store import Checkpoint, Store
from api.serving.engine import Engine as InferenceEngine
from api.serving.live import LiveModel
from api.serving.promotion import Promoter
from tests.serving.servers import engine_of

TASK = "pneumonia"


@dataclass
class ANode:
    """A live model and what promotes, as a node has them; `broken` are versions it cannot load."""

    database: Engine
    folder: Path
    broken: set[str] = field(default_factory=set)
    fault: AppError | None = None

    def __post_init__(self) -> None:
        self.store = Store(self.folder, self.folder / "default.h5", TASK)
        self.alias = Alias(self.folder, shared=RecordedMoves(self.database, TASK, self.folder))
        self.live = LiveModel(self.store, self.alias, self._build, clock=lambda: 0.0)
        self.promoter = Promoter(self.store, self.alias, self.live)
        self.live.refresh()

    def _build(self, checkpoint: Checkpoint) -> InferenceEngine:
        if checkpoint.version in self.broken:
            raise InvalidCheckpoint(f"Golden outputs of '{checkpoint.version}' differ.")
        return engine_of(checkpoint)
