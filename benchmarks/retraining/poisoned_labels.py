"""Whether wrong labels get through the gate.

Run it with `python -m benchmarks.retraining.poisoned_labels --help`.

Sends films that the default checkpoint has not learned from (its validation side, drawn again from
the collections it was trained on) through the API, with a share of labels drawn at random among the
other classes, retrains, and prints how each retraining ended and what the gate said of the labels.
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

from api.inputs.discovery import LabelledImage, find_images
from api.model_card.card_file import read_card
from api.registry.store import card_path
from api.reports.markdown import table
from api.settings import from_environment
from api.tasks.task import Task
from api.tasks.task_files import load_task
from api.training.data.splits import VALIDATION, split
from benchmarks.support.local_server import retrain, server, upload

SEED = 1


def main() -> None:
    """Send, retrain, print."""
    arguments = _arguments()
    task = load_task("pneumonia")
    found = find_images(arguments.data, task).images
    recipe = task.training
    fractions = {"holdout": recipe.holdout_fraction, "validation": recipe.validation_fraction}
    seed = read_card(card_path(from_environment().default_model)).training.seed
    images = split(found, fractions, seed=seed)[VALIDATION]
    rows = []
    for labels in (task.labels, *map(tuple, arguments.only or ())):
        for share in arguments.shares:
            rows.append(_row(images, task, labels, share, arguments.films))
            print(rows[-1], flush=True)
    print()
    print(table(("classes sent", "films", "wrong labels", "ended as", "labels, in words"), rows))


def _row(
    images: Sequence[LabelledImage], task: Task, labels: Sequence[str], share: float, each: int
) -> tuple[str, str, str, str, str]:
    rng = random.Random(SEED)
    sent = [
        image
        for label in labels
        for image in rng.sample([f for f in images if f.label == label], each)
    ]
    assigned = {image: image.label for image in sent}
    for image in rng.sample(sent, round(share * len(sent))):
        assigned[image] = rng.choice([label for label in labels if label != image.label])
    with server(1) as url:
        for label in labels:
            own = [image for image in sent if assigned[image] == label]
            upload(url, label, [(image.path.name, image.path.read_bytes()) for image in own])
        job = retrain(url)
    checks = job["verdict"]["checks"] if job["verdict"] else []
    words = next((check["detail"] for check in checks if check["name"] == "labels"), job["reason"])
    which = "all" if tuple(labels) == task.labels else ", ".join(labels)
    return which, str(len(sent)), f"{share:.0%}", job["state"], words


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--films", type=int, default=50, help="of each class")
    parser.add_argument("--shares", type=float, nargs="+", default=[0.0, 0.3])
    parser.add_argument(
        "--only", nargs="+", action="append", help="these classes alone, too; may be repeated"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
