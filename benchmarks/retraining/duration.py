"""How long a retraining takes, and what it would take without replay: `… --help`.

For several numbers of new (generated) films: the seconds from `POST /retrain` until the job has
ended and its version serves, with one client predicting twice a second; once more with a few films
added, when the others' activations are known; and the trainer's largest resident memory. Beside it,
in the same run, plain `model.fit` of the same layers for as many epochs: on the new films, and
(from the same seconds a film) on as many as the retraining learns from, new and remembered, and on
the new films and all that the champion was trained on, which is what one must do without replay.
`python -m benchmarks.retraining.duration --help`.
"""

import argparse
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import psutil
import requests
import tensorflow as tf

from api.inputs.discovery import LabelledImage
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.synthetic import synthetic_image
from api.model_card.card import Card
from api.model_card.card_file import read_card
from api.registry.store import card_path
from api.reports.markdown import table
from api.settings import from_environment
from api.tasks.task import Task
from api.tasks.task_files import load_task
from api.training.data.dataset import Decoded
from api.training.fitting.fit import fit_tail
from api.training.fitting.learner import FitCallbacks
from api.training.models import mobilenet
from benchmarks.support.local_server import retrain, server, upload

PREDICT_EVERY_S = 0.5
LOOK_EVERY_S = 0.2
MORE = 20


@dataclass(slots=True)
class Peak:
    """The largest resident memory of any trainer, bytes."""

    bytes: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Look at all trainers until told to stop."""
        while not self._stop.wait(LOOK_EVERY_S):
            for process in psutil.process_iter(["cmdline", "memory_info"]):
                if "api.training.run" in (process.info["cmdline"] or ()):
                    self.bytes = max(self.bytes, process.info["memory_info"].rss)

    def stop(self) -> None:
        """End watching."""
        self._stop.set()


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    task = load_task("pneumonia")
    card = read_card(card_path(from_environment().default_model))
    rows = []
    latest = 0.0
    for count in arguments.films:
        peak = Peak()
        with server(1) as url, _predicting(url), _watching(peak):
            _send(url, task, range(count // len(task.labels)))
            latest, state = _retrained(url)
            rows.append(
                (f"{count} new films ({state})", f"{latest:.0f}", f"{peak.bytes / 1e6:.0f}")
            )
            if count == arguments.films[-1]:
                first = count // len(task.labels)
                _send(url, task, range(first, first + MORE // len(task.labels)))
                seconds, state = _retrained(url)
                rows.append((f"and {MORE} more ({state})", f"{seconds:.0f}", ""))
    print(table(("retraining through the API", "seconds", "trainer's peak MB"), rows), "\n")
    _compare(arguments.films[-1], latest, task, card, arguments.threads)


def _send(url: str, task: Task, seeds: range) -> None:
    for label in task.labels:
        images = [
            (f"{seed}.png", requests.get(f"{url}/phantoms/{label}.png?seed={seed}").content)
            for seed in seeds
        ]
        upload(url, label, images)


def _retrained(url: str) -> tuple[float, str]:
    """Seconds until the job has ended and, if promoted, its version serves; and how it ended."""
    started = time.monotonic()
    job = retrain(url)
    while job["state"] == "promoted":
        workers = requests.get(url + "/status", timeout=60).json()["workers"]
        if {worker["model_version"] for worker in workers} == {job["version"]}:
            break
        time.sleep(LOOK_EVERY_S)
    return time.monotonic() - started, job["state"]


@contextmanager
def _predicting(url: str) -> Iterator[None]:
    stop = threading.Event()
    image = requests.get(f"{url}/phantoms/Normal.png?seed=1", timeout=30).content

    def work() -> None:
        while not stop.wait(PREDICT_EVERY_S):
            requests.post(url + "/predict", files={"file": image}, timeout=60)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _watching(peak: Peak) -> Iterator[None]:
    thread = threading.Thread(target=peak.watch)
    thread.start()
    try:
        yield
    finally:
        peak.stop()
        thread.join()


def _compare(count: int, seconds: float, task: Task, card: Card, threads: int) -> None:
    """Plain `fit` of the same layers, without the seconds that starting and finishing take."""
    recipe = task.retraining
    learned = _sum(card.data.counts["train"])
    remembered = _sum(card.replay.counts["train"]) if card.replay else 0
    share = 1 - recipe.holdout_fraction - recipe.validation_fraction
    each = _plain_seconds(count, task, card.preprocessing, threads) / count
    plain = {
        f"the {count} new films": count,
        f"those it learned from: {share:.0%} of them, {remembered} remembered": (
            share * count + remembered
        ),
        f"the {count} and the {learned} of before": count + learned,
    }
    rows = [("retraining through the API, start to serving", f"{seconds:.0f}", "1.0")]
    for images, number in plain.items():
        name = f"plain fit, {images}; {recipe.tail_epochs} epochs"
        rows.append((name, f"{each * number:.0f}", f"{each * number / seconds:.1f}"))
    print(table(("training", "seconds", "times the retraining"), rows))


def _sum(counts: dict[str, dict[str, int]]) -> int:
    return sum(number for labels in counts.values() for number in labels.values())


def _plain_seconds(count: int, task: Task, spec: PreprocessingSpec, threads: int) -> float:
    """Of the recipe's epochs on generated films, from one epoch that was measured."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    model = mobilenet.load(from_environment().default_model)
    images = [
        spec.resize(synthetic_image(info.finding, seed=seed))
        for info in task.classes
        for seed in range(count // len(task.classes))
    ]
    xrays = tuple(
        LabelledImage(
            Path(str(row)), task.labels[row * len(task.labels) // len(images)], "new", None, ""
        )
        for row in range(len(images))
    )
    targets = np.array([task.labels.index(image.label) for image in xrays], dtype=np.int64)
    data = Decoded(xrays, np.stack(images), targets)
    recipe = task.retraining.model_copy(update={"tail_epochs": 2})
    marks: list[float] = []
    watcher = FitCallbacks(
        on_step=lambda _: None, on_epoch=lambda _: marks.append(time.monotonic())
    )
    keras.utils.set_random_seed(0)
    fit_tail(model, data, data.subset([]), spec, recipe, task, seed=0, watcher=watcher)
    # The first epoch has TensorFlow's tracing in it.
    return (marks[1] - marks[0]) * task.retraining.tail_epochs


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--films", type=int, nargs="+", default=[48, 100, 200])
    parser.add_argument("--threads", type=int, default=2, help="of the plain fit")
    return parser.parse_args()


if __name__ == "__main__":
    main()
