"""How much memory a retraining on many films takes.

Run it with `python -m benchmarks.retraining.many_images --help`.

Activations of a hundred generated films are computed and copied under as many names as there are
to be films, so that nobody need wait for twenty thousand. From there on it is the trainer's own
work on the shipped champion, one epoch of it: fit beside the remembered films, calibrate, measure,
compare. Each number of films has a process of its own, whose largest resident memory is told.
"""

import argparse
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

from api.inputs.discovery import LabelledImage
from api.inputs.images.synthetic import synthetic_png
from api.model_card.card_file import read_card
from api.records.database import open_database
from api.records.retrainings import jobs
from api.registry.store import Checkpoint, card_path
from api.reports.markdown import table
from api.settings import from_environment
from api.tasks.recipe import Recipe
from api.tasks.task import Task
from api.tasks.task_files import load_task
from api.training.assessment.assess_retrained import (
    NewImages,
    Parent,
    assess_retrained,
    completed,
)
from api.training.assessment.comparison import GateComparison
from api.training.data.frozen_backbone import FrozenBackbone
from api.training.data.latent_cache import LatentCache
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION
from api.training.fitting.learner import FitCallbacks
from api.training.fitting.progress_reporter import ProgressReporter
from api.training.fitting.throttle import TrainingThrottle
from api.training.models import mobilenet
from api.training.pipelines.challenger_card import load_parent
from api.training.pipelines.fine_tune import fit

ORIGINALS = 100


def main() -> None:
    """Measure each number of films in a process of its own, and print."""
    arguments = _arguments()
    if arguments.here:
        print(*_measured(arguments.films[0]), sep="\t")
        return
    rows = []
    for count in arguments.films:
        command = [
            sys.executable,
            "-m",
            "benchmarks.retraining.many_images",
            "--here",
            "--films",
            str(count),
        ]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        rows.append(done.stdout.splitlines()[-1].split("\t"))
    header = ("new films", "learned from", "activations on disk, MB", "seconds", "peak MB resident")
    print(table(header, rows))


def _measured(count: int) -> tuple[str, ...]:
    settings, task = from_environment(), load_task("pneumonia")
    found = Checkpoint(settings.default_model, read_card(card_path(settings.default_model)))
    model = mobilenet.load(found.weights)
    parent = load_parent(found, model, set(), negative_index=task.negative_index)
    recipe = task.retraining.model_copy(
        update={"tail_from": parent.replay.first_trainable, "tail_epochs": 1}
    )
    with tempfile.TemporaryDirectory() as folder:
        backbone = FrozenBackbone(
            mobilenet.frozen_layers(model, recipe.tail_from), found.card.preprocessing
        )
        store = LatentCache(Path(folder), backbone, recipe.augmentation, recipe.variants)
        new = NewImages(dict(_sides(count, store, task)), store, task)
        started = time.monotonic()
        _retrain(model, parent, new, task, recipe, Path(folder))
        seconds = time.monotonic() - started
        size = sum(path.stat().st_size for path in store.home.glob("*/*.npy"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = (count, len(new.images[TRAIN]), size / 1e6, seconds, peak * 1024 / 1e6)
    return tuple(f"{figure:.0f}" for figure in figures)


def _retrain(
    model: keras.Model, parent: Parent, new: NewImages, task: Task, recipe: Recipe, folder: Path
) -> None:
    database = open_database(f"sqlite:///{folder / 'records.db'}", timeout_s=5)
    jobs.create(database, job_id="job", task=task.name, samples={})
    jobs.start(database, "job", task=task.name)
    with ProgressReporter(
        database, "job", TrainingThrottle(0, lambda: None), task=task.name
    ) as reporter:
        comparison = GateComparison(model, parent, new, task, judged_before=set())
        watcher = FitCallbacks(on_step=reporter.step, on_epoch=reporter.epoch)
        fit(model, new, parent, task, recipe, watcher)
        assessment = assess_retrained(model, new, parent, task)
        comparison.verdict(assessment)
        completed(assessment, model, new, parent, task)
    database.dispose()


def _sides(count: int, store: LatentCache, task: Task) -> Iterator[tuple[str, list[LabelledImage]]]:
    """Films of each side, as the recipe divides them, with activations under their names."""
    recipe = task.retraining
    shares = {HOLDOUT: recipe.holdout_fraction, VALIDATION: recipe.validation_fraction}
    numbers = {split: round(share * count) for split, share in shares.items()}
    numbers[TRAIN] = count - sum(numbers.values())
    for split, number in numbers.items():
        originals = list(_originals(split, min(number, ORIGINALS), store, task))
        store.fill(originals, variants=split == TRAIN)
        images = [_copied(n, originals[n % len(originals)], store) for n in range(number)]
        yield split, images


def _originals(split: str, number: int, store: LatentCache, task: Task) -> Iterator[LabelledImage]:
    for seed in range(number):
        info = task.classes[seed % len(task.classes)]
        content = synthetic_png(info.finding, seed=int(_digest(split, seed)[:8], 16))
        path = store.folder / f"{split}-{seed}.png"
        path.write_bytes(content)
        yield LabelledImage(path, info.name, "uploads", None, hashlib.sha256(content).hexdigest())


def _copied(number: int, original: LabelledImage, store: LatentCache) -> LabelledImage:
    copy = _digest(original.sha256, number)
    source, target = (
        store.home / sha256[:2] / f"{sha256}.npy" for sha256 in (original.sha256, copy)
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return LabelledImage(original.path, original.label, original.source, None, copy)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--films", type=int, nargs="+", default=[200, 2000, 20000])
    parser.add_argument("--here", action="store_true", help="in this process, one number only")
    return parser.parse_args()


if __name__ == "__main__":
    main()
