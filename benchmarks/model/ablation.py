"""What each ingredient of the training recipe gives: `python -m benchmarks.model.ablation --help`.

Trains the recipe of the task file, cut to a few epochs on small films, as it is and with one
ingredient less (or one more) at a time, and prints one row a variant. Nothing here looks at the
hold-out. Figures:

- four-class accuracy, loss and AUROC on validation patients;
- the same patients' films cropped by a fifth and blurred: AUROC and specificity;
- AUROC on a whole collection that a second training never saw (leave one source out);
- films of other hospitals (`--external DIR`, folders of classes): sensitivity, specificity, AUROC.

A row takes some minutes (`--share` for fewer); rows already in the `--results` file are not
computed again.
"""

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from PIL import Image, ImageFilter
from sklearn.metrics import log_loss, roc_auc_score

from api.evaluation.calibration import fit_calibration
from api.evaluation.operating_points import youden_threshold
from api.inputs.discovery import LabelledImage, find_images
from api.inputs.images.preprocessing import PreprocessingSpec
from api.records.retrainings.job_states import JobPhase
from api.reports.markdown import number, table
from api.settings import ROOT
from api.tasks.recipe import Recipe
from api.tasks.task import Task
from api.tasks.task_files import load_task
from api.training.data.dataset import Decoded, decode_images
from api.training.fitting.fit import fit_head, fit_tail, predict
from api.training.fitting.learner import FitCallbacks
from api.training.models import mobilenet
from api.training.pipelines.train import split_images
from benchmarks.model.ablation_variants import VARIANTS, Variant

SEED = 7
COLUMNS = {
    "accuracy": "val accuracy",
    "loss": "val loss",
    "auroc": "val AUROC",
    "shifted_auroc": "cropped + blurred AUROC",
    "shifted_specificity": "cropped + blurred specificity",
    "left_out_auroc": "left-out source AUROC",
    "external_sensitivity": "external sensitivity",
    "external_specificity": "external specificity",
    "external_auroc": "external AUROC",
    "minutes": "minutes",
}


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that is read once."""

    task: Task
    splits: dict[str, Decoded]
    external: Decoded | None
    weights: Path


def main() -> None:
    """Train and measure the variants that are asked for."""
    arguments = _arguments()
    material = read(arguments)
    everything = json.loads(arguments.results.read_text()) if arguments.results.exists() else {}
    setup = f"{arguments.epochs} epochs, {arguments.share:g} of the training films"
    selected = everything.setdefault(setup, {})
    chosen = [v for v in VARIANTS if not arguments.only or v.name in arguments.only]
    missing = [variant for variant in chosen if variant.name not in selected]
    measured = _on_cluster if arguments.cluster else _here
    for name, row in measured(missing, material, arguments):
        selected[name] = row
        arguments.results.write_text(json.dumps(everything, indent=1))
        print(name, json.dumps(row), flush=True)
    rows = [
        (name, *(number(row.get(column)) for column in COLUMNS)) for name, row in selected.items()
    ]
    print(f"\n{setup}:\n")
    print(table(("variant", *COLUMNS.values()), rows))


def _here(
    variants: Sequence[Variant], material: Material, arguments: argparse.Namespace
) -> Iterator[tuple[str, dict[str, float]]]:
    for variant in variants:
        row = _row(variant, material, arguments.epochs, arguments.side, arguments.leave_out)
        yield variant.name, row


def _on_cluster(
    variants: Sequence[Variant], material: Material, arguments: argparse.Namespace
) -> Iterator[tuple[str, dict[str, float]]]:
    """Each variant is a task of so many cores; rows come in the order in which they are there."""
    import ray

    ray.init(address="auto", runtime_env={"env_vars": {"PYTHONPATH": str(ROOT)}})
    # Sent once to a node, not with each task.
    sent = ray.put(material)
    task = ray.remote(num_cpus=arguments.cluster, max_retries=3)(_row)
    pending = {
        task.remote(variant, sent, arguments.epochs, arguments.side, arguments.leave_out): variant
        for variant in variants
    }
    while pending:
        (done,), _ = ray.wait([*pending], num_returns=1)
        yield pending.pop(done).name, ray.get(done)


def _row(
    variant: Variant, material: Material, epochs: int, side_px: int, left_out: str
) -> dict[str, float]:
    started = time.monotonic()
    task = material.task
    recipe = _recipe(variant, task.training, epochs)
    spec = PreprocessingSpec.model_validate(
        task.preprocessing | {"height": side_px, "width": side_px} | variant.preprocessing
    )
    answer = _fit(material, spec, recipe, lambda _: True)
    row = inside(answer, material, spec) | outside(answer, material, spec)
    foreign = _fit(material, spec, recipe, lambda image: image.source != left_out)
    images = _where(material.splits["train"], spec, lambda image: image.source == left_out)
    scores = _scores(foreign(images), task)
    row["left_out_auroc"] = float(roc_auc_score(images.targets != task.negative_index, scores))
    row["minutes"] = (time.monotonic() - started) / 60
    return {name: round(value, 4) for name, value in row.items()}


Answer = Callable[[Decoded], np.ndarray]


def _fit(
    material: Material,
    spec: PreprocessingSpec,
    recipe: Recipe,
    selects: Callable[[LabelledImage], bool],
) -> Answer:
    """Train on the wanted films; gives what answers with calibrated probabilities."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(SEED)
    task = material.task
    model = mobilenet.build(
        spec, classes=len(task.labels), dropout=recipe.dropout, base_weights=material.weights
    )
    train = _where(material.splits["train"], spec, selects)
    validation = _where(material.splits["validation"], spec, selects)
    watcher = FitCallbacks(on_step=lambda _: None, on_epoch=lambda epoch: print(epoch, flush=True))
    fit_head(model, train, validation, spec, recipe, task, watcher=watcher)
    fit_tail(model, train, validation, spec, recipe, task, seed=SEED, watcher=watcher)
    logits_of = keras.Model(model.inputs[0], model.get_layer(mobilenet.LOGITS).output)
    logits = predict(logits_of, validation, spec, phase=JobPhase.EVALUATING)
    mobilenet.fold_calibration(model, fit_calibration(logits, validation.targets, task.allowed))
    return lambda data: predict(model, data, spec, phase=JobPhase.EVALUATING)


