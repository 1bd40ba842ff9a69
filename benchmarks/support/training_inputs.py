"""Inputs of a task, to ask about and to learn: generated films, or flowers each a little off."""

from typing import Any

import numpy as np
import requests

Uploads = dict[str, list[tuple[str, bytes]]]
FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")


def an_input(server: str, task: str) -> dict[str, Any]:
    """One input of a task, as `requests.post` takes it: a generated film, or a flower."""
    if not _has_images(server, task):
        return {"json": dict(zip(FEATURES, (5.1, 3.5, 1.4, 0.2), strict=True))}
    label = _described(server, task)["negative_class"]
    return {"files": {"file": _image(server, task, label, 999)}}


def training_inputs(server: str, task: str, per_class: int, *, seed: int = 0) -> Uploads:
    """So many inputs of each class, as `upload` takes them: files by their class, which is empty
    where the files say it themselves. Other seeds give other ones.

    A row that the model learned from is not learned again, so rows are new ones.
    """
    if not _has_images(server, task):
        return {"": [("rows.csv", _flowers(per_class, seed))]}
    numbers = range(seed * per_class, (seed + 1) * per_class)
    return {
        label: [(f"{n}.png", _image(server, task, label, n)) for n in numbers]
        for label in _described(server, task)["classes"]
    }


def _described(server: str, task: str) -> dict[str, Any]:
    found: dict[str, Any] = requests.get(f"{server}/tasks/{task}", timeout=60).json()
    return found


def _has_images(server: str, task: str) -> bool:
    return bool(_described(server, task)["has_phantoms"])


def _image(server: str, task: str, label: str, seed: int) -> bytes:
    at = f"{server}/tasks/{task}/phantoms/{label}.png"
    response = requests.get(at, params={"seed": seed}, timeout=60)
    response.raise_for_status()
    return response.content


def _flowers(per_class: int, seed: int) -> bytes:
    from sklearn.datasets import load_iris

    known, rng = load_iris(), np.random.default_rng(seed)
    lines = [",".join((*FEATURES, "label"))]
    for number, label in enumerate(known.target_names):
        rows = rng.choice(known.data[known.target == number], per_class)
        for row in np.maximum(rows + rng.normal(0, 0.05, rows.shape), 0.05):
            lines.append(",".join([*(f"{value:.3f}" for value in row), label]))
    return "\n".join(lines).encode()
