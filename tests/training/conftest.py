"""Films without files, and an untrained network for them."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pytest

from api.inputs.discovery import LabelledImage
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.synthetic import synthetic_image
from api.tasks.task import Task
from api.training.data.dataset import Decoded
from api.training.models import mobilenet

SPEC = PreprocessingSpec(height=96, width=96, window_low=0.01, window_high=0.99)


def generated(
    split: str, task: Task, per_class: dict[str, int], *, source: str = "here"
) -> Decoded:
    """Generated films; those of another part or source are others."""
    xrays, images = [], []
    for info in task.classes:
        for number in range(per_class.get(info.name, 0)):
            name = f"{source}/{split}/{info.name}/{number}"
            digest = hashlib.sha256(name.encode()).hexdigest()
            xrays.append(LabelledImage(Path(name), info.name, source, None, digest))
            images.append(SPEC.resize(synthetic_image(info.finding, seed=int(digest[:6], 16))))
    return Decoded(
        tuple(xrays),
        np.stack(images) if images else np.zeros((0, 96, 96), dtype=np.uint8),
        np.array([task.labels.index(image.label) for image in xrays], dtype=np.int64),
    )


@contextmanager
def left_as_it_was(model: keras.Model) -> Iterator[keras.Model]:
    """Whatever is done to its weights within the block."""
    weights, trainable = model.get_weights(), [layer.trainable for layer in model.layers]
    yield model
    model.set_weights(weights)
    for layer, may_learn in zip(model.layers, trainable, strict=True):
        layer.trainable = may_learn


@pytest.fixture(scope="session")
def untrained(base_weights: Path) -> keras.Model:
    """Built once, as that takes a second."""
    keras.utils.set_random_seed(1)
    return mobilenet.build(SPEC, classes=4, dropout=0.0, base_weights=base_weights)


@pytest.fixture(scope="module")
def model(untrained: keras.Model) -> Iterator[keras.Model]:
    """Each file finds it as it was built."""
    with left_as_it_was(untrained):
        yield untrained
