"""Films in a store that no record knows: what an upload left that was killed between writing the
file and its row, or whose commit nobody answered. Nobody was told that they are stored."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import PurePosixPath

from api.clock import now
from api.errors import BlobNotFound
from api.records.training_images import samples
from api.samples.collection import SampleCollection
from api.storage.blob_store import BlobInfo

logger = logging.getLogger(__name__)

# An upload writes its row seconds after its file; machines' clocks may differ.
GRACE_S = 3600.0
# Looked up at once, so that memory holds no more of a bucket.
PAGE = 500
# More than uploads leave behind; then it is the records that miss something.
MAX_LEFT = 100
# The whole name of a sample's file.
OWN_NAME = re.compile(r"([0-9a-f]{64})\.[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Unregistered:
    """Files of samples in a store that are no row's: `lost` are of films without any, `copies` of
    films whose row names another file, as after a relabelling. `known` are all others there.

    Both have at most one more than `MAX_LEFT`.
    """

    lost: tuple[str, ...]
    copies: tuple[str, ...]
    known: int

    @property
    def may_go(self) -> tuple[str, ...]:
        """Those to remove: none that is lost where the records look like another store's, as new
        ones do, or those that were restored from long ago."""
        are_few = len(self.lost) <= min(MAX_LEFT, self.known)
        return (*self.copies, *(self.lost if are_few else ()))


def sweep(
    collection: SampleCollection,
    *,
    older_than_s: float = GRACE_S,
    goes_on: Callable[[], bool] = lambda: True,
) -> int:
    """Remove the files in a store that have been in no row for so long; returns how many.

    Each is looked at once more under its film's lock. A copy takes the place of a file that its
    row misses.

    Raises: StorageFailed, StorageUnavailable, StoreBusy.
    """
    found = find(collection, older_than_s=older_than_s, goes_on=goes_on)
    if found.lost and not set(found.lost) <= set(found.may_go):
        logger.warning(
            "films in no record task=%s n=%d known=%d, too many to be what uploads left: left "
            "there; is this the database of this store?",
            collection.task.name,
            len(found.lost),
            found.known,
        )
    limit = now() - timedelta(seconds=older_than_s)
    removed = sum(_remove(collection, key, limit) for key in found.may_go)
    if removed:
        logger.info("films in no record removed task=%s n=%d", collection.task.name, removed)
    return removed


def find(
    collection: SampleCollection,
    *,
    older_than_s: float = GRACE_S,
    goes_on: Callable[[], bool] = lambda: True,
) -> Unregistered:
    """What is in the store and in no row, by its age; nothing where there is no store: what lies
    in a folder becomes a sample.

    Raises: StorageFailed, StorageUnavailable, StoreBusy.
    """
    lost: list[str] = []
    copies: list[str] = []
    known = 0
    if collection.store is not None:
        limit = now() - timedelta(seconds=older_than_s)
        for page in _pages(_own_files(collection)):
            if not goes_on():
                break
            hashes = [_hash_in(blob.key) for blob in page]
            files = samples.files_of(collection.database, hashes, task=collection.task.name)
            others = [blob for blob in page if files.get(_hash_in(blob.key)) != blob.key]
            known += len(page) - len(others)
            old = [blob.key for blob in others if blob.modified_at <= limit]
            lost += [key for key in old if _hash_in(key) not in files]
            copies += [key for key in old if _hash_in(key) in files]
            del lost[MAX_LEFT + 1 :], copies[MAX_LEFT + 1 :]
    return Unregistered(tuple(lost), tuple(copies), known)


def _own_files(collection: SampleCollection) -> Iterator[BlobInfo]:
    for label in collection.task.known_labels:
        for blob in collection.files.list(f"{label}/"):
            if OWN_NAME.fullmatch(blob.key.removeprefix(f"{label}/")):
                yield blob


def _remove(collection: SampleCollection, key: str, limit: datetime) -> bool:
    """Whether the file went; not if somebody has stored it again, or it is its row's by now."""
    sha256, files = _hash_in(key), collection.files
    with collection.locked(sha256):
        blob = files.head(key)
        if blob is None or blob.modified_at > limit:
            return False
        record = samples.find(collection.database, sha256, task=collection.task.name)
        if record is not None and record.file == key:
            return False
        if record is not None and files.head(record.file) is None:
            try:
                files.put(record.file, files.get(key, sha256=sha256))
            except BlobNotFound:
                return False
        files.delete(key)
        return True


def _hash_in(key: str) -> str:
    return PurePosixPath(key).stem


def _pages(blobs: Iterable[BlobInfo]) -> Iterator[list[BlobInfo]]:
    rest = iter(blobs)
    while page := list(islice(rest, PAGE)):
        yield page
