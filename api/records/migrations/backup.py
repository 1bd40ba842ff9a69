"""A copy of an SQLite file, made before its schema changes."""

import contextlib
import filecmp
import os
import shutil
import sqlite3
from pathlib import Path

from api.files import staged_by, sync_folder


def back_up(path: Path, revision: str) -> Path:
    """Copy a database to `NAME.before-REVISION.bak` beside it, on the disk when this returns.

    Copies that are there stay: one with other content gets a number. The caller holds the lock of
    the database.

    Args:
        revision: the one that the database is about to be brought to.

    Returns: where the copy is.

    Raises: OSError, sqlite3.Error.
    """
    temporary = staged_by(f"{path.name}.bak", path.parent)
    try:
        temporary.unlink(missing_ok=True)
        _copy(path, temporary)
        target = _place(path, revision, temporary)
        temporary.replace(target)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    return target


def _copy(path: Path, target: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(path)) as source,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)
        # One file that can be copied and sent, without a log beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
    shutil.copymode(path, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _place(path: Path, revision: str, copy: Path) -> Path:
    """The first name that is free, or whose file is the same: an upgrade that failed, again."""
    number = 1
    while True:
        suffix = f".before-{revision}.bak" if number == 1 else f".before-{revision}.{number}.bak"
        target = path.with_name(path.name + suffix)
        if not target.exists() or filecmp.cmp(copy, target, shallow=False):
            return target
        number += 1
