"""Films that somebody put into the training folder by hand: `<folder>/<class>/<any name>`."""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from api.errors import InvalidUpload
from api.files import TEMPORARY_PREFIX, discard_abandoned, storage_errors
from api.records import samples
from api.samples.intake import About, Collection, Outcome

logger = logging.getLogger(__name__)

# Where a file goes that cannot be a sample; nothing of it is lost.
NOT_TAKEN = ".not-taken"
LOCK_NAME = f"{TEMPORARY_PREFIX}pick-up.lock"
# A file that changed just now may still be on its way.
SETTLED_S = 2.0


def pick_up(collection: Collection) -> Counter[str]:
    """Make samples of new files in the class folders; how many had each outcome.

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
                for path, label in _new_files(collection, known):
                    counted[_take(collection, path, label).outcome] += 1
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
        for path in sorted(path for path in folder.iterdir() if path.is_file()):
            name = path.relative_to(collection.folder).as_posix()
            settled = now - path.stat().st_mtime > SETTLED_S
            if name not in known and settled and not path.name.startswith(TEMPORARY_PREFIX):
                yield path, label


def _take(collection: Collection, path: Path, label: str) -> Outcome:
    content = path.read_bytes()
    if left_over(collection, path):
        path.unlink()
        return Outcome(path.name, label, "duplicate")
    outcome = collection.add(content, filename=path.name, label=label, about=About(origin="folder"))
    if outcome.outcome in ("stored", "duplicate"):
        if path.name != Path(samples.get(collection.database, str(outcome.sha256)).file).name:
            path.unlink(missing_ok=True)
        return outcome
    target = collection.folder / NOT_TAKEN / label / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)
    logger.warning("file not taken name=%r reason=%r", path.name, outcome.reason)
    return outcome


def left_over(collection: Collection, path: Path) -> bool:
    """Whether a relabelling that was cut short left this file behind."""
    record = samples.find(collection.database, path.stem)
    return record is not None and collection.path_of(record).is_file()
