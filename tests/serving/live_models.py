"""A live model on a folder of versions, and what it was built from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from api.registry.champion import Alias
from api.registry.store import (
    Checkpoint,
    Store,
    verify_weights,
)
from api.serving.engine import Engine
from api.serving.live import Build, LiveModel
from tests.support.checkpoints import TinyCheckpoint


@dataclass
class Setting:
    """A live model over real files, with a clock that stands still."""

    models: Path
    tiny: TinyCheckpoint
    default: Path
    moment: float = 1000.0
    built: list[str] = field(default_factory=list)
    fault: Exception | None = None

    def __post_init__(self) -> None:
        self.store = Store(self.models / "pneumonia", self.default, "pneumonia")
        self.alias = Alias(self.store.folder)
        build: Build = self.build
        clock: Callable[[], float] = lambda: self.moment  # noqa: E731
        self.live = LiveModel(self.store, self.alias, build, clock=clock)

    def build(self, checkpoint: Checkpoint) -> Engine:
        if self.fault:
            raise self.fault
        verify_weights(checkpoint)
        self.built.append(checkpoint.version)
        return Engine(checkpoint, self.tiny.compiled, interpreters=1)

    def promote(self, version: str) -> None:
        previous = self.alias.current() or "v1"
        self.alias.move(version, previous=previous, by="test", reason="r")
        self.live.refresh()
