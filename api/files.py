"""Whole files or none: write under a temporary name, flush to disk, rename."""

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from api.clock import now
from api.errors import StorageFailed

TEMPORARY_PREFIX = ".tmp-"
# A write takes seconds; a temporary file older than this is nobody's any more.
ABANDONED_AFTER_S = 60.0


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_bounded(path: Path, *, max_bytes: int) -> bytes:
    """The content of a file that should be small, whatever lies there.

    Raises: OSError; ValueError if it is no file (a folder, a pipe) or larger than `max_bytes`.
    """
    # A pipe without a writer would be waited for.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not a file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(max_bytes + 1)
    finally:
        os.close(descriptor)
    if len(content) > max_bytes:
        raise ValueError(f"it is larger than {max_bytes // 1_000_000} MB")
    return content


def write_atomic(path: Path, content: bytes) -> None:
    """Write `content` so that `path` is either as before or complete, even after a power cut.

    Raises: StorageFailed when the disk is full, read-only or not writable; nothing is left behind.
    """
    with storage_errors(path):
        make_folder(path.parent)
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


def make_folder(folder: Path) -> None:
    """Make a folder that is missing, with those above it, so that it survives a power cut.

    Raises: OSError.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def free_bytes(folder: Path) -> int:
    """What ordinary users may still write to a folder's disk."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


@contextlib.contextmanager
def staged(path: Path, content: bytes, *, owner: str) -> Iterator[Path]:
    """`content` on disk beside `path`, to be renamed to it; gone afterwards unless it was.

    Its name tells whose it is, so that what a killed owner leaves can be found: see `staged_by`.

    Raises: StorageFailed.
    """
    temporary = staged_by(owner, path.parent)
    try:
        with storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        yield temporary
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def staged_by(owner: str, folder: Path) -> Path:
    """Where an owner's staged file or folder lies."""
    return folder / f"{TEMPORARY_PREFIX}{owner}"


def discard_abandoned(folder: Path) -> bool:
    """Remove the temporary files of killed processes; False if some are too young to tell."""
    are_gone = True
    for path in folder.glob(f"{TEMPORARY_PREFIX}*"):
        with contextlib.suppress(OSError):
            if now().timestamp() - path.stat().st_mtime > ABANDONED_AFTER_S:
                path.unlink()
            else:
                are_gone = False
    return are_gone


def sync_file(path: Path) -> None:
    """Wait until a file's content is on the disk. Raises: OSError."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def stamp(path: Path) -> tuple[int, int]:
    """Time of change (ns) and size, by which a change is noticed; zeros where there is no file."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


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
