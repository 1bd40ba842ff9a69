"""Blobs as files below a folder: a blob's key is its path there."""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from filelock import FileLock

from api.errors import BlobChanged, BlobDamaged, BlobNotFound, StorageFailed
from api.files import (
    TEMPORARY_PREFIX,
    make_folder,
    storage_errors,
    sync_file,
    sync_folder,
    write_atomic,
)
from api.storage.blob_store import BlobInfo

# Taken only by those who compare before they replace.
LOCK_NAME = f"{TEMPORARY_PREFIX}storage.lock"
GONE = (FileNotFoundError, NotADirectoryError)


@dataclass(frozen=True, slots=True)
class FolderStore:
    """See `BlobStore`."""

    folder: Path

    def path_of(self, key: str) -> Path:
        """Where a blob lies. Raises: BlobNotFound for a key that leads out of the folder."""
        path = PurePosixPath(key)
        if not key or path.is_absolute() or ".." in path.parts:
            raise BlobNotFound.of(key)
        return self.folder / path

    def get(self, key: str, *, sha256: str | None = None) -> bytes:
        """See `BlobStore.get`; what lies in a folder is not compared each time it is read."""
        with _reading(key):
            return self.path_of(key).read_bytes()

    def get_to_file(self, key: str, path: Path, *, sha256: str) -> None:
        """See `BlobStore.get_to_file`."""
        with _reading(key), self.path_of(key).open("rb") as source:
            found = hashlib.file_digest(source, "sha256").hexdigest()
            if found != sha256:
                raise BlobDamaged.of(key)
            source.seek(0)
            with storage_errors(path), path.open("wb") as target:
                shutil.copyfileobj(source, target)

    def head(self, key: str) -> BlobInfo | None:
        """See `BlobStore.head`."""
        return _info(self.path_of(key), key)

    def list(self, prefix: str = "") -> Iterator[BlobInfo]:
        """See `BlobStore.list`. What cannot be read of it is said after the rest."""
        home, _, start = prefix.rpartition("/")
        try:
            names = sorted(entry.name for entry in os.scandir(self.folder / home))
        except GONE:
            return
        except OSError as exc:
            raise StorageFailed(
                f"The folder '{(self.folder / home).name}' cannot be read ({exc.strerror}); fix "
                "its permissions."
            ) from exc
        unread: StorageFailed | None = None
        for name in names:
            if not name.startswith(start):
                continue
            key = f"{home}/{name}" if home else name
            if (self.folder / key).is_dir():
                try:
                    yield from self.list(f"{key}/")
                except StorageFailed as exc:
                    unread = unread or exc
            elif found := _info(self.folder / key, key):
                yield found
        if unread:
            raise unread

    def put(self, key: str, content: bytes | Path) -> None:
        """See `BlobStore.put`."""
        target = self.path_of(key)
        if isinstance(content, bytes):
            write_atomic(target, content)
            return
        with draft_of(target) as draft:
            shutil.copyfile(content, draft)
            sync_file(draft)
            draft.replace(target)

    def put_if_absent(self, key: str, content: bytes) -> bool:
        """See `BlobStore.put_if_absent`."""
        target = self.path_of(key)
        with draft_of(target) as draft:
            draft.write_bytes(content)
            sync_file(draft)
            try:
                os.link(draft, target)
            except FileExistsError:
                return False
        return True

    def put_if_match(self, key: str, content: bytes, *, etag: str) -> None:
        """See `BlobStore.put_if_match`."""
        target = self.path_of(key)
        with storage_errors(target):
            make_folder(self.folder)
            with FileLock(self.folder / LOCK_NAME):
                found = self.head(key)
                if found is None or found.etag != etag:
                    raise BlobChanged.of(key)
                write_atomic(target, content)

    def move(self, key: str, target: str) -> None:
        """See `BlobStore.move`."""
        source, goal = self.path_of(key), self.path_of(target)
        with storage_errors(source):
            try:
                if not source.is_file():
                    raise BlobNotFound.of(key)
                make_folder(goal.parent)
                source.rename(goal)
            except FileNotFoundError as exc:
                raise BlobNotFound.of(key) from exc

    def delete(self, *keys: str) -> None:
        """See `BlobStore.delete`."""
        for key in keys:
            path = self.path_of(key)
            with storage_errors(path), contextlib.suppress(*GONE):
                if path.exists():
                    path.unlink()
                    sync_folder(path.parent)

    def check(self) -> None:
        """See `BlobStore.check`. Raises: StorageFailed if nothing can be written there."""
        there = next(path for path in (self.folder, *self.folder.parents) if path.exists())
        if not os.access(there, os.W_OK):
            raise StorageFailed(f"'{self.folder.name}' cannot be written; fix its permissions.")


def _info(path: Path, key: str) -> BlobInfo | None:
    try:
        status = path.stat()
    except OSError:
        return None
    written = datetime.fromtimestamp(status.st_mtime, UTC)
    return BlobInfo(key, status.st_size, written, f"{status.st_ino}-{status.st_mtime_ns}")


@contextlib.contextmanager
def _reading(key: str) -> Iterator[None]:
    try:
        yield
    except (*GONE, IsADirectoryError) as exc:
        raise BlobNotFound.of(key) from exc
    except OSError as exc:
        raise StorageFailed(
            f"'{PurePosixPath(key).name}' cannot be read ({exc.strerror}); fix its permissions or "
            "the disk."
        ) from exc


@contextlib.contextmanager
def draft_of(target: Path) -> Iterator[Path]:
    """A file beside `target` that is gone afterwards, unless it was renamed."""
    with storage_errors(target):
        make_folder(target.parent)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=TEMPORARY_PREFIX)
        os.close(descriptor)
        draft = Path(name)
        try:
            draft.chmod(0o644)
            yield draft
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(target.parent)
