"""The files of a checkpoint: where each lies beside the weights, and what its SHA-256 is."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

from api.files import sha256_of

WEIGHTS_NAME = "model.h5"
CARD_NAME = "card.json"
REFERENCE_NAME = "reference.npz"
HOLDOUT_NAME = "holdout.npz"
REPLAY_NAME = "replay.npz"
MANIFEST_NAME = "manifest.csv"
CHANGES_NAME = "changes.json"
SITE_CANDIDATE_NAME = "site_candidate.json"
SIGNATURE_NAME = "signature.json"
SHIFT_NAME = "shift.npz"
INT8_NAME = "model.int8.tflite"
# Names the outputs that a compiled model has; one made by another version is not taken.
COMPILED_FORM = "activation"
# The shipped weights have 12 MB; of a file that is no checkpoint not everything need be read.
MAX_WEIGHTS_BYTES = 2_000_000_000


def card_path(weights: Path) -> Path:
    """Where the card of a weights file lies."""
    if weights.name == WEIGHTS_NAME:
        return weights.with_name(CARD_NAME)
    return weights.with_suffix(".json")


def compiled_path(folder: Path, weights_sha256: str) -> Path:
    """Where the compiled form of these weights is kept."""
    return folder / f"{weights_sha256}.{COMPILED_FORM}.tflite"


def reference_path(weights: Path) -> Path:
    """Where the reference of a weights file lies, which tells films from other pictures."""
    if weights.name == WEIGHTS_NAME:
        return weights.with_name(REFERENCE_NAME)
    return weights.with_suffix(".reference.npz")


def holdout_path(weights: Path) -> Path:
    """Where the hashes of the films lie that a weights file is measured on."""
    if weights.name == WEIGHTS_NAME:
        return weights.with_name(HOLDOUT_NAME)
    return weights.with_suffix(".holdout.npz")


def shift_path(weights: Path) -> Path:
    """Where the films of known hospitals lie that streams of answers are compared with."""
    if weights.name == WEIGHTS_NAME:
        return weights.with_name(SHIFT_NAME)
    return weights.with_suffix(".shift.npz")


def replay_path(weights: Path) -> Path:
    """Where the replay memory of a weights file lies, by which retraining does not forget."""
    if weights.name == WEIGHTS_NAME:
        return weights.with_name(REPLAY_NAME)
    return weights.with_suffix(".replay.npz")


def shipped_compiled_path(weights: Path) -> Path:
    """Where the compiled form of a weights file lies, if it was shipped with it."""
    return weights.with_suffix(".tflite")


def int8_path(weights: Path) -> Path:
    """Where the int8 form of a weights file lies, ready to run; not every one has it."""
    if weights.name == WEIGHTS_NAME:
        return weights.with_name(INT8_NAME)
    return weights.with_suffix(".int8.tflite")


def manifest_path(weights: Path) -> Path:
    """Where the manifest of a weights file lies; what was not retrained has none."""
    if weights.name == WEIGHTS_NAME:
        return weights.with_name(MANIFEST_NAME)
    return weights.with_suffix(f".{MANIFEST_NAME}")


def changes_path(weights: Path) -> Path:
    """Where the list of changed answers of a weights file lies; only a retrained one has it."""
    if weights.name == WEIGHTS_NAME:
        return weights.with_name(CHANGES_NAME)
    return weights.with_suffix(f".{CHANGES_NAME}")


def site_candidate_path(weights: Path) -> Path:
    """Where it lies what a weights file was judged with for sites; not every one has it."""
    if weights.name == WEIGHTS_NAME:
        return weights.with_name(SITE_CANDIDATE_NAME)
    return weights.with_suffix(f".{SITE_CANDIDATE_NAME}")


def signature_path(weights: Path) -> Path:
    """Where the signature of a checkpoint lies; not every one has it."""
    if weights.name == WEIGHTS_NAME:
        return weights.with_name(SIGNATURE_NAME)
    return weights.with_suffix(f".{SIGNATURE_NAME}")


def bounded_sha256(path: Path) -> str:
    """Hex SHA-256 of a file. Raises: OSError, also for one far too large to be a model."""
    if path.stat().st_size > MAX_WEIGHTS_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return sha256_of(path)


# By what they are, since the shipped checkpoint and versions name their files differently.
ARTEFACTS: dict[str, Callable[[Path], Path]] = {
    "weights": lambda weights: weights,
    "card": card_path,
    "reference": reference_path,
    "holdout": holdout_path,
    "replay": replay_path,
    "shift": shift_path,
    "manifest": manifest_path,
    "changes": changes_path,
    "site_candidate": site_candidate_path,
    "compiled": shipped_compiled_path,
    "int8": int8_path,
}


def artefacts_of(weights: Path) -> dict[str, Path]:
    """The files that there are of a checkpoint, by what they are."""
    found = {name: path_of(weights) for name, path_of in ARTEFACTS.items()}
    return {name: path for name, path in found.items() if path.exists()}
