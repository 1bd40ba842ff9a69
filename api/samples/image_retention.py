"""Films that were predicted on, kept for a while so that somebody can say what they show."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from api.clock import now
from api.errors import AppError, BlobNotFound, StorageFailed
from api.storage.blob_store import BlobInfo, BlobStore
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

    def drop_old(self) -> int:
        """Forget films that were kept for longer than wanted; returns how many.

        Raises: StorageFailed, StorageUnavailable.
        """
        limit = now() - timedelta(days=self.days)
        blobs = list(self.store.list())
        notes = {sha256: blob for blob in blobs if (sha256 := _noted(blob.key))}
        images = {blob.key: _since(blob, notes) for blob in blobs if not _noted(blob.key)}
        old = [sha256 for sha256, since in images.items() if since < limit]
        self.store.delete(*old)
        # A note is written before its film.
        young = now() - NOTE_ALONE
        alone = [h for h, note in notes.items() if h not in images and note.modified_at < young]
        self.store.delete(*(notes[sha256].key for sha256 in {*old, *alone} & notes.keys()))
        return len(old)

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
    blobs = list(store.list())
    notes = {sha256: blob for blob in blobs if (sha256 := _noted(blob.key))}
    for blob in blobs:
        if not _noted(blob.key):
            yield blob.key, _since(blob, notes)


def _noted(key: str) -> str | None:
    """The film that a note of its age is about."""
    return key.removeprefix(SINCE).partition(".")[0] if key.startswith(SINCE) else None


def _since(image: BlobInfo, notes: Mapping[str, BlobInfo]) -> datetime:
    note = notes.get(image.key)
    seconds = note.key.rpartition(".")[2] if note else ""
    if not seconds.isdigit():
        return image.modified_at
    return min(image.modified_at, datetime.fromtimestamp(int(seconds), UTC))
