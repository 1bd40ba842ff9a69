"""Promoters on a folder of versions, and what their history must be."""

from pathlib import Path

from api.registry.champion import Alias
from api.registry.history import History
from api.serving.promotion import Promoter
from tests.registry.stores import a_store

VERSIONS = ("v1", "v2", "v3", "v4")


def served(promoter: Promoter) -> str | None:
    """What answers, by the server and by the record of it; both say the same."""
    assert promoter.champion() == promoter.live.version
    return promoter.live.version


def check(history: History) -> str:
    """Replaying the history gives the champion; no move is from or to elsewhere. Returns it."""
    serves = "v1"
    for move in history:
        assert move.previous == serves
        assert move.version != serves
        serves = move.version
    return serves


def walked(history: History) -> list[str]:
    """The way to the champion that a rollback walks back, worked out in another way."""
    way = ["v1"]
    for move in history:
        if move.kind == "rollback":
            way.pop()
            assert move.version == way[-1]
        else:
            way.append(move.version)
    return way


def moved(folder: Path, *versions: str) -> None:
    """A store whose champions were these."""
    store = a_store(folder, *VERSIONS)
    for version in versions:
        Alias(folder).move(version, by="test", reason="r", store=store)
