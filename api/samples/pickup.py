"""Films that somebody put into the training folder by hand, in folders as `layout` reads them."""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from api.files import TEMPORARY_PREFIX, discard_abandoned, storage_errors
from api.inputs.filenames import printable_name
from api.inputs.layout import NO_CLASS, Described, LeftOut, describe_path, is_system_file
from api.records import samples
from api.samples.intake import About, Collection, Outcome

logger = logging.getLogger(__name__)

# Where a file goes that cannot be a sample; nothing of it is lost.
NOT_TAKEN = ".not-taken"
LOCK_NAME = f"{TEMPORARY_PREFIX}pick-up.lock"
# A file that changed just now may still be on its way.
SETTLED_S = 2.0


def pick_up(collection: Collection) -> Counter[str]:
    """Make samples of new files below the class folders; how many had each outcome.

    A file that was taken has its hash as its name afterwards; one that was not is moved to
    `.not-taken/`, and the reason is logged.

    Raises: StorageFailed, StoreBusy.
    """
    counted: Counter[str] = Counter()
    if not collection.folder.is_dir():
        return counted
    with storage_errors(collection.folder):
        try:
            with FileLock(collection.folder / LOCK_NAME, timeout=0):
                known = samples.files(collection.database)
                for path, described in _new_files(collection, known):
                    counted[_take(collection, path, described).outcome] += 1
        except Timeout:
            # Another worker is at it.
            pass
    return counted


def _new_files(
    collection: Collection, known: set[str]
) -> Iterator[tuple[Path, Described | LeftOut]]:
    """Files that are no samples yet and have arrived, and what their paths say."""
    now = time.time()
    # Of an upload that was killed while it wrote; nobody was told that it is stored.
    for folder in sorted(path for path in collection.folder.iterdir() if path.is_dir()):
        if collection.task.label_of_folder(folder.name):
            discard_abandoned(folder)
    for path in sorted(path for path in collection.folder.rglob("*") if path.is_file()):
        relative = path.relative_to(collection.folder)
        if is_system_file(relative.parts) or relative.as_posix() in known:
            continue
        described = describe_path(relative.parts, collection.task)
        # What no rule names may be of another task, or for people to read.
        is_nobodys = isinstance(described, LeftOut) and described.reason == NO_CLASS
        settled = now - path.stat().st_mtime > SETTLED_S
        if not is_nobodys and settled and not path.name.startswith(TEMPORARY_PREFIX):
            yield path, described


def _take(collection: Collection, path: Path, described: Described | LeftOut) -> Outcome:
    if isinstance(described, LeftOut):
        outcome = Outcome(path.name, None, "rejected", described.sentence)
        return _move_aside(collection, path, outcome)
    content = path.read_bytes()
    if left_over(collection, path):
        path.unlink()
        return Outcome(path.name, described.label, "duplicate")
    about = About(described.patient, described.source, origin="folder")
    outcome = collection.add(content, filename=path.name, label=described.label, about=about)
    if outcome.outcome in ("stored", "duplicate"):
        stored = collection.path_of(samples.get(collection.database, str(outcome.sha256)))
        if stored.exists() and not path.samefile(stored):
            path.unlink()
        return outcome
    return _move_aside(collection, path, outcome)


def _move_aside(collection: Collection, path: Path, outcome: Outcome) -> Outcome:
    target = collection.folder / NOT_TAKEN / path.relative_to(collection.folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)
    logger.warning("file not taken name=%r reason=%r", path.name, outcome.reason)
    return outcome


def left_over(collection: Collection, path: Path) -> bool:
    """Whether a relabelling that was cut short left this file behind."""
    record = samples.find(collection.database, printable_name(path.stem))
    return record is not None and collection.path_of(record).is_file()
