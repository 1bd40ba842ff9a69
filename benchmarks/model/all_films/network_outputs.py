"""What a network makes of many films, at several depths; kept in a folder, since it takes long.

Read are the films that a checkpoint was trained on, in the splits of its training, its validation
films turned and inverted, films of hospitals that it never saw, and pictures that are no film.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from api.arrays import ByteArray, Float32Array, IntArray
from api.decision.out_of_distribution import METHODS
from api.decision.references import load_references
from api.errors import AppError, InvalidCheckpoint
from api.inputs.discovery import find_images
from api.inputs.images.decoding import read_image
from api.inputs.images.preprocessing import PreprocessingSpec
from api.model_card.card import Card
from api.model_card.card_file import read_card
from api.registry.store import card_path, reference_path
from api.settings import from_environment
from api.tasks.task_files import load_task
from api.training.assessment.out_of_distribution import OOD_TRANSFORMS, PROBES, spread
from api.training.assessment.sites.unfamiliar_sites import features_of
from api.training.data.dataset import LIMITS, decode_images
from api.training.data.splits import VALIDATION
from api.training.models import mobilenet
from api.training.pipelines.requantize import splits_of

# From the first blocks to the feature map; the fourth is what serves.
DEPTHS = (
    "block_3_expand_relu",
    "block_6_expand_relu",
    "block_10_expand_relu",
    mobilenet.EARLY_LAYER,
    mobilenet.FEATURE_MAP,
)
UNSEEN, TURNED, OTHER = "unseen", "turned", "other"
BATCH = 32
Predict = Callable[[ByteArray], dict[str, Float32Array]]


@dataclass(frozen=True, slots=True, eq=False)
class NetworkOutputs:
    """Of n pictures.

    Attributes:
        logits: (n, classes) float32.
        acquisition: (n, figures) float32, of how each was made.
        targets: (n,) class numbers; negative ones are coarse labels.
        sources: (n,) names; of pictures that are no films, what they are.
        labels: (n,) names of classes as the folders say.
        depths: by layer, (n, channels) float32 averages over the picture.
    """

    logits: Float32Array
    acquisition: Float32Array
    targets: IntArray
    sources: Sequence[str]
    labels: Sequence[str]
    depths: dict[str, Float32Array]

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """Source and label of each."""
        return list(zip(self.sources, self.labels, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """How far n pictures lie from what was learned from, in limits; (n,) each."""

    unlikeness: Float32Array
    site: Float32Array

    @classmethod
    def of(cls, films: NetworkOutputs, card: Card, weights: Path) -> Self:
        """By the references beside the weights. Raises: InvalidCheckpoint."""
        rule = card.outliers
        if rule is None:
            raise InvalidCheckpoint(f"'{card.version}' does not know which pictures are unlike.")
        references = load_references(reference_path(weights), sha256=rule.reference_sha256)
        if references.site is None:
            raise InvalidCheckpoint(f"'{card.version}' does not know which sites are unfamiliar.")
        early = METHODS[rule.method](references.ood, films.depths[mobilenet.EARLY_LAYER])
        return cls(early / rule.threshold, references.site.distances(films.acquisition))


def network_outputs(
    weights: Path,
    *,
    data: Sequence[Path],
    unseen: Sequence[Path],
    other: Sequence[Path],
    keep: Path,
) -> dict[str, NetworkOutputs]:
    """By split of the training, and UNSEEN, TURNED and OTHER; read from `keep` where it has them.

    Args:
        data: the folders of the training, exactly.
        unseen: folders of class folders of other hospitals.
        other: folders of pictures that are no films.

    Raises: InvalidDataset, InvalidCheckpoint.
    """
    keep.mkdir(parents=True, exist_ok=True)
    # It is written last.
    if not (keep / f"{OTHER}.npz").exists():
        _write_all(weights, data, unseen, other, keep)
    return {path.stem: _load(path) for path in sorted(keep.glob("*.npz"))}


def _write_all(
    weights: Path, data: Sequence[Path], unseen: Sequence[Path], other: Sequence[Path], keep: Path
) -> None:
    card = read_card(card_path(weights))
    task, spec = load_task(card.task), card.preprocessing
    predict = _predictor(mobilenet.load(weights), spec)
    splits = splits_of(card, data)
    splits[UNSEEN], _ = decode_images(find_images(unseen, task).images, task, spec)
    for name, films in splits.items():
        labels = [film.label for film in films.labelled]
        _save(keep / name, predict, films.images, films.targets, films.sources, labels)
    probes = splits[VALIDATION].images[spread(len(splits[VALIDATION]), PROBES)]
    for name, groups in (
        (TURNED, {kind: [turn(film) for film in probes] for kind, turn in OOD_TRANSFORMS.items()}),
        (OTHER, {folder.name: _pictures(folder, spec) for folder in other}),
    ):
        pictures = np.stack([picture for group in groups.values() for picture in group])
        sources = [kind for kind, group in groups.items() for _ in group]
        nothing = np.full(len(sources), -1)
        _save(keep / name, predict, pictures, nothing, sources, [""] * len(sources))


def _pictures(folder: Path, spec: PreprocessingSpec) -> list[ByteArray]:
    """All below a folder that can be read, at the network's size."""
    found = []
    for path in sorted(folder.rglob("*")):
        try:
            found.append(spec.resize(read_image(path.read_bytes(), LIMITS).pixels))
        except (AppError, OSError):
            continue
    return found


