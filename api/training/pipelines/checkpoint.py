"""Writing a trained network as a checkpoint: weights, card, golden outputs."""

import subprocess
from collections import defaultdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import keras
import numpy as np

from api.files import sha256_of
from api.inputs.images.statistics import image_statistics
from api.model_card.card import ReferenceStatistics
from api.settings import ROOT
from api.tasks.task import Task
from api.training.data.dataset import Decoded


def save_weights(model: keras.Model, path: Path) -> str:
    """Write the `.h5` without optimizer state; returns its SHA-256."""
    # A compiled model would bring its optimizer along: three times the size.
    bare = keras.Model(model.inputs[0], model.outputs, name=model.name)
    bare.save(path, include_optimizer=False)
    return sha256_of(path)


def reference_statistics(data: Decoded, task: Task) -> dict[str, ReferenceStatistics]:
    """Mean brightness, edges and histogram of each class's films."""
    rows = defaultdict(list)
    for target, image in zip(data.targets, data.images, strict=True):
        rows[task.label_of(int(target))].append(image_statistics(image))
    return {
        label: ReferenceStatistics(
            n=len(images),
            brightness=float(np.mean([film.brightness for film in images])),
            edge_density=float(np.mean([film.edge_density for film in images])),
            histogram=tuple(np.mean([film.histogram for film in images], axis=0).round(5).tolist()),
        )
        for label, images in sorted(rows.items())
    }


def code_version() -> str:
    """The program's version, with the commit where it runs from a checkout."""
    try:
        number = version("roentgen")
    except PackageNotFoundError:
        number = "source"
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{number}+{commit.stdout.strip()}" if commit.returncode == 0 else number
