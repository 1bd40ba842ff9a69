"""Answers for films of folders, each the way that a film of a request goes."""

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from api.decision.decide import Decision
from api.evaluation_runs.folder_evaluation import read_images
from api.inputs.discovery import LabelledImage, find_images
from api.model_card.card_file import read_card
from api.registry.champion import Alias, champion_of
from api.registry.store import Checkpoint, Store, card_path
from api.samples.open_collection import image_limits
from api.serving.backend import open_backend
from api.serving.compiled import Compiler
from api.serving.live import predictor_builder
from api.serving.predictor import ImagePredictor, decision_policy
from api.settings import Settings
from api.tasks.task_files import load_task

Answers = Sequence[tuple[LabelledImage, Decision]]


def checkpoint_of(weights: Path | None, settings: Settings) -> Checkpoint:
    """Of a weights file, or the champion. Raises: InvalidCheckpoint."""
    if weights:
        return Checkpoint(weights=weights, card=read_card(card_path(weights)))
    task = load_task(settings.task)
    store = Store(settings.models_dir / task.name, settings.default_model, task.name)
    return champion_of(store, Alias(store.folder))


def answers_of(
    checkpoint: Checkpoint,
    folders: Sequence[Path],
    settings: Settings,
    *,
    operating_point: str | None = None,
) -> Answers:
    """Of all labelled films below folders; says how many could not be read.

    Raises: InvalidDataset, InvalidCheckpoint.
    """
    images = find_images(folders, load_task(settings.task)).images
    return answers_for(checkpoint, images, settings, operating_point=operating_point)


def answers_for(
    checkpoint: Checkpoint,
    images: Sequence[LabelledImage],
    settings: Settings,
    *,
    operating_point: str | None = None,
) -> Answers:
    """Of these films; says how many could not be read, and why. Raises: InvalidCheckpoint."""
    compiler = Compiler(settings.compiled_dir, settings.as_environment())
    with closing(open_backend(settings)) as backend:
        build = predictor_builder(compiler, backend.load, precision=settings.precision)
        answers, unreadable = read_images(
            ImagePredictor(
                build(checkpoint),
                image_limits(settings),
                decision_policy(settings, operating_point=operating_point),
            ),
            images,
            threads=os.cpu_count() or 1,
        )
    for reason, count in unreadable.items():
        print(f"{count} left out: {reason}")
    return answers
