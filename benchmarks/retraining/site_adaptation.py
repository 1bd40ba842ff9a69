"""What retraining on a few films of a new site gives, and what it costs.

A champion that knows one collection gets some normal films and some with COVID-19 of another one,
through the API, as a hospital would send them; then both versions, and the champion fine-tuned on
the new films alone without replay, answer films that none of them has seen: others of the new
site, and the hold-out of the known collection.
`python -m benchmarks.retraining.site_adaptation --help`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import requests

from api.inputs.discovery import LabelledImage, find_images
from api.inputs.images.preprocessing import PreprocessingSpec
from api.model_card.card import Card
from api.model_card.card_file import read_card
from api.records.retrainings.job_states import JobPhase
from api.registry.store import card_path
from api.reports.markdown import table
from api.tasks.task import Task
from api.tasks.task_files import load_task
from api.training.assessment.decision_rules import choose_rules
from api.training.data.dataset import Decoded, decode_images
from api.training.data.splits import VALIDATION, split
from api.training.fitting.fit import fit_tail, predict
from api.training.fitting.learner import FitCallbacks
from api.training.models import mobilenet
from api.training.pipelines.train import split_images
from benchmarks.support.local_server import ROOT, retrain, server, upload

LABELS = ("COVID-19", "Normal")
SEED = 11


@dataclass(frozen=True, slots=True)
class Images:
    """Sent to the new version; never seen by any."""

    sent: list[LabelledImage]
    site: Decoded
    known: Decoded


def main() -> None:
    """Adapt and measure."""
    arguments = _arguments()
    task = load_task("pneumonia")
    with tempfile.TemporaryDirectory() as folder:
        champion = arguments.champion or _trained(arguments, Path(folder) / "champion.h5")
        card = read_card(card_path(champion))
        images = _images(arguments, task, card)
        rows = [_row("champion", champion, images, task)]
        with _adapted(champion, images, Path(folder)) as (weights, job, seconds):
            rows.append(
                _row(f"retrained beside its memory, {seconds:.0f} s", weights, images, task)
            )
            print(f"the retraining ended as: {job['state']}: {job['reason']}\n")
        model, threshold = _naive(champion, images, task, card)
        name = "fine-tuned on the new films alone"
        rows.append(_figures(name, model, threshold, images, task, card.preprocessing))
    heads = (
        "model",
        "new site: specificity",
        "sensitivity",
        "known: decisions right",
        "four classes right",
    )
    print(table(heads, rows))


def _trained(arguments: argparse.Namespace, output: Path) -> Path:
    command = [sys.executable, "-m", "api", "train", "--data", str(arguments.known)]
    command += ["--weights", str(arguments.weights), "--output", str(output), "--version", "v1"]
    command += ["--tail-epochs", str(arguments.tail_epochs), "--allow-missing-classes"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return output


def _images(arguments: argparse.Namespace, task: Task, card: Card) -> Images:
    spec = card.preprocessing
    found = find_images((arguments.site,), task).images
    rng = np.random.default_rng(SEED)
    sent: list[LabelledImage] = []
    others: list[LabelledImage] = []
    for label in LABELS:
        own = [image for image in found if image.label == label]
        drawn = [own[row] for row in rng.permutation(len(own))]
        sent += drawn[: arguments.films]
        others += drawn[arguments.films : arguments.films + arguments.others]
    known, _ = decode_images(find_images((arguments.known,), task).images, task, spec)
    splits = split_images(known, task.training, seed=card.training.seed)
    return Images(sent, decode_images(others, task, spec)[0], splits["holdout"])


@contextmanager
def _adapted(
    champion: Path, images: Images, folder: Path
) -> Iterator[tuple[Path, dict[str, object], float]]:
    """The new version's weights, its job and the seconds from the request until it was served."""
    with server(1, default_model=str(champion)) as url:
        for label in LABELS:
            own = [image for image in images.sent if image.label == label]
            upload(url, label, [(image.path.name, image.path.read_bytes()) for image in own])
        started = time.monotonic()
        job = retrain(url)
        while job["state"] == "promoted" and _served(url) != job["version"]:
            time.sleep(0.1)
        seconds = time.monotonic() - started
        if not job["version"]:
            raise SystemExit(f"The retraining ended as {job['state']}: {job['reason']}")
        weights = folder / "adapted.h5"
        weights.write_bytes(requests.get(f"{url}/models/{job['version']}/model.h5").content)
        card_path(weights).write_bytes(requests.get(f"{url}/models/{job['version']}/card").content)
    yield weights, job, seconds


def _served(url: str) -> str:
    return str(requests.get(url + "/status", timeout=60).json()["workers"][0]["model_version"])


def _naive(champion: Path, images: Images, task: Task, card: Card) -> tuple[keras.Model, float]:
    """Plain fine-tuning of the same layers on the new films alone, and where it then cuts."""
    keras.utils.set_random_seed(0)
    model, spec = mobilenet.load(champion), card.preprocessing
    splits = split(images.sent, {VALIDATION: task.retraining.validation_fraction}, seed=0)
    decoded = {name: decode_images(data, task, spec)[0] for name, data in splits.items()}
    quiet = FitCallbacks(on_step=lambda _: None, on_epoch=lambda _: None)
    fitted = decoded["train"], decoded[VALIDATION]
    fit_tail(model, *fitted, spec, task.retraining, task, seed=0, watcher=quiet)
    logits = keras.Model(model.inputs[0], model.get_layer(mobilenet.LOGITS).output)
    checked = predict(logits, decoded[VALIDATION], spec, phase=JobPhase.EVALUATING)
    rules = choose_rules(checked, decoded[VALIDATION].targets, task, None)
    return model, rules.threshold


def _row(name: str, weights: Path, images: Images, task: Task) -> Sequence[str]:
    card = read_card(card_path(weights))
    threshold = card.operating_points["balanced"].threshold
    return _figures(name, mobilenet.load(weights), threshold, images, task, card.preprocessing)


def _figures(
    name: str,
    model: keras.Model,
    threshold: float,
    images: Images,
    task: Task,
    spec: PreprocessingSpec,
) -> Sequence[str]:
    shares: list[float] = []
    for data in (images.site, images.known):
        probabilities = predict(model, data, spec, phase=JobPhase.EVALUATING)
        positive = data.targets != task.negative_index
        right = (1 - probabilities[:, task.negative_index] >= threshold) == positive
        shares += (
            [right[~positive].mean(), right[positive].mean()]
            if data is images.site
            else [right.mean(), (probabilities.argmax(axis=1) == data.targets).mean()]
        )
    return name, *(f"{share:.3f}" for share in shares)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--known", type=Path, required=True, help="folder that the champion knows")
    parser.add_argument("--site", type=Path, required=True, help="folder of the new site's films")
    parser.add_argument("--weights", type=Path, help="backbone to train the champion from")
    parser.add_argument("--champion", type=Path, help="weights of one that is trained already")
    parser.add_argument("--tail-epochs", type=int, default=2, help="of the champion's training")
    parser.add_argument("--films", type=int, default=100, help="of each class, sent")
    parser.add_argument("--others", type=int, default=300, help="of each class, asked about")
    return parser.parse_args()


if __name__ == "__main__":
    main()
