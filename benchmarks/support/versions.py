"""Versions for benchmarks that promote: the shipped checkpoint under other names."""

import shutil
from pathlib import Path

from api.model_card.card_file import read_card, write_card
from api.registry.store import (
    WEIGHTS_NAME,
    card_path,
    holdout_path,
    int8_path,
    reference_path,
    replay_path,
    shift_path,
)
from api.settings import Settings


def add_version(folder: Path, version: str) -> None:
    """The shipped checkpoint once more, as a version that retraining could have made."""
    shipped = Settings().default_model
    weights = folder / WEIGHTS_NAME
    folder.mkdir(parents=True)
    shutil.copyfile(shipped, weights)
    for path_of in (reference_path, replay_path, holdout_path, shift_path, int8_path):
        if path_of(shipped).exists():
            shutil.copyfile(path_of(shipped), path_of(weights))
    card = read_card(card_path(shipped))
    write_card(
        card_path(weights), card.model_copy(update={"version": version, "parent": card.version})
    )
