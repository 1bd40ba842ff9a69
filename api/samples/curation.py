"""What people do to samples once they are there: decide, relabel, delete, take away."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from api.errors import StorageFailed
from api.files import storage_errors, write_atomic
from api.records import samples
from api.records.samples import SampleRecord
from api.samples.intake import Collection
from api.spreadsheet import harmless

MANIFEST = "manifest.csv"
COLUMNS = (
    "sha256", "label", "file", "filename", "patient_id", "source", "origin", "added_by",
    "created_at", "part", "disputed",
)  # fmt: skip


def relabel(
    collection: Collection, sha256: str, label: str, *, remark: str, by: str | None = None
) -> SampleRecord:
    """Give a sample its class, and so end a dispute about it.

    Raises: NotFound, StorageFailed, StoreBusy.
    """
    record = samples.get(collection.database, sha256)
    extension = record.file.rpartition(".")[2]
    file = collection.file_of(label, sha256, extension)
    before = collection.path_of(record)
    if file != record.file:
        # The old file goes last: a power cut leaves one too many, never one too few.
        try:
            content = before.read_bytes()
        except OSError as exc:
            raise StorageFailed(
                f"The file of sample '{sha256}' cannot be read ({exc.strerror}); upload it again."
            ) from exc
        write_atomic(collection.folder / file, content)
    samples.settle(collection.database, sha256, label, file=file, remark=remark, by=by)
    if file != record.file:
        before.unlink(missing_ok=True)
    return samples.get(collection.database, sha256)


def delete(collection: Collection, sha256: str, *, remark: str, by: str | None = None) -> None:
    """Delete a sample and its file. Raises: NotFound, StorageFailed, StoreBusy."""
    record = samples.get(collection.database, sha256)
    path = collection.path_of(record)
    with storage_errors(path):
        path.unlink(missing_ok=True)
    samples.delete(collection.database, sha256, remark=remark, by=by)


def archive(collection: Collection, records: Iterable[SampleRecord]) -> Iterator[bytes]:
    """A ZIP of class folders, piece by piece, with a table of what is known of each film.

    Uploading it elsewhere brings the same films in. Films whose file is gone are in the table only.
    """
    sink = _Sink()
    table = io.StringIO(newline="")
    rows = csv.DictWriter(table, COLUMNS, extrasaction="ignore")
    rows.writeheader()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as files:
        for record in records:
            described = asdict(record) | {"created_at": record.created_at.isoformat()}
            rows.writerow(
                {k: harmless(v) if isinstance(v, str) else v for k, v in described.items()}
            )
            try:
                content = collection.path_of(record).read_bytes()
            except OSError:
                continue
            files.writestr(record.file, content)
            yield sink.taken()
        files.writestr(MANIFEST, table.getvalue())
    yield sink.taken()


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

    def taken(self) -> bytes:
        """Everything written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
