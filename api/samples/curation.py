"""What people do to samples once they are there: decide, relabel, delete, take away."""

import contextlib
import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from api.errors import AppError, BlobNotFound, NotFound, OutcomeUnknown, StorageFailed
from api.inputs.stored_names import shown_name
from api.records.training_images import sample_edits, samples
from api.records.training_images.sample_history import SampleChangeKind
from api.records.training_images.samples import SampleRecord
from api.reports.spreadsheet import escape_formula
from api.samples.collection import SampleCollection
from api.samples.erasing import set_aside
from api.samples.erasing.erasure import erase, hide, restore

MANIFEST = "manifest.csv"
COLUMNS = (
    "sha256", "label", "file", "filename", "patient_id", "source", "origin", "added_by",
    "created_at", "part", "disputed",
)  # fmt: skip


def relabel(
    collection: SampleCollection, sha256: str, label: str, *, remark: str, by: str | None = None
) -> SampleRecord:
    """Give a sample its class, and so end a dispute about it.

    Raises: NotFound, StorageFailed, StoreBusy.
    """
    # What is no sample at all needs no lock.
    samples.get(collection.database, sha256, task=collection.task.name)
    with collection.locked(sha256):
        record = samples.get(collection.database, sha256, task=collection.task.name)
        restore(collection.files, record.file)
        extension = record.file.rpartition(".")[2]
        file = collection.file_of(label, sha256, extension)
        if file != record.file:
            # The old file goes last: a power cut leaves one too many, never one too few.
            collection.files.put(file, _content(collection, record))
        try:
            sample_edits.settle(
                collection.database,
                sha256,
                label,
                file=file,
                remark=remark,
                by=by,
                task=collection.task.name,
            )
        except AppError as exc:
            # Where nobody knows, there are two until `unregistered` looks at the row.
            if not isinstance(exc, OutcomeUnknown):
                _drop_unless_moved(collection, sha256, file)
            raise
        if file != record.file:
            collection.files.delete(record.file)
        return samples.get(collection.database, sha256, task=collection.task.name)


def _drop_unless_moved(collection: SampleCollection, sha256: str, file: str) -> None:
    """Remove the new file of a film whose row stayed as it was; where the records do not say, it
    stays beside the old one."""
    with contextlib.suppress(AppError):
        if samples.get(collection.database, sha256, task=collection.task.name).file != file:
            collection.files.delete(file)


def delete(
    collection: SampleCollection,
    sha256: str,
    *,
    remark: str,
    by: str | None = None,
    restorable: bool = False,
) -> None:
    """Delete a film; when this returns, nothing but its history is there.

    Args:
        restorable: lay the file aside for a day, in which `set_aside.restore_sample` brings it
            back.

    Raises: NotFound, StorageFailed, StoreBusy.
    """
    samples.get(collection.database, sha256, task=collection.task.name)
    with collection.locked(sha256):
        record = samples.get(collection.database, sha256, task=collection.task.name)
        if restorable:
            set_aside.put(collection, record, remark=remark, by=by)
        _remove(
            collection,
            record,
            what=SampleChangeKind.DELETED,
            remark=remark,
            by=by,
            is_set_aside=restorable,
        )


def withdraw(collection: SampleCollection, sha256: str, *, by: str | None = None) -> bytes | None:
    """Let a film be no sample any more, as whoever labelled it takes that back: it may become one
    again by their next word. Returns its file; None if there is none.

    Raises: StorageFailed, StoreBusy.
    """
    with collection.locked(sha256):
        record = samples.find(collection.database, sha256, task=collection.task.name)
        if record is None:
            return None
        try:
            content = collection.files.get(record.file, sha256=sha256)
        except (BlobNotFound, StorageFailed):
            content = None
        _remove(collection, record, what=SampleChangeKind.WITHDRAWN, remark="", by=by)
        return content


def agree(collection: SampleCollection, sha256: str, other: str, *, by: str | None = None) -> None:
    """Whoever said that a film shows another class took that back: it is in dispute no more.

    Nothing changes where it is disputed for another class, or is no sample any more.

    Raises: StorageFailed, StoreBusy.
    """
    with collection.locked(sha256):
        sample_edits.end_dispute(
            collection.database, sha256, other, task=collection.task.name, by=by
        )


def _remove(
    collection: SampleCollection,
    record: SampleRecord,
    *,
    what: str,
    remark: str,
    by: str | None,
    is_set_aside: bool = False,
) -> None:
    hide(collection.files, record.file)
    try:
        sample_edits.delete(
            collection.database,
            record.sha256,
            what=what,
            remark=remark,
            by=by,
            task=collection.task.name,
        )
    except AppError as exc:
        # Where nobody knows, `finish_erasures` tells from the row whether the film comes back.
        if not isinstance(exc, OutcomeUnknown):
            restore(collection.files, record.file)
        raise
    erase(
        collection,
        record.sha256,
        size_bytes=record.size_bytes,
        sent_sha256=record.sent_sha256,
        is_set_aside=is_set_aside,
    )


def read_image(collection: SampleCollection, sha256: str) -> bytes:
    """A sample's file, wherever it lies; it may be relabelled meanwhile.

    Raises: NotFound if there is no such sample, or its file is gone; StoreBusy.
    """
    record = samples.get(collection.database, sha256, task=collection.task.name)
    with contextlib.suppress(BlobNotFound, StorageFailed):
        return collection.files.get(record.file, sha256=sha256)
    # Whoever relabels it holds the lock: its row and its file agree now.
    with collection.locked(sha256):
        record = samples.get(collection.database, sha256, task=collection.task.name)
        with contextlib.suppress(BlobNotFound, StorageFailed):
            return collection.files.get(record.file, sha256=sha256)
    raise NotFound(f"The file of sample '{sha256}' is gone; upload it again.")


def _content(collection: SampleCollection, record: SampleRecord) -> bytes:
    try:
        return collection.files.get(record.file, sha256=record.sha256)
    except (BlobNotFound, StorageFailed) as exc:
        raise StorageFailed(
            f"The file of sample '{record.sha256}' cannot be read ({exc.message}); upload it again."
        ) from exc


def archive(collection: SampleCollection, records: Iterable[SampleRecord]) -> Iterator[bytes]:
    """A ZIP of class folders, piece by piece, with a table of what is known of each film.

    Uploading it elsewhere brings the same films in. Films whose file is gone are in the table only.
    """
    sink = _Sink()
    table = io.StringIO(newline="")
    rows = csv.DictWriter(table, COLUMNS, extrasaction="ignore")
    rows.writeheader()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as files:
        for record in records:
            described = asdict(record) | {
                "created_at": record.created_at.isoformat(),
                "filename": shown_name(record.filename),
            }
            rows.writerow(
                {k: escape_formula(v) if isinstance(v, str) else v for k, v in described.items()}
            )
            try:
                content = read_image(collection, record.sha256)
            except NotFound:
                continue
            files.writestr(record.file, content)
            yield sink.drained()
        files.writestr(MANIFEST, table.getvalue())
    yield sink.drained()


class _Sink(io.RawIOBase):
    """What a ZIP is written to when it goes straight to a client: it cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        self._pieces.append(bytes(piece))
        return len(piece)

    def drained(self) -> bytes:
        """Everything written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
