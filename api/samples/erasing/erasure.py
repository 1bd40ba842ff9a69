"""Deleting a film whole: its file, its row, and everything that was made or kept of it.

First the file gets a name under which nobody takes it for a sample, then the row goes, then all
the rest. Wherever this is cut off, `finish_erasures` tells from the row what is left to do.
A store of several machines is treated as a folder is.
"""

import contextlib
import hashlib
import logging
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePosixPath

from api.errors import AppError, BlobNotFound, StorageFailed, StorageUnavailable
from api.inputs.images.formats import EXTENSIONS
from api.records.training_images import samples
from api.records.upkeep.latent_files import delete_latents, delete_shared_latents
from api.samples.collection import SampleCollection
from api.storage.blob_store import BlobStore
from api.storage.folder_store import FolderStore

logger = logging.getLogger(__name__)

# Of a file whose sample is being deleted.
DOOMED_PREFIX = ".deleted-"
# Where a file goes that cannot be a sample; nothing of it is lost.
NOT_TAKEN = ".not-taken"
# Where a deleted film lies for a day, so that it can come back.
SET_ASIDE = ".deleted"
# Other names of that kind are somebody else's files.
SHA256 = re.compile("[0-9a-f]{64}")


def hide(files: BlobStore, file: str) -> None:
    """Let nobody take a sample's file for one any more.

    Raises: StorageFailed, StorageUnavailable.
    """
    with contextlib.suppress(BlobNotFound):
        files.move(file, _doomed(file))


def restore(files: BlobStore, file: str) -> None:
    """A film that is not deleted after all has its file again.

    Raises: StorageFailed, StorageUnavailable.
    """
    doomed = _doomed(file)
    if files.head(doomed) is None:
        return
    if files.head(file) is not None:
        files.delete(doomed)
    else:
        with contextlib.suppress(BlobNotFound):
            files.move(doomed, file)


def finish_erasures(collection: SampleCollection, label: str) -> None:
    """What deletions in a class folder that were cut off left to do, or take back.

    Raises: StorageFailed, StorageUnavailable, StoreBusy.
    """
    files = collection.files
    for doomed in list(files.list(f"{label}/{DOOMED_PREFIX}")):
        sha256 = PurePosixPath(doomed.key).stem.removeprefix(DOOMED_PREFIX)
        if not SHA256.fullmatch(sha256):
            continue
        with collection.locked(sha256):
            record = samples.find(collection.database, sha256, task=collection.task.name)
            if record is not None:
                restore(files, record.file)
            elif files.head(doomed.key) is not None:
                # It may be one that can come back: what is set aside has its own end.
                erase(collection, sha256, size_bytes=doomed.size_bytes, is_set_aside=True)
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

    Raises: StorageFailed, after all was tried; the hidden file then stays for the next time.
    """
    files = collection.files
    steps: list[Callable[[], None]] = [
        partial(_delete_copies, FolderStore(collection.folder / NOT_TAKEN), sha256, size_bytes)
    ]
    if collection.retained is not None:
        named = [sha256, sent_sha256] if sent_sha256 else [sha256]
        steps.append(partial(collection.retained.delete, *named))
        # A copy may be kept of a DICOM film, under that file's hash.
        steps.append(partial(_delete_copies, collection.retained, sha256, size_bytes))
    if not is_set_aside:
        steps.append(lambda: files.delete(*set_aside_files(collection, sha256)))
    if collection.latents is not None:
        steps.append(partial(delete_latents, collection.latents, sha256))
    if collection.shared_latents is not None:
        steps.append(partial(delete_shared_latents, collection.shared_latents, sha256))
    own = list(_own_files(collection, sha256))
    if collection.store is not None:
        # As it lay there before the store was set.
        steps.append(partial(FolderStore(collection.folder).delete, *own))
    steps.append(partial(files.delete, *own))
    failed = [exc for step in steps if (exc := _failure_of(step))]
    if not failed and (exc := _failure_of(partial(files.delete, *map(_doomed, own)))):
        failed.append(exc)
    if failed:
        reasons = ", ".join(dict.fromkeys(map(_reason, failed)))
        raise StorageFailed(
            f"Sample '{sha256}' is deleted, but not all of its files yet ({reasons}); that is "
            "tried again by itself. Fix the folders' permissions, or see that the store answers."
        ) from failed[0]


def _failure_of(step: Callable[[], None]) -> OSError | AppError | None:
    """What one step fails with; the others are taken all the same, so that little is left."""
    try:
        step()
    except (OSError, StorageFailed, StorageUnavailable) as exc:
        return exc
    return None


def _reason(exc: OSError | AppError) -> str:
    return exc.message if isinstance(exc, AppError) else exc.strerror or str(exc)


def _delete_copies(store: BlobStore, sha256: str, size_bytes: int) -> None:
    # One by one: the list may end at a folder that cannot be read.
    for key in _copies_in(store, sha256, size_bytes):
        store.delete(key)


def set_aside_files(collection: SampleCollection, sha256: str) -> list[str]:
    """A film that was deleted and can come back, and its description, which goes first."""
    found = [blob.key for blob in collection.files.list(f"{SET_ASIDE}/{sha256}.")]
    return sorted(found, key=lambda key: not key.endswith(".json"))


def _doomed(file: str) -> str:
    path = PurePosixPath(file)
    return str(path.with_name(DOOMED_PREFIX + path.name))


def _own_files(collection: SampleCollection, sha256: str) -> Iterator[str]:
    """Wherever a film may lie: a relabelling that was cut off leaves two files."""
    for label in collection.task.known_labels:
        for extension in EXTENSIONS.values():
            yield collection.file_of(label, sha256, extension)


def _copies_in(store: BlobStore, sha256: str, size_bytes: int) -> Iterator[str]:
    """The same film among the files of a folder, whatever its name is there."""
    for blob in store.list():
        if blob.size_bytes == size_bytes:
            with contextlib.suppress(BlobNotFound, StorageFailed):
                if hashlib.sha256(store.get(blob.key)).hexdigest() == sha256:
                    yield blob.key
