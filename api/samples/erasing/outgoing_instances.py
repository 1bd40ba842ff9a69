"""DICOM instances whose results wait to be sent: where they lie."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from api.errors import AppError
from api.samples.pseudonyms import PatientPseudonyms


def outgoing_path(folder: Path, prediction_id: str) -> Path:
    """Where the instance of an answer lies."""
    return folder / f"{prediction_id}.dcm"


def forget_outgoing(folder: Path, prediction_ids: Iterable[str]) -> None:
    """Of answers that are erased: nothing is sent of them any more."""
    for prediction_id in prediction_ids:
        outgoing_path(folder, prediction_id).unlink(missing_ok=True)


def waiting_of(
    folder: Path, patient: str, names: PatientPseudonyms, *, max_pixels: int
) -> Iterator[str]:
    """The answers whose instances are of this patient, named as in DICOM or by the pseudonym.

    What is gone meanwhile, or cannot be read, is nobody's.

    Raises: StorageFailed where pseudonyms have no key.
    """
    # Here, not above: few need it.
    from api.inputs.images.dicom.dataset import read_header

    for path in sorted(folder.glob("*.dcm")):
        try:
            header = read_header(path.read_bytes(), ("PatientID",), max_pixels=max_pixels)
        except (AppError, OSError):
            continue
        found = str(header.get("PatientID") or "").strip()
        if found and patient in (found, names.of(found)):
            yield path.stem
