"""A checkpoint from somebody else's network: calibrated and measured on labelled films here."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from api.errors import InvalidCheckpoint
from api.files import sha256_of
from api.inputs.discovery import counts, find_images, require_every_class
from api.model_card.card import Card
from api.tasks.task import Task
from api.training.data.dataset import decode_images
from api.training.models.foreign.file import read_foreign
from api.training.models.foreign.network import ForeignNetwork, Pixels, understand
from api.training.pipelines.train import Log, TrainingRequest, finish, split_images

ORIGIN = (
    "Imported: the weights come from '{name}' (SHA-256 {sha256}…), which was trained elsewhere. "
    "Only its calibration, thresholds and referral were chosen here. If films that it was measured "
    "with were among those it had learned from, its figures flatter it."
)


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import.

    Attributes:
        training: the task, the folders of labelled films, the file to write; `base_weights` is the
            foreign file.
        classes: what the foreign outputs mean, in their order, as folders may be called.
        pixels: the range that its input had in training; None: as its own layers tell.
    """

    training: TrainingRequest
    classes: tuple[str, ...]
    pixels: Pixels | None


def import_foreign(
    request: ImportRequest, *, say: Log, on_decoded: Callable[[int, int], None]
) -> Card:
    """Read, check, decode, calibrate, measure, write. Returns the new checkpoint's card.

    The films are divided as in a training; nothing learns from those called `train`: they are what
    pictures are compared with, and what a retraining remembers.

    Raises: InvalidCheckpoint with what was expected; InvalidDataset, StorageFailed.
    """
    started = time.monotonic()
    task, file = request.training.task, request.training.base_weights
    assert file is not None
    order = class_order(request.classes, task)
    network = understand(read_foreign(file), outputs=len(order), pixels=request.pixels)
    say(_understood(network, request.classes))
    model = network.model(order, dropout=request.training.recipe.dropout)
    found = find_images(request.training.folders, task)
    require_every_class(found.images, task, allow_missing=request.training.allow_missing)
    images, unreadable = decode_images(found.images, task, network.spec, progress=on_decoded)
    splits = split_images(images, request.training.recipe, seed=request.training.seed)
    for name, members in splits.items():
        say(f"{name}: {len(members)} films, {counts(members.labelled)}")
    described = replace(request.training, task=_with_origin(task, file))
    skipped = found.skipped + unreadable
    return finish(described, model, network.spec, splits, [], skipped, started=started, say=say)


def class_order(classes: Sequence[str], task: Task) -> list[int]:
    """For each class of the task, the number of the output that means it.

    Raises: InvalidCheckpoint if the outputs are not exactly the task's classes.
    """
    labels = [task.label_of_folder(name) for name in classes]
    if sorted(label or "" for label in labels) != sorted(task.labels):
        raise InvalidCheckpoint(
            f"The outputs {', '.join(name[:40] for name in classes[:20])} are not the classes of "
            f"the task '{task.name}': {', '.join(task.labels)}, each once, in the model's order. "
            "For other classes make a task file of your own (docs/develop/tasks.md)."
        )
    return [labels.index(label) for label in task.labels]


def _with_origin(task: Task, file: Path) -> Task:
    origin = ORIGIN.format(name=file.name, sha256=sha256_of(file)[:12])
    return task.model_copy(update={"limits": f"{task.limits} {origin}"})


def _understood(network: ForeignNetwork, classes: Sequence[str]) -> str:
    spec = network.spec
    low, high = spec.offset, 255 * spec.scale + spec.offset
    return (
        f"understood: MobileNetV2 on {spec.width} x {spec.height} pixels, grey levels as "
        f"{low:.4g} to {high:.4g}, outputs {', '.join(classes)}"
    )