def inside(answer: Answer, material: Material, spec: PreprocessingSpec) -> dict[str, float]:
    """Figures on validation patients, and on their films cropped and blurred."""
    task, validation = material.task, _where(material.splits["validation"], spec, lambda _: True)
    positive = validation.targets != task.negative_index
    probabilities = answer(validation)
    threshold = youden_threshold(_scores(probabilities, task), positive)
    shifted = Decoded(
        validation.labelled, np.stack([_shifted(i) for i in validation.images]), validation.targets
    )
    moved = _scores(answer(shifted), task)
    return {
        "accuracy": float((probabilities.argmax(axis=1) == validation.targets).mean()),
        "loss": float(log_loss(validation.targets, probabilities)),
        "auroc": float(roc_auc_score(positive, _scores(probabilities, task))),
        "shifted_auroc": float(roc_auc_score(positive, moved)),
        "shifted_specificity": float((moved[~positive] < threshold).mean()),
        "threshold": threshold,
    }


def outside(answer: Answer, material: Material, spec: PreprocessingSpec) -> dict[str, float]:
    """Figures on films of other hospitals, at the validation patients' threshold."""
    if material.external is None:
        return {}
    task, images = material.task, _where(material.external, spec, lambda _: True)
    validation = _where(material.splits["validation"], spec, lambda _: True)
    threshold = youden_threshold(
        _scores(answer(validation), task), validation.targets != task.negative_index
    )
    scores, positive = _scores(answer(images), task), images.targets != task.negative_index
    return {
        "external_sensitivity": float((scores[positive] >= threshold).mean()),
        "external_specificity": float((scores[~positive] < threshold).mean()),
        "external_auroc": float(roc_auc_score(positive, scores)),
    }


def _shifted(image: np.ndarray) -> np.ndarray:
    xray = Image.fromarray(image)
    left, top = xray.width // 10, xray.height // 10
    box = (left, top, xray.width - left, xray.height - top)
    closer = xray.resize(xray.size, Image.Resampling.BICUBIC, box=box)
    return np.asarray(closer.filter(ImageFilter.GaussianBlur(xray.width / 224)))


def _where(
    data: Decoded, spec: PreprocessingSpec, selects: Callable[[LabelledImage], bool]
) -> Decoded:
    subset = data.subset(image for image in data.labelled if selects(image))
    return Decoded(
        subset.labelled, np.stack([spec.resize(i) for i in subset.images]), subset.targets
    )


def _scores(probabilities: np.ndarray, task: Task) -> np.ndarray:
    return 1 - probabilities[:, task.negative_index]


def _recipe(variant: Variant, recipe: Recipe, epochs: int) -> Recipe:
    augmentation = recipe.augmentation.model_copy(update=variant.augmentation)
    return recipe.model_copy(
        update={"tail_epochs": epochs, "augmentation": augmentation} | variant.recipe
    )


def read(arguments: argparse.Namespace) -> Material:
    """The films of `data` and `external`, split as the shipped model's were."""
    task = load_task("pneumonia")
    spec = PreprocessingSpec.model_validate(task.preprocessing)
    images, _ = decode_images(find_images(tuple(arguments.data), task).images, task, spec)
    external = _external(arguments.external, task, spec) if arguments.external else None
    splits = split_images(images, task.training, seed=SEED)
    splits["train"] = _thinned(splits["train"], arguments.share)
    print({name: Counter(subset.sources) for name, subset in splits.items()}, flush=True)
    return Material(task, splits, external, arguments.weights)


def _thinned(data: Decoded, share: float) -> Decoded:
    """A share of the films of each class of each source, the same for every variant."""
    rng = np.random.default_rng(SEED)
    selected: list[LabelledImage] = []
    for stratum in sorted({image.stratum for image in data.labelled}):
        images = [image for image in data.labelled if image.stratum == stratum]
        drawn = rng.permutation(len(images))[: max(1, round(share * len(images)))]
        selected += [images[row] for row in drawn]
    return data.subset(selected)


def _external(folder: Path, task: Task, spec: PreprocessingSpec) -> Decoded:
    """Films of other hospitals; any finding counts, whichever class it is."""
    return decode_images(find_images((folder,), task).images, task, spec)[0]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--external", type=Path, help="folder of films from other hospitals")
    parser.add_argument("--leave-out", default="radiography", help="a source, by name")
    parser.add_argument("--epochs", type=int, default=4, help="of the fine-tuning, each variant")
    parser.add_argument("--side", type=int, default=160, help="of the films, pixels")
    parser.add_argument(
        "--share",
        type=float,
        default=1.0,
        help="of the training films of each kind",
    )
    parser.add_argument("--results", type=Path, default=Path("ablation.json"))
    parser.add_argument(
        "--cluster",
        type=int,
        default=0,
        metavar="CORES",
        help="train the variants side by side as tasks of so many cores of a Ray cluster",
    )
    parser.add_argument("--only", action="append", help="a variant's name; may be repeated")
    return parser.parse_args()


if __name__ == "__main__":
    main()
