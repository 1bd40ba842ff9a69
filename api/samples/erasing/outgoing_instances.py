"""DICOM instances whose results wait to be sent: where they lie, a folder of this machine or a
store that several machines share."""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from api.errors import AppError, BlobNotFound
from api.samples.pseudonyms import PatientPseudonyms
from api.storage.blob_store import BlobStore

SUFFIX = ".dcm"
PATIENT = ("PatientID", "IssuerOfPatientID")


def outgoing_path(folder: Path, prediction_id: str) -> Path:
    """Where the instance of an answer lies."""
    return folder / outgoing_key(prediction_id)


def outgoing_key(prediction_id: str) -> str:
    """The same in a shared store."""
    return f"{prediction_id}{SUFFIX}"


def forget_outgoing(
    folder: Path, prediction_ids: Iterable[str], *, shared: BlobStore | None = None
) -> None:
    """Of answers that are erased: nothing is sent of them any more.

    Raises: StorageUnavailable, StorageFailed.
    """
    erased = list(prediction_ids)
    for prediction_id in erased:
        outgoing_path(folder, prediction_id).unlink(missing_ok=True)
    if shared:
        shared.delete(*map(outgoing_key, erased))


def waiting_of(
    folder: Path,
    patient: str,
    names: PatientPseudonyms,
    *,
    max_pixels: int,
    shared: BlobStore | None = None,
) -> Iterator[str]:
    """The answers whose instances are of this patient, named as in DICOM or by the pseudonym.

    What is gone meanwhile, or cannot be read, is nobody's.

    Raises: StorageFailed where pseudonyms have no key; StorageUnavailable.
    """
    # Here, not above: few need it.
    from api.inputs.images.dicom.dataset import read_header

    for prediction_id, content in _instances(folder, shared):
        try:
            header = read_header(content, PATIENT, max_pixels=max_pixels)
        except AppError:
            continue
        found, issuer = (str(header.get(keyword) or "").strip() for keyword in PATIENT)
        issued = f"{issuer}\\{found}"
        if found and patient in (found, issued, names.of(issued)):
            yield prediction_id


def _instances(folder: Path, shared: BlobStore | None) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with contextlib.suppress(OSError):
            yield path.stem, path.read_bytes()
    if shared is None:
        return
    for blob in shared.list():
        with contextlib.suppress(BlobNotFound):
            yield blob.key.removesuffix(SUFFIX), shared.get(blob.key)
