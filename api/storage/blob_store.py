"""What a store of blobs does, whichever it is: a folder, or a bucket behind the S3 API."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Protocol

# As many as the S3 API lists, and deletes, by one request.
PAGE = 1000


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """A stored blob. `etag` changes with its content; `modified_at` is when it was written."""

    key: str
    size_bytes: int
    modified_at: datetime
    etag: str


class BlobStore(Protocol):
    """Blobs by key (`Normal/<sha256>.png`), each whole or not there.

    Every method raises StorageUnavailable where the store cannot be reached, and StorageFailed
    where it refuses: a full disk, missing rights, a bucket that does not exist.
    """

    def get(self, key: str, *, sha256: str | None = None) -> bytes:
        """A blob's content.

        Args:
            sha256: what it has to be, hex, where that is known: a store with a cache answers from
                there, and what the network brings is compared with it.

        Raises: BlobNotFound.
        """

    def get_to_file(self, key: str, path: Path, *, sha256: str) -> None:
        """Write a blob to a new file, piece by piece, and compare it with its hash.

        Raises: BlobNotFound; StorageFailed if it is another content. `path` is then gone.
        """

    def head(self, key: str) -> BlobInfo | None:
        """What is known of a blob; None if there is none."""

    def list(self, prefix: str = "") -> Iterator[BlobInfo]:
        """All blobs whose key begins with `prefix`, in the order of their keys."""

    def put(self, key: str, content: bytes | Path) -> None:
        """Store a blob, or replace it; `content` is the bytes or a file."""

    def put_if_absent(self, key: str, content: bytes) -> bool:
        """Store a blob where there is none; False where there is one."""

    def put_if_match(self, key: str, content: bytes, *, etag: str) -> None:
        """Replace a blob that is as it was when it had this `etag`. Raises: BlobChanged."""

    def move(self, key: str, target: str) -> None:
        """Give a blob another key. Where that is cut off it may have both. Raises: BlobNotFound."""

    def delete(self, *keys: str) -> None:
        """Remove blobs; those that are not there are gone already."""

    def check(self) -> None:
        """Ask whether the store answers."""


def delete_each(store: BlobStore, keys: Iterable[str]) -> None:
    """Remove blobs, however many they are, a page at a time.

    Raises: StorageUnavailable, StorageFailed.
    """
    rest = iter(keys)
    while page := list(islice(rest, PAGE)):
        store.delete(*page)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A blob of known content, as something else refers to it."""

    store: BlobStore
    key: str
    sha256: str

    def read(self) -> bytes:
        """Its content. Raises: as `BlobStore.get`."""
        return self.store.get(self.key, sha256=self.sha256)

    def exists(self) -> bool:
        """Whether it is still there."""
        return self.store.head(self.key) is not None
