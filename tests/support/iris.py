"""The shipped iris model for tests, and rows for it."""

import shutil
from pathlib import Path

from api.model_card.card_file import read_card
from api.registry.store import Checkpoint, card_path
from api.settings import ROOT, Settings

WEIGHTS = ROOT / "models/mlp_iris.h5"
SETOSA = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
VIRGINICA = {"sepal_length": 6.9, "sepal_width": 3.1, "petal_length": 5.8, "petal_width": 2.2}


def iris_checkpoint() -> Checkpoint:
    return Checkpoint(WEIGHTS, read_card(card_path(WEIGHTS)))


def iris_settings(folder: Path) -> Settings:
    """A server in a folder whose default task is iris; its model is there, compiled."""
    models = folder / "models"
    models.mkdir(parents=True)
    for file in WEIGHTS.parent.glob(f"{WEIGHTS.stem}.*"):
        shutil.copyfile(file, models / file.name)
    return Settings(
        task="iris",
        default_model=models / WEIGHTS.name,
        models_dir=models,
        retrain_dir=folder / "retrain_data",
        state_dir=folder / "state",
        compute="threads",
        compute_threads=2,
        max_batch_files=40,
        poll_interval_s=0.05,
        log_level="WARNING",
    )
