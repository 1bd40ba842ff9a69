"""Stores of checkpoints that nobody loads."""

from pathlib import Path

from api.files import sha256_of
from api.model_card.card_file import write_card
from api.registry.store import CARD_NAME, WEIGHTS_NAME, Store, card_path
from tests.support.cards import card


def a_store(folder: Path, default: str, *versions: str) -> Store:
    """Versions with cards, and weights that are none."""
    store = Store(folder, folder / "default.h5", "pneumonia")
    folder.mkdir(parents=True, exist_ok=True)
    _write(store.default_weights, card_path(store.default_weights), default)
    for version in versions:
        home = folder / version
        home.mkdir()
        _write(home / WEIGHTS_NAME, home / CARD_NAME, version)
    return store


def _write(weights: Path, beside: Path, version: str) -> None:
    weights.write_bytes(f"weights of {version}".encode())
    write_card(beside, card(version=version, weights_sha256=sha256_of(weights)))
