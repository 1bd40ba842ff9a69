"""Films that somebody put into the training folder by hand: `<folder>/<class>/<any name>`."""

import contextlib
import hashlib
import logging
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from api.errors import InvalidUpload
from api.files import TEMPORARY_PREFIX, discard_abandoned, storage_errors
from api.records import samples
from api.samples.erasure import DOOMED_PREFIX, finish_erasures
from api.samples.erasure import NOT_TAKEN as NOT_TAKEN
from api.samples.intake import About, Collection, Outcome

logger = logging.getLogger(__name__)

ORIGIN = "folder"
OWN = "own"
UNFINISHED = (TEMPORARY_PREFIX, DOOMED_PREFIX)
LOCK_NAME = f"{TEMPORARY_PREFIX}pick-up.lock"
# A file that changed just now may still be on its way.
SETTLED_S = 2.0


def pick_up(collection: Collection) -> Counter[str]:
    """Make samples of new files in the class folders; how many had each outcome.

    A file that was taken has its hash as its name afterwards; one that was not, as a film that was
    deleted before, is moved to `.not-taken/`, and the reason is logged.

    Raises: StorageFailed, StoreBusy.
    """
    counted: Counter[str] = Counter()
    if not collection.folder.is_dir():
        return counted
    with storage_errors(collection.folder):
        try:
            with FileLock(collection.folder / LOCK_NAME, timeout=0):
                known = samples.files(collection.database)
                for path, label in _new_files(collection, known):
                    if outcome := _take(collection, path, label):
                        counted[outcome.outcome] += 1
        except Timeout:
            # Another worker is at it.
            pass
    return counted


def _new_files(collection: Collection, known: set[str]) -> Iterator[tuple[Path, str]]:
    now = time.time()
    for folder in sorted(path for path in collection.folder.iterdir() if path.is_dir()):
        try:
            label = collection.require_label(folder.name)
        except InvalidUpload:
            continue
        # Of an upload that was killed while it wrote; nobody was told that it is stored.
        discard_abandoned(folder)
        finish_erasures(collection, folder)
        for path in sorted(path for path in folder.iterdir() if path.is_file()):
            name = path.relative_to(collection.folder).as_posix()
            if name not in known and not path.name.startswith(UNFINISHED) and _rests(path, now):
                yield path, label


def _rests(path: Path, now: float) -> bool:
    """Whether a file is there and has not changed for a while."""
    with contextlib.suppress(FileNotFoundError):
        return now - path.stat().st_mtime > SETTLED_S
    return False


def _take(collection: Collection, path: Path, label: str) -> Outcome | None:
    """What came of a file; None if it is a sample's by now, or gone."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    sha256 = hashlib.sha256(content).hexdigest()
    if path.stem == sha256 and (name := _settled(collection, path, sha256)):
        return None if name == OWN else Outcome(path.name, label, name)
    outcome = collection.add(content, filename=path.name, label=label, about=About(origin=ORIGIN))
    if outcome.outcome in ("stored", "duplicate"):
        _drop_copy(collection, path, sha256)
    else:
        _put_aside(collection, path, label)
        logger.warning("file not taken name=%r reason=%r", path.name, outcome.reason)
    return outcome


def _settled(collection: Collection, path: Path, sha256: str) -> str | None:
    """A file that has its hash as its name was a sample's, as one that was relabelled when the
    power went: it is the sample's now, or one too many, or (None) nobody's."""
    with collection.locked(sha256):
        record = samples.find(collection.database, sha256)
        if record is None:
            return None
        own = collection.path_of(record)
        if own == path:
            return OWN
        if own.is_file():
            path.unlink(missing_ok=True)
        elif path.is_file():
            own.parent.mkdir(parents=True, exist_ok=True)
            path.replace(own)
        return "duplicate"


def _drop_copy(collection: Collection, path: Path, sha256: str) -> None:
    """The sample has a file of its own, named by its hash."""
    with collection.locked(sha256):
        record = samples.find(collection.database, sha256)
        if record is not None and collection.path_of(record) != path:
            path.unlink(missing_ok=True)


def _put_aside(collection: Collection, path: Path, label: str) -> None:
    target = collection.folder / NOT_TAKEN / label / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while target.exists():
        number += 1
        target = target.with_name(f"{path.stem}-{number}{path.suffix}")
    with contextlib.suppress(FileNotFoundError):
        path.rename(target)
