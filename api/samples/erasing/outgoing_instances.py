"""DICOM instances whose results wait to be sent: where they lie."""

from collections.abc import Iterable
from pathlib import Path


def outgoing_path(folder: Path, prediction_id: str) -> Path:
    """Where the instance of an answer lies."""
    return folder / f"{prediction_id}.dcm"


def forget_outgoing(folder: Path, prediction_ids: Iterable[str]) -> None:
    """Of answers that are erased: nothing is sent of them any more."""
    for prediction_id in prediction_ids:
        outgoing_path(folder, prediction_id).unlink(missing_ok=True)
