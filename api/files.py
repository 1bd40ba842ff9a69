"""Whole files or none: write under a temporary name, flush to disk, rename."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from api.errors import StorageFailed

TEMPORARY_PREFIX = ".tmp-"


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomic(path: Path, content: bytes) -> None:
    """Write `content` so that `path` is either as before or complete, even after a power cut.

    Raises: StorageFailed when the disk is full, read-only or not writable; nothing is left behind.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY_PREFIX)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
        sync_folder(path.parent)


def free_bytes(folder: Path) -> int:
    """What ordinary users may still write to a folder's disk."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries, so that a rename in it survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Translate the operating system's refusal to write into a sentence for people."""
    try:
        yield
    except OSError as exc:
        reason = exc.strerror or str(exc)
        raise StorageFailed(
            f"'{path.name}' could not be written ({reason}); nothing was stored. "
            "Free some space or fix the folder's permissions, then try again."
        ) from exc
