"""From a checkpoint to a folder that other tools load; see `docs/integrate/export.md`."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api.arrays import Float32Array
from api.clock import now
from api.decision.decide import probabilities_of
from api.errors import InvalidCheckpoint
from api.exports.kinds import export_of
from api.exports.manifest import (
    GOLDEN_FOLDER,
    GRAPH_NAMES,
    MANIFEST_NAME,
    TENSORS_NAME,
    ExportedCalibration,
    Format,
    GoldenAnswer,
    Manifest,
    Policy,
    ReadLimits,
    TensorSpec,
)
from api.exports.mlflow_model import ARTIFACT, write_mlflow
from api.exports.new_folder import new_folder
from api.exports.runtime import answer_of
from api.exports.usage import README_NAME, readme
from api.files import sha256_of
from api.kinds.by_name import kind_of
from api.model_card.card import Card
from api.registry.store import CARD_NAME, REFERENCE_NAME, card_path, reference_path
from api.serving.engine import Engine
from api.version import VERSION

# What a converted network may differ by from what Keras answered, in probabilities.
GRAPH_TOLERANCE = 1e-4

# Writes the network of a checkpoint to a path, and gives the probabilities that it then answers,
# read back, to (n, …) inputs.
WriteGraph = Callable[[Path, Float32Array], Float32Array]


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported, and how.

    Attributes:
        engine: the checkpoint in the form that serves.
        compiled: the LiteRT file that the engine runs.
        write_graph: writes a network of another format; None: the compiled one is taken.
    """

    form: Format
    engine: Engine
    compiled: Path
    policy: Policy
    limits: ReadLimits
    write_graph: WriteGraph | None = None

    @property
    def card(self) -> Card:
        return self.engine.card


def export_to(out: Path, export: Export) -> Manifest:
    """Write the folder, whole or not at all.

    Raises: InvalidRequest if `out` is there and not empty; InvalidCheckpoint if the network does
        not answer as its card says; StorageFailed.
    """
    with new_folder(out) as folder:
        bundle = folder / ARTIFACT if export.form == "mlflow" else folder
        bundle.mkdir(parents=True, exist_ok=True)
        manifest = _write_bundle(bundle, export)
        if export.form == "mlflow":
            write_mlflow(folder, manifest)
        (folder / README_NAME).write_text(readme(manifest), encoding="utf-8")
    return manifest


def _write_bundle(folder: Path, export: Export) -> Manifest:
    inputs = _golden_tensors(export)
    probabilities = _write_graph(folder, export, inputs)
    np.savez_compressed(
        folder / TENSORS_NAME,
        allow_pickle=False,
        probabilities=probabilities,
        **{kind_of(export.card.input_kind).input_name: inputs},
    )
    weights = export.engine.checkpoint.weights
    shutil.copyfile(card_path(weights), folder / CARD_NAME)
    if reference_path(weights).is_file():
        shutil.copyfile(reference_path(weights), folder / REFERENCE_NAME)
    golden = tuple(_write_golden(folder, export))
    manifest = _manifest(folder, export, golden)
    content = json.dumps(manifest.model_dump(mode="json"), indent=1, ensure_ascii=False)
    (folder / MANIFEST_NAME).write_text(content + "\n", encoding="utf-8")
    return manifest


def _golden_tensors(export: Export) -> Float32Array:
    kind = kind_of(export.card.input_kind)
    return np.stack([kind.golden_input(one, export.card) for one in export.card.golden])


def _write_graph(folder: Path, export: Export, inputs: Float32Array) -> Float32Array:
    """(n, classes) float32 probabilities that the written network gives."""
    target = folder / GRAPH_NAMES[export.form]
    if export.write_graph is None:
        shutil.copyfile(export.compiled, target)
        logits = np.stack([export.engine.run(one).logits for one in inputs])
        probabilities = probabilities_of(logits, temperature=export.card.temperature)
        return probabilities.astype(np.float32)
    found = export.write_graph(target, inputs)
    gap = float(np.abs(found - [one.probabilities for one in export.card.golden]).max())
    if not gap <= GRAPH_TOLERANCE:
        raise InvalidCheckpoint(
            f"The network as {export.form} answers otherwise than its card says: probabilities "
            f"differ by {gap:.2g}, and {GRAPH_TOLERANCE:g} is allowed. Nothing was written."
        )
    return found


def _write_golden(folder: Path, export: Export) -> Iterator[GoldenAnswer]:
    """The golden inputs as files that anybody can send, and what is answered to them."""
    (folder / GOLDEN_FOLDER).mkdir()
    kind = export_of(export.card.input_kind)
    for number, golden in enumerate(export.card.golden):
        name, content = kind.golden_file(golden, export.card, number)
        path = f"{GOLDEN_FOLDER}/{name}"
        (folder / path).write_bytes(content)
        answer = answer_of(export.engine, content, export.policy, export.limits)
        yield GoldenAnswer(file=path, answer=answer)


def _manifest(folder: Path, export: Export, golden: tuple[GoldenAnswer, ...]) -> Manifest:
    card, training = export.card, export.card.training
    has_probabilities = export.write_graph is not None
    return Manifest(
        form=export.form,
        made_by=f"Roentgen {VERSION}",
        created_at=now().replace(microsecond=0),
        task=card.task,
        kind=card.input_kind,
        version=card.version,
        weights_sha256=card.weights_sha256,
        precision=export.engine.precision if export.write_graph is None else "fp32",
        graph=GRAPH_NAMES[export.form],
        input=_input(card, any_number=has_probabilities),
        outputs=tuple(_outputs(card, with_probabilities=has_probabilities)),
        classes=card.classes,
        negative_class=card.negative_class,
        preprocessing=export_of(card.input_kind).meaning(card),
        calibration=ExportedCalibration(
            temperature=card.temperature,
            folded_temperature=training.temperature,
            folded_matrix=training.calibration_matrix,
            folded_biases=training.biases,
        ),
        thresholds={name: point.threshold for name, point in card.operating_points.items()},
        policy=export.policy,
        limits=export.limits,
        golden=golden,
        files={
            path.relative_to(folder).as_posix(): sha256_of(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    )


def _input(card: Card, *, any_number: bool) -> TensorSpec:
    shape = export_of(card.input_kind).input_shape(card)
    return TensorSpec(
        name=kind_of(card.input_kind).input_name, shape=(None if any_number else 1, *shape)
    )


def _outputs(card: Card, *, with_probabilities: bool) -> Iterator[TensorSpec]:
    n, classes = None if with_probabilities else 1, len(card.classes)
    if with_probabilities:
        yield TensorSpec(name="probabilities", shape=(n, classes))
    yield TensorSpec(name="logits", shape=(n, classes))
    yield from export_of(card.input_kind).features(card, n)
