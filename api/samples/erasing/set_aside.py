"""Deleted films that can come back for a day: each lies aside with all that was known of it.

Nothing learns from them, and no list but that of deletions names them. An erasure removes them at
once; the server removes the others when their day is over.
"""

import contextlib
import json
import logging
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from api.clock import now
from api.errors import BlobNotFound, NotFound, StorageFailed
from api.records.training_images import sample_edits, samples
from api.records.training_images.sample_history import SampleChangeKind
from api.records.training_images.samples import SampleRecord
from api.samples.collection import SampleCollection
from api.samples.erasing.erasure import SET_ASIDE, SHA256, set_aside_files
from api.storage.blob_store import delete_each

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A deleted film: what it was, when and why it was deleted, and until when it can come back."""

    sample: SampleRecord
    deleted_at: datetime
    deleted_by: str | None
    remark: str

    @property
    def until(self) -> datetime:
        return self.deleted_at + KEPT_FOR


def put(collection: SampleCollection, record: SampleRecord, *, remark: str, by: str | None) -> None:
    """Keep a film that is about to be deleted; its lock is held. Raises: StorageFailed."""
    try:
        content = collection.files.get(record.file, sha256=record.sha256)
    except (BlobNotFound, StorageFailed) as exc:
        raise StorageFailed(
            f"The file of sample '{record.sha256}' cannot be read ({exc.message}), so it cannot "
            "be kept for a day; delete it for ever instead."
        ) from exc
    collection.files.put(_file(record), content)
    described = {
        "sample": _as_json(record),
        "deleted_at": now().isoformat(),
        "deleted_by": by,
        "remark": remark,
    }
    # Last: a film is aside once its description is.
    collection.files.put(_description(record.sha256), json.dumps(described).encode())


def listed(collection: SampleCollection) -> list[SetAside]:
    """Films that can come back, the newest deletion first."""
    blobs = collection.files.list(f"{SET_ASIDE}/")
    found = [_read(collection, blob.key) for blob in blobs if blob.key.endswith(".json")]
    images = [image for image in found if image and _is_gone(collection, image)]
    return sorted(images, key=lambda image: image.deleted_at, reverse=True)


def read_set_aside(collection: SampleCollection, sha256: str) -> bytes:
    """The file of a film that can come back. Raises: NotFound."""
    image = _get(collection, sha256)
    with contextlib.suppress(BlobNotFound):
        return collection.files.get(_file(image.sample))
    raise _unknown(sha256)


def restore_sample(collection: SampleCollection, sha256: str, *, by: str | None) -> SampleRecord:
    """Make a deleted film a sample again, as it was; of one that is there, that.

    Raises: NotFound, StorageFailed, StoreBusy.
    """
    with collection.locked(sha256):
        task = collection.task.name
        if there := samples.find(collection.database, sha256, task=task):
            return there
        image = _get(collection, sha256)
        collection.files.put(image.sample.file, read_set_aside(collection, sha256))
        samples.add(collection.database, image.sample, task=task)
        label = image.sample.label
        sample_edits.note(
            collection.database,
            sha256,
            SampleChangeKind.RESTORED,
            before=None,
            after=label,
            by=by,
            task=task,
        )
        _remove(collection, sha256)
        return samples.get(collection.database, sha256, task=task)


def erase_set_aside(collection: SampleCollection, sha256: str) -> SampleRecord:
    """Remove a film that could have come back; returns what it was. Raises: NotFound."""
    with collection.locked(sha256):
        image = _get(collection, sha256)
        _remove(collection, sha256)
        return image.sample


def drop_old(collection: SampleCollection) -> int:
    """Remove films whose day is over, and what a crash left; returns how many files.

    Raises: StorageFailed.
    """
    limit = now() - KEPT_FOR
    aside = collection.files.list(f"{SET_ASIDE}/")
    old = [blob.key for blob in aside if blob.modified_at <= limit]
    delete_each(collection.files, old)
    if old:
        logger.info(
            "deleted films removed for good task=%s files=%d", collection.task.name, len(old)
        )
    return len(old)


def _get(collection: SampleCollection, sha256: str) -> SetAside:
    if SHA256.fullmatch(sha256) and (image := _read(collection, _description(sha256))):
        return image
    raise _unknown(sha256)


def _read(collection: SampleCollection, key: str) -> SetAside | None:
    """None where there is none, or its day is over."""
    try:
        stored: dict[str, Any] = json.loads(collection.files.get(key))
        image = SetAside(
            _from_json(stored["sample"]),
            datetime.fromisoformat(stored["deleted_at"]),
            stored["deleted_by"],
            stored["remark"],
        )
    except (BlobNotFound, StorageFailed, ValueError, KeyError, TypeError):
        return None
    return image if image.until > now() else None


def _is_gone(collection: SampleCollection, image: SetAside) -> bool:
    """A crash while it was deleted leaves the sample beside what was set aside."""
    task = collection.task.name
    return samples.find(collection.database, image.sample.sha256, task=task) is None


def _file(sample: SampleRecord) -> str:
    return f"{SET_ASIDE}/{sample.sha256}{PurePosixPath(sample.file).suffix}"


def _description(sha256: str) -> str:
    return f"{SET_ASIDE}/{sha256}.json"


def _remove(collection: SampleCollection, sha256: str) -> None:
    collection.files.delete(*set_aside_files(collection, sha256))


def _as_json(record: SampleRecord) -> dict[str, Any]:
    near = record.near_hash.hex() if record.near_hash else None
    return asdict(record) | {"created_at": record.created_at.isoformat(), "near_hash": near}


def _from_json(stored: dict[str, Any]) -> SampleRecord:
    near = stored["near_hash"]
    record = SampleRecord(**stored)
    return replace(
        record,
        created_at=datetime.fromisoformat(stored["created_at"]),
        histogram=tuple(stored["histogram"]),
        near_hash=bytes.fromhex(near) if near else None,
    )


def _unknown(sha256: str) -> NotFound:
    return NotFound(
        f"No deleted sample '{sha256[:64]}' can be restored: that is possible for a day, unless it "
        "was erased; GET /samples/deleted lists them."
    )


def matching(
    collection: SampleCollection,
    *,
    patients: Collection[str],
    filenames: frozenset[str],
    before: datetime | None,
    hashes: Collection[str] = (),
) -> Iterator[SampleRecord]:
    """Those that an erasure is about, those among `hashes` too."""
    for image in listed(collection):
        sample = image.sample
        is_patient = sample.patient_id in patients
        is_old = before is not None and sample.created_at < before
        is_known = sample.sha256 in hashes or sample.sent_sha256 in hashes
        if is_patient or is_old or is_known or sample.filename in filenames:
            yield sample
