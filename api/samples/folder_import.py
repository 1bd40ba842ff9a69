"""Films that somebody put into the training folder by hand, in folders as `layout` reads them."""

import contextlib
import hashlib
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from api.clock import now
from api.files import TEMPORARY_PREFIX, discard_abandoned, storage_errors
from api.inputs.images.formats import is_dicom
from api.inputs.layout import NO_CLASS, Described, LeftOut, describe_sample, is_system_file
from api.records.training_images import samples
from api.records.training_images.samples import SampleRecord
from api.samples.collection import SampleCollection
from api.samples.erasing.erasure import DOOMED_PREFIX, finish_erasures
from api.samples.erasing.erasure import NOT_TAKEN as NOT_TAKEN
from api.samples.outcomes import FileState, Provenance, UploadOutcome

logger = logging.getLogger(__name__)

ORIGIN = "folder"
OWN = "own"
UNFINISHED = (TEMPORARY_PREFIX, DOOMED_PREFIX)
LOCK_NAME = f"{TEMPORARY_PREFIX}pick-up.lock"
# A file that changed just now may still be on its way.
SETTLED_S = 2.0
# As much as tells whether it is DICOM.
HEAD_BYTES = 4096


def import_folder(collection: SampleCollection, *, wait_s: float = 0.0) -> Counter[str]:
    """Make samples of new files below the class folders; how many had each outcome.

    A file that was taken has its hash as its name afterwards; one that was not, as a film that was
    deleted before, is moved to `.not-taken/`, and the reason is logged.

    With a store of several machines the folder is where films wait: what was taken leaves it, and
    so do samples that were stored there before the store was set.

    Args:
        wait_s: how long to wait for another worker that is at it, and may have passed a file by.

    Raises: StorageFailed, StorageUnavailable, StoreBusy.
    """
    counted: Counter[str] = Counter()
    if not collection.folder.is_dir():
        return counted
    with storage_errors(collection.folder):
        try:
            with FileLock(collection.folder / LOCK_NAME, timeout=wait_s):
                known = set()
                if collection.store is None:
                    known = samples.files(collection.database, task=collection.task.name)
                for path, described in _new_files(collection, known):
                    if outcome := _import_file(collection, path, described):
                        counted[outcome.outcome] += 1
        except Timeout:
            # Another worker is at it; it takes what came before it began.
            pass
    return counted


def _new_files(
    collection: SampleCollection, known: set[str]
) -> Iterator[tuple[Path, Described | LeftOut]]:
    """Files that are no samples yet and have arrived, and what their paths say."""
    seen_at_s = now().timestamp()
    # Of an upload that was killed while it wrote; nobody was told that it is stored.
    for folder in sorted(path for path in collection.folder.iterdir() if path.is_dir()):
        if collection.task.label_named(folder.name):
            discard_abandoned(folder)
            if collection.store is None:
                finish_erasures(collection, folder.name)
    for path in sorted(path for path in collection.folder.rglob("*") if path.is_file()):
        relative = path.relative_to(collection.folder)
        if is_system_file(relative.parts) or relative.as_posix() in known:
            continue
        if path.name.startswith(UNFINISHED) or not _rests(path, seen_at_s):
            continue
        described = describe_sample(relative.parts, collection.task)
        # What no rule names may be of another task, or for people to read.
        if not (isinstance(described, LeftOut) and described.reason == NO_CLASS):
            yield path, described


def _rests(path: Path, at_s: float) -> bool:
    """Whether a file is there and has not changed for a while."""
    with contextlib.suppress(FileNotFoundError):
        return at_s - path.stat().st_mtime > SETTLED_S
    return False


def _import_file(
    collection: SampleCollection, path: Path, described: Described | LeftOut
) -> UploadOutcome | None:
    """What came of a file; None if it is a sample's by now, or gone."""
    if isinstance(described, LeftOut):
        outcome = UploadOutcome(path.name, None, FileState.REJECTED, described.sentence)
        return _put_aside(collection, path, outcome)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    sha256 = hashlib.sha256(content).hexdigest()
    if path.stem == sha256 and (name := _settled(collection, path, sha256)):
        is_own = name == OWN
        return None if is_own else UploadOutcome(path.name, described.label, FileState.DUPLICATE)
    about = Provenance(origin=ORIGIN, by_path=described)
    outcome = collection.add(content, filename=path.name, label=described.label, about=about)
    if outcome.outcome in (FileState.STORED, FileState.DUPLICATE):
        # Of a DICOM film another file is stored: what it shows.
        _drop_copy(collection, path, outcome.sha256 or sha256)
        return outcome
    return _put_aside(collection, path, outcome)


def _settled(collection: SampleCollection, path: Path, sha256: str) -> str | None:
    """A file that has its hash as its name was a sample's, as one that was relabelled when the
    power went: it is the sample's now, or one too many, or (None) nobody's."""
    with collection.locked(sha256):
        record = samples.find(collection.database, sha256, task=collection.task.name)
        if record is None:
            return None
        if _is_own(collection, record, path):
            return OWN
        if collection.files.head(record.file) is None and path.is_file():
            collection.files.put(record.file, path)
        path.unlink(missing_ok=True)
        return "duplicate"


def _drop_copy(collection: SampleCollection, path: Path, sha256: str) -> None:
    """The sample has a file of its own, named by its hash."""
    with collection.locked(sha256):
        record = samples.find(collection.database, sha256, task=collection.task.name)
        if record is not None and not _is_own(collection, record, path):
            path.unlink(missing_ok=True)


def _is_own(collection: SampleCollection, record: SampleRecord, path: Path) -> bool:
    """Whether a file is the sample's own, also on a disk that does not tell capitals apart."""
    if collection.store is not None:
        return False
    own = collection.folder / record.file
    with contextlib.suppress(FileNotFoundError):
        return own.samefile(path)
    return own == path


def _put_aside(collection: SampleCollection, path: Path, outcome: UploadOutcome) -> UploadOutcome:
    target = collection.folder / NOT_TAKEN / path.relative_to(collection.folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while target.exists():
        number += 1
        target = target.with_name(f"{path.stem}-{number}{path.suffix}")
    with contextlib.suppress(FileNotFoundError):
        path.rename(target)
    logger.warning("file not taken name=%r reason=%r", _logged_name(target), outcome.reason)
    return outcome


def _logged_name(path: Path) -> str:
    """Nobody knows of a DICOM file that was refused whether its name tells whose film it is."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        if not is_dicom(file.read(HEAD_BYTES)):
            return path.name
    return "a DICOM file"
