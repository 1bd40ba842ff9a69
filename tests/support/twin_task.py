"""A second task with the classes of the first, and a model that answers alike: two tasks without a
second training."""

import shutil
from pathlib import Path

from api.model_card.card_file import write_card
from api.registry.store import card_path, reference_path, replay_path
from api.settings import Settings
from api.tasks.task_files import FOLDER
from tests.support.checkpoints import TinyCheckpoint

TWIN = "twin"
WEIGHTS = f"mobilenet_{TWIN}.h5"


def write_task_file(folder: Path) -> None:
    """`twin.toml`, as whoever brings a task of their own would write it."""
    text = (FOLDER / "pneumonia.toml").read_text(encoding="utf-8")
    own = text.replace('name = "pneumonia"', f'name = "{TWIN}"', 1)
    own = own.replace('weights = "mobilenet_pneumonia_finetuned.h5"\n', "", 1)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{TWIN}.toml").write_text(own, encoding="utf-8")


def give_model(settings: Settings, tiny: TinyCheckpoint) -> Path:
    """Its checkpoint beside the default model, as version v7."""
    weights = settings.default_model.with_name(WEIGHTS)
    shutil.copyfile(tiny.weights, weights)
    shutil.copyfile(reference_path(tiny.weights), reference_path(weights))
    shutil.copyfile(replay_path(tiny.weights), replay_path(weights))
    write_card(card_path(weights), tiny.card.model_copy(update={"task": TWIN, "version": "v7"}))
    return weights
