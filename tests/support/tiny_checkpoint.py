"""Makes the small real checkpoint that the tests serve.

Run it with `python -m tests.support.tiny_checkpoint FOLDER`.

It runs once a session, in a process of its own, so that the tests of the server run without
TensorFlow.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if __name__ == "__main__":
    from api import import_pause

import keras
import numpy as np

from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.synthetic import synthetic_image
from api.model_card.card import Card
from api.model_card.card_file import read_card, write_card
from api.registry.store import card_path, compiled_path
from api.tasks.task import Task
from api.tasks.task_files import load_task
from api.training import compile
from api.training.models import mobilenet
from api.training.pipelines import experiment
from api.training.pipelines import train as base
from tests.support.checkpoints import ANSWERS, BASE_WEIGHTS, COMPILED, IMAGES_PER_CLASS, WEIGHTS

SEED = 5


def main(folder: Path) -> None:
    """Write backbone, films, checkpoint, compiled model and Keras' own answers below `folder`."""
    task = load_task("pneumonia")
    spec = PreprocessingSpec.model_validate(task.preprocessing)
    keras.utils.set_random_seed(SEED)
    experiment.write_stand_in_backbone(folder / BASE_WEIGHTS, task, spec)
    experiment.write_generated_images(folder / "films", task, per_class=IMAGES_PER_CLASS)
    train(folder, task)
    weights = folder / WEIGHTS
    write_card(card_path(weights), settled(read_card(card_path(weights))))
    sha256 = read_card(card_path(weights)).weights_sha256
    if compile.main(weights, compiled_path(folder / COMPILED, sha256)):
        raise SystemExit(1)
    write_answers(folder / ANSWERS, weights, task, spec)


def train(folder: Path, task: Task) -> None:
    """The product's own training, with a head only."""
    recipe = task.training.model_copy(
        update={
            "head_epochs": 60,
            "head_learning_rate": 0.01,
            "tail_epochs": 0,
            "dropout": 0.0,
            "validation_fraction": 0.2,
            "holdout_fraction": 0.2,
        }
    )
    request = base.TrainingRequest(
        task=task,
        recipe=recipe,
        folders=(folder / "films",),
        base_weights=folder / BASE_WEIGHTS,
        int8=False,
        output=folder / WEIGHTS,
        version="v1",
        seed=SEED,
    )
    base.train(
        request,
        log=lambda *_: None,
        on_decoded=lambda *_: None,
        on_step=lambda *_: None,
    )


def settled(card: Card) -> Card:
    """Rules that do not hang on eight validation films, so that tests know what they decide.

    `screening` takes every film and `confirm` none, no score is referred, and the limit beyond
    which a picture is unlike is one that generated films keep and noise does not.
    """
    cuts = {"screening": 0.0, "confirm": 1.0}
    points = card.operating_points | {
        name: card.operating_points[name].model_copy(update={"threshold": cut})
        for name, cut in cuts.items()
    }
    assert card.outliers is not None
    rule = card.outliers.model_copy(update={"threshold": 2 * card.outliers.threshold})
    return card.model_copy(update={"operating_points": points, "refer": None, "outliers": rule})


def write_answers(path: Path, weights: Path, task: Task, spec: PreprocessingSpec) -> None:
    """What Keras itself answers to films that were not trained on, as JSON."""
    model = mobilenet.load(weights)
    answers = {}
    for info in task.classes:
        for seed in (1000, 1001):
            image = spec.apply(synthetic_image(info.finding, seed=seed))[np.newaxis]
            probabilities = np.asarray(model(image, training=False), dtype=float)[0]
            answers[f"{info.finding} {seed}"] = probabilities.tolist()
    path.write_text(json.dumps(answers))


if __name__ == "__main__":
    import_pause.end()
    main(Path(sys.argv[1]))