def _predictor(model: keras.Model, spec: PreprocessingSpec) -> Predict:
    pooled = {
        name: keras.layers.GlobalAveragePooling2D()(model.get_layer(name).output) for name in DEPTHS
    }
    outputs = pooled | {mobilenet.LOGITS: model.get_layer(mobilenet.LOGITS).output}
    network = keras.Model(model.inputs[0], outputs)
    run = tf.function(lambda batch: network(batch, training=False), reduce_retracing=True)

    def predict(images: ByteArray) -> dict[str, Float32Array]:
        chunks: list[dict[str, Float32Array]] = []
        for start in range(0, len(images), BATCH):
            inputs = np.stack([spec.normalise(one) for one in images[start : start + BATCH]])
            chunks.append({name: value.numpy() for name, value in run(inputs).items()})
        return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in outputs}

    return predict


def _save(
    path: Path,
    predict: Predict,
    images: ByteArray,
    targets: IntArray,
    sources: Sequence[str],
    labels: Sequence[str],
) -> None:
    found = predict(images)
    logits = found.pop(mobilenet.LOGITS)
    made = NetworkOutputs(logits, features_of(images), targets, sources, labels, found)
    np.savez_compressed(path.with_suffix(".npz"), **_flat(asdict(made)))


def _flat(fields: dict[str, Any]) -> dict[str, Any]:
    depths: dict[str, Any] = fields.pop("depths")
    return {name: np.asarray(value) for name, value in fields.items()} | depths


def _load(path: Path) -> NetworkOutputs:
    with np.load(path, allow_pickle=False) as archive:
        return NetworkOutputs(
            logits=archive["logits"],
            acquisition=archive["acquisition"],
            targets=archive["targets"],
            sources=archive["sources"].tolist(),
            labels=archive["labels"].tolist(),
            depths={name: archive[name] for name in DEPTHS},
        )


def arguments_of(file: str, description: str) -> argparse.Namespace:
    """Which films to read, and where what the network makes of them is kept."""
    parser = argparse.ArgumentParser(
        prog=Path(file).name, description=description.partition("\n")[0]
    )
    for name, help_text in (
        ("--data", "folder of the training, all of them as its command names them"),
        ("--unseen", "folder of class folders of other hospitals"),
        ("--other", "folder of one kind of picture that is no film"),
    ):
        parser.add_argument(name, type=Path, action="append", default=[], help=help_text)
    parser.add_argument("--keep", type=Path, required=True, help="folder to keep outputs in")
    parser.add_argument("--model", type=Path, help="weights file; default: the shipped one")
    return parser.parse_args()


def asked_for(arguments: argparse.Namespace) -> tuple[Path, Card, dict[str, NetworkOutputs]]:
    """The weights file that was named, or the shipped one; its card; what it makes of the films.

    Raises: AppError.
    """
    weights = arguments.model or from_environment().default_model
    outputs = network_outputs(
        weights,
        data=arguments.data,
        unseen=arguments.unseen,
        other=arguments.other,
        keep=arguments.keep,
    )
    return weights, read_card(card_path(weights)), outputs
