"""Putting a backup back: all of it is read and checked before anything that is there is touched."""

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from api.clock import now
from api.errors import Conflict, InvalidRequest
from api.files import TEMPORARY_PREFIX, make_folder, sha256_of, storage_errors, sync_folder
from api.privacy.backup import container
from api.privacy.backup.container import Header
from api.privacy.backup.contents import (
    MANIFEST,
    MODELS,
    RECORDS,
    SET_ASIDE,
    STATE,
    place_of,
    records_file,
    roots,
)
from api.privacy.backup.shared_images import check_store_is_empty
from api.settings import Settings

# They go by their age, which a backup does not begin anew.
KEPT_IMAGES = f"{STATE}/kept"
MAX_MANIFEST_BYTES = 256_000_000
PIECE_BYTES = 1 << 20
# A serving process says every two seconds that it lives.
SILENT_S = 10.0
INCOMPLETE = (
    "The backup is cut short or altered ({what}); nothing was changed. Take another copy of it."
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, and where what was there before lies now (empty: nothing was)."""

    files: int
    created_at: str
    set_aside: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Staged:
    """Checked files beside where they go: by root, with what the manifest says."""

    folders: dict[str, Path]
    about: dict[str, Any]

    @property
    def names(self) -> list[str]:
        return sorted(self.about["files"])

    def path(self, name: str) -> Path:
        found = place_of(name, self.folders)
        assert found is not None
        return found


def header_of(file: Path) -> Header:
    """Whether a backup is encrypted. Raises: InvalidRequest."""
    with _opened(file) as opened:
        return container.read_header(opened)


def restore(
    settings: Settings, file: Path, *, passphrase: str | None = None, force: bool = False
) -> Restored:
    """Put a backup back.

    Args:
        force: what is there and not the same is set aside; otherwise the state must be empty.

    Raises: InvalidRequest if the file is no whole backup or the passphrase is wrong; Conflict if a
        server runs, or something is there already; StorageFailed.
    """
    records = records_file(settings)
    _check_nobody_serves(records)
    if not force:
        check_store_is_empty(settings)
    with storage_errors(file), _staging(settings, records) as folders:
        staged = _Staged(folders, _extract(file, folders, passphrase))
        aside = _in_the_way(settings, records, staged)
        if aside and not force:
            raise Conflict(
                f"There are {len(aside)} files here that are not the backup's, as "
                f"'{aside[0].name}'. Restore into an empty installation, or with --force: then "
                "they are set aside."
            )
        former_files = _set_aside(settings, records, aside)
        _install(settings, records, staged)
    return Restored(len(staged.names), str(staged.about["created_at"]), former_files)


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    try:
        with file.open("rb") as opened:
            yield opened
    except (FileNotFoundError, IsADirectoryError, PermissionError) as exc:
        raise InvalidRequest(f"'{file}' cannot be read ({exc.strerror}).") from exc


@contextlib.contextmanager
def _staging(settings: Settings, records: Path) -> Iterator[dict[str, Path]]:
    """A folder beside each place, on the same disk, so that the last step is a rename."""
    homes = {root.name: root.folder for root in roots(settings)}
    homes[RECORDS.partition("/")[0]] = records.absolute().parent
    name = f"{TEMPORARY_PREFIX}restore-{os.getpid()}"
    folders = {root: home / name / root for root, home in homes.items()}
    try:
        for folder in folders.values():
            make_folder(folder)
        yield folders
    finally:
        for folder in folders.values():
            shutil.rmtree(folder.parent, ignore_errors=True)


def _extract(file: Path, folders: dict[str, Path], passphrase: str | None) -> dict[str, Any]:
    """Write every file of the archive, and compare with the manifest; returns it."""
    found: dict[str, str] = {}
    about: dict[str, Any] | None = None
    with _opened(file) as opened:
        header = container.read_header(opened)
        source = container.reader(opened, header, passphrase)
        try:
            with tarfile.open(fileobj=source, mode="r|") as archive:
                for entry in archive:
                    content = archive.extractfile(entry)
                    if content is None or about is not None:
                        raise _incomplete("an entry that is no file")
                    if entry.name == MANIFEST:
                        about = json.loads(content.read(MAX_MANIFEST_BYTES))
                    else:
                        place = place_of(entry.name, folders)
                        found[entry.name] = _written(content, place)
                        if place is not None and entry.name.startswith(KEPT_IMAGES):
                            os.utime(place, (entry.mtime, entry.mtime))
            # To the last chunk: it says that none was cut off.
            source.read()
        except (tarfile.TarError, EOFError, ValueError) as exc:
            raise _incomplete("the archive cannot be read to its end") from exc
    return _checked(about, found)


def _written(content: IO[bytes], path: Path | None) -> str:
    """Write a file and return its SHA-256."""
    if path is None:
        raise _incomplete("a file that belongs nowhere")
    make_folder(path.parent)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        while piece := content.read(PIECE_BYTES):
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _checked(about: dict[str, Any] | None, found: dict[str, str]) -> dict[str, Any]:
    if not isinstance(about, dict) or not isinstance(about.get("files"), dict):
        raise _incomplete("its list of files is missing")
    for name, described in about["files"].items():
        if found.get(name) != described.get("sha256"):
            raise _incomplete(f"'{name}' is not as it was written")
    if RECORDS not in about["files"]:
        raise _incomplete("the records are missing")
    return about


def _incomplete(what: str) -> InvalidRequest:
    return InvalidRequest(INCOMPLETE.format(what=what))


def _check_nobody_serves(records: Path) -> None:
    """Raises: Conflict."""
    if not records.is_file():
        return
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(records)) as known:
        newest = known.execute("SELECT max(heartbeat_at) FROM workers").fetchone()[0]
        if newest is not None and now().timestamp() - newest < SILENT_S:
            raise Conflict("A server runs on these records; stop it, then restore.")


def _in_the_way(settings: Settings, records: Path, staged: _Staged) -> list[Path]:
    """What is here and is not as in the backup; the staged file goes where both are the same."""
    found: list[Path] = []
    for root in roots(settings):
        for relative in root.files():
            path, name = root.folder / relative, f"{root.name}/{relative}"
            described = staged.about["files"].get(name)
            # The program's own model lies beside the folders of the tasks.
            is_shipped = root.name == MODELS and "/" not in relative
            is_same = described is not None and sha256_of(path) == described["sha256"]
            if not is_same and not (described is None and is_shipped):
                found.append(path)
    if records.is_file() and _has_rows(records):
        found.append(records)
    return found


def _has_rows(records: Path) -> bool:
    """Whether something was ever stored; what cannot be read may have been."""
    try:
        with contextlib.closing(sqlite3.connect(records)) as connection:
            return any(
                connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()
                for table in ("predictions", "samples", "sample_changes", "jobs", "intakes")
            )
    except sqlite3.Error:
        return True


def _set_aside(settings: Settings, records: Path, paths: list[Path]) -> tuple[Path, ...]:
    """Move what is in the way into a folder beside it; returns those folders."""
    stamp = now().strftime("%Y%m%dT%H%M%S")
    homes = [root.folder for root in roots(settings)]
    made: set[Path] = set()
    for path in paths:
        home = path.parent if path == records else _home_of(path, homes)
        aside = home / f"{SET_ASIDE}{stamp}"
        target = aside / path.relative_to(home)
        make_folder(target.parent)
        path.rename(target)
        made.add(aside)
    for kind in ("wal", "shm"):
        log = records.with_name(f"{records.name}-{kind}")
        if records in paths and log.exists():
            log.rename(records.parent / f"{SET_ASIDE}{stamp}" / log.name)
    return tuple(sorted(made))


def _home_of(path: Path, homes: list[Path]) -> Path:
    return max((h for h in homes if path.is_relative_to(h)), key=lambda home: len(home.parts))


def _install(settings: Settings, records: Path, staged: _Staged) -> None:
    """One rename a file; the records last, which say what there is."""
    places = {root.name: root.folder for root in roots(settings)}
    for name in staged.names:
        if name != RECORDS and (target := place_of(name, places)):
            _place(staged.path(name), target)
    for kind in ("wal", "shm"):
        records.with_name(f"{records.name}-{kind}").unlink(missing_ok=True)
    _place(staged.path(RECORDS), records)


def _place(staged: Path, target: Path) -> None:
    make_folder(target.absolute().parent)
    staged.replace(target)
    sync_folder(target.absolute().parent)
