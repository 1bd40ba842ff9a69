"""Films that were predicted on, kept for a while so that somebody can say what they show."""

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import groupby, takewhile
from operator import itemgetter
from pathlib import Path
from typing import Literal

from api.clock import now
from api.errors import AppError, BlobNotFound, StorageFailed
from api.storage.blob_store import BlobInfo, BlobStore, delete_each
from api.storage.folder_store import FolderStore
from api.tasks.decisions import Decided

logger = logging.getLogger(__name__)

RetentionMode = Literal["none", "referred", "all"]
# Names of notes that say since when a film is kept, where its own date is that of a copy.
SINCE = "since/"
NOTE_ALONE = timedelta(hours=1)
ASKED_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class RetainedImages:
    """Blobs named by the SHA-256 of what was sent; by default none."""

    store: BlobStore
    mode: RetentionMode
    days: float
    # What may be kept of a film: nothing that names anybody.
    deidentified: Callable[[bytes], bytes] = bytes

    def keep(
        self,
        content: bytes,
        *,
        sha256: str,
        decision: str,
        without_metadata: Callable[[bytes], bytes] = bytes,
    ) -> None:
        """Keep a film, if such ones are wanted, without what is beside its picture.

        Never raises: the answer must not fail for it.
        """
        if self.mode == "all" or (self.mode == "referred" and decision == Decided.REFER):
            try:
                picture = without_metadata(self.deidentified(content))
                self.store.put(sha256, picture)
            except AppError as exc:
                logger.warning("film not kept sha256=%s reason=%r", sha256[:12], exc.message)

    def put_back(self, content: bytes, *, sha256: str) -> None:
        """Keep a film again that was kept before. Raises: StorageFailed, StorageUnavailable."""
        self.store.put(sha256, content)

    def read(self, sha256: str) -> bytes | None:
        """A film that was kept; None if it was not, or no longer is. Raises: StorageUnavailable."""
        try:
            return self.store.get(sha256)
        except (BlobNotFound, StorageFailed):
            return None

    def has(self, sha256: str) -> bool:
        """Whether a film was kept. Raises: StorageUnavailable."""
        return self.store.head(sha256) is not None

    def those_of(self, hashes: Iterable[str]) -> set[str]:
        """Which of these films were kept; a store that is far away is asked about many at once.

        Raises: StorageUnavailable.
        """
        asked = list(dict.fromkeys(hashes))
        if isinstance(self.store, FolderStore):
            return {sha256 for sha256 in asked if self.has(sha256)}
        with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
            return {h for h, kept in zip(asked, pool.map(self.has, asked), strict=True) if kept}

    def drop(self, *hashes: str) -> None:
        """Forget films. Raises: StorageFailed, StorageUnavailable."""
        self.store.delete(*hashes)

    def drop_old(self, goes_on: Callable[[], bool] = lambda: True) -> int:
        """Forget films that were kept for longer than wanted; returns how many.

        However many are kept, memory holds a page of them.

        Args:
            goes_on: asked before each film; the rest is for the next time.

        Raises: StorageFailed, StorageUnavailable.
        """
        limit, alone = now() - timedelta(days=self.days), now() - NOTE_ALONE
        dropped = 0

        def old() -> Iterator[str]:
            nonlocal dropped
            for kept in takewhile(lambda _: goes_on(), _kept(self.store)):
                if kept.since < (limit if kept.image else alone):
                    dropped += kept.image is not None
                    yield from kept.keys

        delete_each(self.store, old())
        return dropped

    def take_over(self, content: Path, *, sha256: str, kept_at: datetime) -> None:
        """Keep a film of another place for no longer than it would have been kept there.

        Raises: StorageFailed, StorageUnavailable.
        """
        if self.store.head(sha256) is None:
            self.store.put(f"{SINCE}{sha256}.{int(kept_at.timestamp())}", b"-")
            self.store.put(sha256, content)


def kept_since(store: BlobStore) -> Iterator[tuple[str, datetime]]:
    """Each kept film, by its hash, and when it was first kept.

    Raises: StorageFailed, StorageUnavailable.
    """
    return ((kept.image.key, kept.since) for kept in _kept(store) if kept.image)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A film and the notes of its age, which are written before it and may be alone."""

    image: BlobInfo | None
    notes: tuple[BlobInfo, ...]

    @property
    def since(self) -> datetime:
        """When the film was first kept; of notes alone, when the last one was written."""
        if self.image is None:
            return max(note.modified_at for note in self.notes)
        stamps = [note.key.rpartition(".")[2] for note in self.notes]
        noted = [datetime.fromtimestamp(int(s), UTC) for s in stamps if s.isdigit()]
        return min([self.image.modified_at, *noted])

    @property
    def keys(self) -> list[str]:
        """The film's first: without its notes it would look younger."""
        return [blob.key for blob in (*filter(None, [self.image]), *self.notes)]


def _kept(store: BlobStore) -> Iterator[_Kept]:
    """What is kept, film by film: both lists are in the order of hashes, and are read side by side.

    Raises: StorageFailed, StorageUnavailable.
    """
    images = ((blob.key, blob) for blob in store.list() if not blob.key.startswith(SINCE))
    notes = ((_noted(blob.key), blob) for blob in store.list(SINCE))
    for sha256, found in groupby(merge(images, notes, key=itemgetter(0)), key=itemgetter(0)):
        blobs = [blob for _, blob in found]
        image = next((blob for blob in blobs if blob.key == sha256), None)
        yield _Kept(image, tuple(blob for blob in blobs if blob is not image))


def _noted(key: str) -> str:
    """The film that a note of its age is about."""
    return key.removeprefix(SINCE).partition(".")[0]
