"""Writing a trained network as a checkpoint: weights, and all that lies beside them."""

import subprocess
from collections import defaultdict
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import keras
import numpy as np

from api.files import sha256_of, write_atomic
from api.inputs.images.statistics import image_statistics
from api.model_card.card import Card, ReferenceStatistics
from api.model_card.card_file import write_card
from api.registry.changed_answers import changes_path
from api.registry.holdout import HoldoutHashes
from api.registry.manifest import manifest_path
from api.registry.signing.artefacts import site_candidate_path
from api.registry.store import (
    card_path,
    holdout_path,
    int8_path,
    reference_path,
    replay_path,
    shift_path,
    shipped_compiled_path,
)
from api.settings import ROOT
from api.tasks.task import Task
from api.training.data.dataset import Decoded


@dataclass(frozen=True, slots=True)
class CheckpointArtifacts:
    """What a checkpoint holds beside its weights, as it is written: training and retraining alike.

    Attributes:
        holdout: hashes of the images that it is measured on.
        replay_memory: bytes of the `.npz` that retrainings draw from.
        reference: bytes of the out-of-distribution reference; None: it has no rule for that.
        shift: bytes of the reference that streams are compared with; None: it has no rule for that.
        int8: its int8 form; None: it has none.
        manifest: which samples it was made with; None: it was not made with samples.
        changes: which held-out inputs it answers otherwise than its champion; None likewise.
        site_candidate: what it was judged with for sites; None: it was not.
        compiled: what serves, where it is shipped with the weights.
    """

    card: Card
    holdout: HoldoutHashes
    replay_memory: bytes
    reference: bytes | None = None
    shift: bytes | None = None
    int8: bytes | None = None
    manifest: bytes | None = None
    changes: bytes | None = None
    site_candidate: bytes | None = None
    compiled: bytes | None = None

    def write(self, weights: Path) -> None:
        """Write each file beside `weights`, the card last: it says that the others are there.

        Raises: StorageFailed.
        """
        files = {
            reference_path(weights): self.reference,
            shift_path(weights): self.shift,
            replay_path(weights): self.replay_memory,
            int8_path(weights): self.int8,
            holdout_path(weights): self.holdout.dumped(),
            manifest_path(weights): self.manifest,
            changes_path(weights): self.changes,
            site_candidate_path(weights): self.site_candidate,
            shipped_compiled_path(weights): self.compiled,
        }
        for path, content in files.items():
            if content:
                write_atomic(path, content)
        write_card(card_path(weights), self.card)


def save_weights(model: keras.Model, path: Path) -> str:
    """Write the `.h5` without optimizer state; returns its SHA-256."""
    # A compiled model would bring its optimizer along: three times the size.
    bare = keras.Model(model.inputs[0], model.outputs, name=model.name)
    bare.save(path, include_optimizer=False)
    return sha256_of(path)


def reference_statistics(data: Decoded, task: Task) -> dict[str, ReferenceStatistics]:
    """Mean brightness, edges and histogram of each class's films."""
    rows = defaultdict(list)
    for target, image in zip(data.targets, data.images, strict=True):
        rows[task.label_of(int(target))].append(image_statistics(image))
    return {
        label: ReferenceStatistics(
            n=len(images),
            brightness=float(np.mean([image.brightness for image in images])),
            edge_density=float(np.mean([image.edge_density for image in images])),
            histogram=tuple(
                np.mean([image.histogram for image in images], axis=0).round(5).tolist()
            ),
        )
        for label, images in sorted(rows.items())
    }


def code_version() -> str:
    """The program's version, with the commit where it runs from a checkout."""
    try:
        number = version("roentgen")
    except PackageNotFoundError:
        number = "source"
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{number}+{commit.stdout.strip()}" if commit.returncode == 0 else number
