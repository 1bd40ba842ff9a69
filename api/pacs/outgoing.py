"""Instances whose results are to be sent: each lies in a file until every destination has them, in
a store that several machines share where there is one, as any of them may be the one that sends.

A result says whose it is, so the instance is what is kept, for as short as possible; the records
only have the prediction's id. An instance that comes again is not sent again: the event's id is a
keyed hash of its UID and the version that answered.
"""

import contextlib
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from api.clock import now
from api.errors import BlobNotFound, NothingToDeliver, StorageFailed
from api.files import TEMPORARY_PREFIX, free_bytes, make_folder, storage_errors, sync_folder
from api.inputs.images.dicom.identity import DicomIdentity
from api.pacs.destinations import DICOM
from api.records.alerting import outbox
from api.records.alerting.outbox import Address, Message
from api.records.answers.predictions import PredictionRecord
from api.records.database import writing
from api.samples.erasing.outgoing_instances import (
    SUFFIX,
    forget_outgoing,
    outgoing_key,
    outgoing_path,
)
from api.samples.pseudonyms import PatientPseudonyms
from api.storage.blob_store import BlobStore

logger = logging.getLogger(__name__)

OWNER_ONLY = 0o600
# So much of the disk is left to the records.
RESERVED_BYTES = 200_000_000
# A file without a message that is older than this was left behind by a process that ended.
ABANDONED_AFTER = timedelta(hours=1)
TYPE = "results"

Pieces = Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Queues results, and keeps the instances that they are of; thread-safe."""

    database: Engine
    folder: Path
    addresses: Sequence[Address]
    names: PatientPseudonyms
    shared: BlobStore | None = None
    reserved_bytes: int = RESERVED_BYTES

    def add(
        self, record: PredictionRecord, identity: DicomIdentity, pieces: Pieces, *, task: str
    ) -> None:
        """Have the results of an answer sent to every destination; safe when this returns.

        Args:
            pieces: the instance's file.

        Raises: StorageFailed, StorageUnavailable, StoreBusy.
        """
        if not self.addresses:
            return
        event_id = self._event_id(identity, record, task)
        self._store(record.id, pieces)
        payload = {"type": TYPE, "prediction": record.id, "task": task}
        with writing(self.database) as connection:
            outbox.forget_given_up(connection, event_id)
            added = [
                outbox.add(connection, to, event_id=event_id, payload=payload, moment=now())
                for to in self.addresses
            ]
        if not any(added):
            self._forget(record.id)

    def instance(self, prediction_id: str) -> bytes:
        """The file of an instance.

        Raises: NothingToDeliver; StorageFailed, StorageUnavailable where it is there and cannot be
        read now.
        """
        if self.shared:
            # One from before there was a store lies in the folder.
            with contextlib.suppress(BlobNotFound):
                return self.shared.get(outgoing_key(prediction_id))
        try:
            return outgoing_path(self.folder, prediction_id).read_bytes()
        except FileNotFoundError as exc:
            raise NothingToDeliver(
                f"The instance is not in this state folder ({exc.strerror}); send it again."
            ) from exc
        except OSError as exc:
            raise StorageFailed(f"The instance cannot be read now ({exc.strerror}).") from exc

    def finished(self, message: Message) -> None:
        """Forget the instance of a message, unless others wait. Raises: StoreBusy."""
        if not outbox.is_waiting(self.database, message.event_id):
            self._forget(str(message.payload.get("prediction", "")))

    def tidy(self, moment: datetime) -> int:
        """Forget what killed processes left behind; returns how many files. Raises: StoreBusy."""
        limit = moment - ABANDONED_AFTER
        blobs = self.shared.list() if self.shared else ()
        old = {blob.key for blob in blobs if blob.modified_at < limit}
        files = [p for p in self.folder.glob("*") if _modified(p) < limit.timestamp()]
        if not old and not files:
            return 0
        waiting = {p.get("prediction") for p in outbox.waiting_payloads(self.database, DICOM)}
        gone = [path for path in files if path.stem not in waiting]
        for path in gone:
            path.unlink(missing_ok=True)
        left = [key for key in old if key.removesuffix(SUFFIX) not in waiting]
        if self.shared:
            self.shared.delete(*left)
        return len(gone) + len(left)

    def _store(self, prediction_id: str, pieces: Pieces) -> None:
        path = outgoing_path(self.folder, prediction_id)
        self._write(path, pieces)
        if self.shared:
            try:
                self.shared.put(outgoing_key(prediction_id), path)
            finally:
                path.unlink(missing_ok=True)

    def _forget(self, prediction_id: str) -> None:
        forget_outgoing(self.folder, [prediction_id], shared=self.shared)

    def _event_id(self, identity: DicomIdentity, record: PredictionRecord, task: str) -> str:
        about = "\\".join((TYPE, task, record.model_version, identity.instance))
        return f"{TYPE}-{self.names.of(about)}"

    def _write(self, path: Path, pieces: Pieces) -> None:
        temporary = path.with_name(TEMPORARY_PREFIX + path.name)
        with storage_errors(path):
            make_folder(self.folder)
            self._check_room()
            try:
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
                with os.fdopen(descriptor, "wb") as file:
                    for piece in pieces():
                        file.write(piece)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(path)
            except BaseException:
                with contextlib.suppress(OSError):
                    temporary.unlink()
                raise
            sync_folder(self.folder)

    def _check_room(self) -> None:
        if free_bytes(self.folder) < self.reserved_bytes:
            raise StorageFailed(
                f"The server's disk has less than {self.reserved_bytes / 1e6:.0f} MB left, and "
                "those are for its records; results cannot wait there. Free some space, or repair "
                "the destination that takes none (GET /alerts)."
            )


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
