"""Making a backup beside a running server: a sound copy of the records, and the files they name."""

import contextlib
import hashlib
import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from api.clock import now
from api.errors import InvalidRequest, StorageFailed
from api.files import TEMPORARY_PREFIX, make_folder, storage_errors, sync_folder
from api.privacy.backup import container
from api.privacy.backup.contents import (
    MANIFEST,
    MODELS,
    RECORDS,
    STATE,
    TRAINING,
    Root,
    records_file,
    roots,
)
from api.privacy.backup.shared_images import kept_images, training_images
from api.settings import Settings
from api.version import VERSION


@dataclass(frozen=True, slots=True)
class Summary:
    """What a backup holds: files, their bytes, and samples whose file was gone."""

    files: int
    size_bytes: int
    missing: tuple[str, ...]


@dataclass(slots=True)
class _Archive:
    """The archive while it is written; `files` is what the manifest says of each."""

    tar: tarfile.TarFile
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, path: Path) -> bool:
        """Add a file as it is now; False if it is gone by now."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return False
        with file:
            # What is open stays whole: files are replaced, never written to.
            status = os.fstat(file.fileno())
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = status.st_size, int(status.st_mtime), 0o644
            content = _Hashed(file)
            self.tar.addfile(entry, content)
        self.files[name] = {"sha256": content.digest.hexdigest(), "bytes": status.st_size}
        return True

    def add_content(self, name: str, content: bytes, *, at: datetime) -> None:
        """Add what is no file here."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime, entry.mode = len(content), int(at.timestamp()), 0o644
        self.tar.addfile(entry, io.BytesIO(content))
        digest = hashlib.sha256(content).hexdigest()
        self.files[name] = {"sha256": digest, "bytes": len(content)}

    def close(self, about: dict[str, Any]) -> None:
        """Write the manifest, the last entry: without it a backup is not whole."""
        content = json.dumps(about | {"files": self.files}, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(content)
        self.tar.addfile(entry, io.BytesIO(content))
        self.tar.close()


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece


def create(settings: Settings, target: Path, *, passphrase: str | None = None) -> Summary:
    """Write a backup; `target` is whole or not there.

    Raises: InvalidRequest if there is something at `target`, or the records are elsewhere;
        StorageFailed, StorageUnavailable.
    """
    source = records_file(settings)
    if target.exists():
        raise InvalidRequest(f"There is something at '{target}' already; choose another name.")
    temporary = target.with_name(f"{TEMPORARY_PREFIX}{target.name}-{os.getpid()}")
    with storage_errors(target):
        make_folder(target.absolute().parent)
        try:
            with temporary.open("xb") as file:
                # Whoever may read the records may read this.
                temporary.chmod(0o600)
                with container.writer(file, passphrase) as archive:
                    summary = _write(archive, settings, source)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        sync_folder(target.absolute().parent)
    return summary


def _write(file: IO[bytes], settings: Settings, source: Path) -> Summary:
    tar = tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
    archive = _Archive(tar)
    folders = roots(settings)
    for root in folders:
        _add_new(archive, root)
    with _copied(source, settings.state_dir) as copy:
        samples = _sample_files(copy)
        archive.add(RECORDS, copy)
    # What came while the first ones were copied, and what was moved to another class.
    for root in folders:
        _add_new(archive, root)
    _leave_out_removed(archive, settings.models_dir)
    if settings.storage_url:
        _add_shared(archive, settings, samples)
    missing = tuple(sorted(f for f in samples if f"{TRAINING}/{f}" not in archive.files))
    archive.close(
        {
            "created_at": now().isoformat(),
            "program": VERSION,
            "task": settings.task,
            "missing": missing,
        }
    )
    total = sum(int(entry["bytes"]) for entry in archive.files.values())
    return Summary(len(archive.files), total, missing)


def _add_new(archive: _Archive, root: Root) -> None:
    for relative in root.files():
        name = f"{root.name}/{relative}"
        # A file of this name may be another one by now: champion.json, for instance.
        if name not in archive.files:
            archive.add(name, root.folder / relative)


def _add_shared(archive: _Archive, settings: Settings, samples: set[str]) -> None:
    for relative, content in training_images(settings, samples):
        if f"{TRAINING}/{relative}" not in archive.files:
            archive.add_content(f"{TRAINING}/{relative}", content, at=now())
    for relative, content, since in kept_images(settings):
        if f"{STATE}/{relative}" not in archive.files:
            archive.add_content(f"{STATE}/{relative}", content, at=since)


def _leave_out_removed(archive: _Archive, models: Path) -> None:
    """A version that was removed meanwhile may be in the archive in part."""
    for name in list(archive.files):
        root, _, relative = name.partition("/")
        if root == MODELS and not (models / relative).exists():
            del archive.files[name]


@contextlib.contextmanager
def _copied(source: Path, folder: Path) -> Iterator[Path]:
    """A copy of the records as they are at one moment, checked; gone afterwards.

    It lies in the state folder, which is protected as the records are.

    Raises: StorageFailed.
    """
    if not source.is_file():
        raise StorageFailed(f"There are no records at '{source}'; start the server once.")
    copy = folder / f"{TEMPORARY_PREFIX}backup-{os.getpid()}.db"
    try:
        with (
            contextlib.closing(sqlite3.connect(source, timeout=30)) as original,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            # In one step: in several it would begin again at each commit of others.
            original.backup(target, pages=-1)
            target.execute("PRAGMA journal_mode=DELETE")
            # Whoever restores it has other processes.
            target.execute("DELETE FROM workers")
            target.commit()
            found = target.execute("PRAGMA quick_check").fetchone()[0]
        if found != "ok":
            raise StorageFailed(f"The records are damaged ({found}); nothing was backed up.")
        yield copy
    except sqlite3.Error as exc:
        raise StorageFailed(f"The records could not be copied ({exc}).") from exc
    finally:
        for path in (copy, copy.with_name(f"{copy.name}-journal")):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def _sample_files(copy: Path) -> set[str]:
    """Where the samples of the copied records lie, below the training folder."""
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        return {
            f"{task}/{file}" for task, file in connection.execute("SELECT task, file FROM samples")
        }
