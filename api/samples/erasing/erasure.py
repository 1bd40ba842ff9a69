"""Deleting a film whole: its file, its row, and everything that was made or kept of it.

First the file gets a name under which nobody takes it for a sample, then the row goes, then all
the rest. Wherever this is cut off, `finish_erasures` tells from the row what is left to do.
"""

import contextlib
import logging
import re
from collections.abc import Iterator
from pathlib import Path

from api.errors import StorageFailed
from api.files import sha256_of, storage_errors, sync_folder
from api.inputs.images.formats import EXTENSIONS
from api.records.training_images import samples
from api.records.upkeep.latent_files import delete_latents
from api.samples.collection import SampleCollection
from api.samples.image_retention import retained_path

logger = logging.getLogger(__name__)

# Of a file whose sample is being deleted.
DOOMED_PREFIX = ".deleted-"
# Where a file goes that cannot be a sample; nothing of it is lost.
NOT_TAKEN = ".not-taken"
# Where a deleted film lies for a day, so that it can come back.
SET_ASIDE = ".deleted"
# Other names of that kind are somebody else's files.
SHA256 = re.compile("[0-9a-f]{64}")


def hide(path: Path) -> None:
    """Let nobody take a sample's file for one any more. Raises: StorageFailed."""
    with storage_errors(path), contextlib.suppress(FileNotFoundError):
        path.rename(_doomed(path))


def restore(path: Path) -> None:
    """A film that is not deleted after all has its file again."""
    doomed = _doomed(path)
    with contextlib.suppress(FileNotFoundError):
        if path.exists():
            doomed.unlink()
        else:
            doomed.rename(path)


def finish_erasures(collection: SampleCollection, folder: Path) -> None:
    """What deletions in a class folder that were cut off left to do, or take back.

    Raises: StorageFailed, StoreBusy.
    """
    for doomed in sorted(folder.glob(f"{DOOMED_PREFIX}*")):
        sha256 = doomed.stem.removeprefix(DOOMED_PREFIX)
        if not SHA256.fullmatch(sha256):
            continue
        with collection.locked(sha256):
            record = samples.find(collection.database, sha256, task=collection.task.name)
            if record is not None:
                restore(collection.path_of(record))
            elif doomed.exists():
                # It may be one that can come back: what is set aside has its own end.
                size_bytes = doomed.stat().st_size
                erase(collection, sha256, size_bytes=size_bytes, is_set_aside=True)
                logger.info("deletion finished sha256=%s", sha256[:12])


def erase(
    collection: SampleCollection,
    sha256: str,
    *,
    size_bytes: int,
    sent_sha256: str | None = None,
    is_set_aside: bool = False,
) -> None:
    """Remove every file of a film that has no row; the hidden one last, as it says what to do.

    Args:
        sent_sha256: of the film with its metadata, where that was left out.
        is_set_aside: whether it may come back for a day; those files then stay.

    Raises: StorageFailed.
    """
    try:
        for path in _made_of(collection, sha256, size_bytes):
            path.unlink(missing_ok=True)
        for path in () if is_set_aside else set_aside_files(collection, sha256):
            path.unlink(missing_ok=True)
        if sent_sha256 and collection.kept is not None:
            retained_path(collection.kept, sent_sha256).unlink(missing_ok=True)
        if collection.latents is not None:
            delete_latents(collection.latents, sha256)
        for prefix in ("", DOOMED_PREFIX):
            for path in _own_files(collection, sha256, prefix):
                if path.exists():
                    path.unlink()
                    sync_folder(path.parent)
    except OSError as exc:
        raise StorageFailed(
            f"Sample '{sha256}' is deleted, but not all of its files yet ({exc.strerror}); that is "
            "tried again every few seconds. Fix the folders' permissions."
        ) from exc


def set_aside_files(collection: SampleCollection, sha256: str) -> Iterator[Path]:
    """A film that was deleted and can come back, and its description, which goes first."""
    folder = collection.folder / SET_ASIDE
    description = folder / f"{sha256}.json"
    yield description
    yield from (path for path in folder.glob(f"{sha256}.*") if path != description)


def _made_of(collection: SampleCollection, sha256: str, size_bytes: int) -> Iterator[Path]:
    if collection.kept is not None:
        yield retained_path(collection.kept, sha256)
        # Kept of a DICOM film, under that file's hash.
        yield from _copies_in(collection.kept, sha256, size_bytes)
    yield from _copies_in(collection.folder / NOT_TAKEN, sha256, size_bytes)


def _doomed(path: Path) -> Path:
    return path.with_name(DOOMED_PREFIX + path.name)


def _own_files(collection: SampleCollection, sha256: str, prefix: str) -> Iterator[Path]:
    """Wherever a film may lie: a relabelling that was cut off leaves two files."""
    for label in collection.task.known_labels:
        for extension in EXTENSIONS.values():
            path = collection.folder / collection.file_of(label, sha256, extension)
            yield path.with_name(prefix + path.name)


def _copies_in(folder: Path, sha256: str, size_bytes: int) -> Iterator[Path]:
    """The same film among the files of a folder, whatever its name is there."""
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            is_as_large = path.is_file() and path.stat().st_size == size_bytes
            if is_as_large and sha256_of(path) == sha256:
                yield path
