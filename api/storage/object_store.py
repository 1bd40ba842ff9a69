"""Blobs in a bucket behind the S3 API, by the library obstore.

It is imported when a store is opened, not before: an installation without one does without it.
"""

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from api.errors import (
    BlobChanged,
    BlobDamaged,
    BlobNotFound,
    MissingPackage,
    StorageFailed,
    StorageUnavailable,
)
from api.files import storage_errors
from api.storage.blob_store import BlobInfo
from api.storage.content_cache import ContentCache

if TYPE_CHECKING:
    from obstore.store import S3Store

# After a failure others are refused at once for so long, instead of waiting for the same.
PAUSE_S = 2.0
CONNECT_S = 2.0
# For a whole transfer; how long nothing may arrive is the setting's.
TRANSFER = timedelta(hours=1)
PIECE_BYTES = 1 << 20
# Parts of a large file that are on their way at once: each has to arrive in the setting's time.
PARTS = 4
ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
# Asked for to learn whether the store answers; it need not be there.
PROBE = ".roentgen"
NO_BUCKET = "NoSuchBucket"
# One request that is wrong says nothing of the others. 408 and 429 pass, and so does what S3 calls
# RequestTimeout, with 400.
REFUSED = re.compile(r"status code: (4(?!08|29)\d\d [A-Z][A-Za-z ]*)(?!.*<Code>RequestTimeout<)")
SHA256 = re.compile("[0-9a-f]{64}")
Piece = TypeVar("Piece")


@dataclass(slots=True)
class BucketClient:
    """A connection to a bucket, which the stores below its prefixes share."""

    client: "S3Store"
    name: str
    clock: Callable[[], float] = time.monotonic
    _refused_until: float = 0.0

    @contextlib.contextmanager
    def asked(self, key: str) -> Iterator[None]:
        """Translate what the store says.

        Raises: StorageUnavailable at once where it was away a moment ago.
        """
        from obstore.exceptions import (
            AlreadyExistsError,
            BaseError,
            PermissionDeniedError,
            PreconditionError,
            UnauthenticatedError,
        )

        if self.clock() < self._refused_until:
            raise self._away()
        try:
            yield
        except FileNotFoundError as exc:
            if NO_BUCKET in str(exc):
                raise self._no_bucket() from exc
            raise BlobNotFound.of(key) from exc
        except (AlreadyExistsError, PreconditionError) as exc:
            raise BlobChanged.of(key) from exc
        except (PermissionError, PermissionDeniedError, UnauthenticatedError) as exc:
            raise StorageFailed(
                f"The store does not let this server use the bucket '{self.name}'; check the "
                "AWS_* credentials and the bucket's policy."
            ) from exc
        except (BaseError, OSError) as exc:
            # Two who write one key at once: one of them is told so.
            if "409 Conflict" in str(exc):
                raise BlobChanged.of(key) from exc
            # So says a list.
            if NO_BUCKET in str(exc):
                raise self._no_bucket() from exc
            if refusal := REFUSED.search(str(exc)):
                raise StorageFailed(
                    f"The store refuses '{key.rpartition('/')[2]}' ({refusal.group(1)}); see its "
                    "log, and what it asks of names and sizes."
                ) from exc
            self._refused_until = self.clock() + PAUSE_S
            raise self._away() from exc

    def _no_bucket(self) -> StorageFailed:
        return StorageFailed(f"There is no bucket '{self.name}'; make it, or correct its URL.")

    def _away(self) -> StorageUnavailable:
        return StorageUnavailable(
            f"The object store with the bucket '{self.name}' does not answer, or not as it should; "
            "try again in a moment."
        )


def endpoint() -> str | None:
    """Where the store is, as the environment says; None: at AWS."""
    return next((os.environ[name] for name in ENDPOINTS if os.environ.get(name)), None)


def open_bucket(name: str, *, endpoint: str | None, timeout_s: float) -> BucketClient:
    """Connect to a bucket; nothing is sent yet. Region and credentials are in AWS_* variables.

    Args:
        timeout_s: how long nothing may arrive, and for how long failed requests are repeated.

    Raises: MissingPackage.
    """
    try:
        from obstore.store import S3Store
    except ImportError as exc:
        raise MissingPackage(
            "A bucket (s3://…) needs the package obstore: `pip install 'obstore>=0.12,<1'`."
        ) from exc
    wait = timedelta(seconds=timeout_s)
    client = S3Store(
        name,
        config={"endpoint": endpoint} if endpoint else None,
        client_options={
            # Whoever writes http:// means it.
            "allow_http": bool(endpoint and endpoint.startswith("http://")),
            "connect_timeout": timedelta(seconds=min(CONNECT_S, timeout_s)),
            "read_timeout": wait,
            "timeout": TRANSFER,
        },
        retry_config={
            "max_retries": 1000,
            "retry_timeout": wait,
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=1),
                "base": 2,
            },
        },
    )
    return BucketClient(client, name)


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """See `BlobStore`. `prefix` ends with a slash, or is empty."""

    bucket: BucketClient
    prefix: str
    cache: ContentCache | None = field(default=None, compare=False)

    def get(self, key: str, *, sha256: str | None = None) -> bytes:
        """See `BlobStore.get`."""
        import obstore

        if sha256 and self.cache and (known := self.cache.get(sha256)) is not None:
            return known
        with self.bucket.asked(key):
            content = bytes(obstore.get(self.bucket.client, self._path(key)).bytes())
        if sha256 is None:
            return content
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BlobDamaged.of(key)
        if self.cache:
            self.cache.put(sha256, content)
        return content

    def get_to_file(self, key: str, path: Path, *, sha256: str) -> None:
        """See `BlobStore.get_to_file`."""
        import obstore

        digest = hashlib.sha256()
        try:
            with storage_errors(path), path.open("wb") as file:
                with self.bucket.asked(key):
                    found = obstore.get(self.bucket.client, self._path(key))
                    pieces = iter(found.stream(min_chunk_size=PIECE_BYTES))
                for piece in self._each(pieces, key):
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            if digest.hexdigest() != sha256:
                raise BlobDamaged.of(key)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def head(self, key: str) -> BlobInfo | None:
        """See `BlobStore.head`."""
        import obstore

        try:
            with self.bucket.asked(key):
                found = obstore.head(self.bucket.client, self._path(key))
        except BlobNotFound:
            return None
        return BlobInfo(key, found["size"], found["last_modified"], found["e_tag"] or "")

    def list(self, prefix: str = "") -> Iterator[BlobInfo]:
        """See `BlobStore.list`."""
        import obstore

        # The library takes whole folders; S3 lists in the order of keys, from where it is told.
        start = self.prefix + prefix
        home, _, name = start.rpartition("/")
        offset = start if name else None
        with self.bucket.asked(prefix):
            pages = iter(obstore.list(self.bucket.client, home or None, offset=offset))
        found = (meta for page in self._each(pages, prefix) for meta in page)
        for meta in takewhile(lambda one: one["path"].startswith(start), found):
            key = meta["path"].removeprefix(self.prefix)
            yield BlobInfo(key, meta["size"], meta["last_modified"], meta["e_tag"] or "")

    def put(self, key: str, content: bytes | Path) -> None:
        """See `BlobStore.put`. What is large goes in parts, and is there after the last one."""
        import obstore

        with self.bucket.asked(key):
            obstore.put(self.bucket.client, self._path(key), content, max_concurrency=PARTS)

    def put_if_absent(self, key: str, content: bytes) -> bool:
        """See `BlobStore.put_if_absent`."""
        import obstore

        try:
            with self.bucket.asked(key):
                obstore.put(self.bucket.client, self._path(key), content, mode="create")
        except BlobChanged:
            return False
        return True

    def put_if_match(self, key: str, content: bytes, *, etag: str) -> None:
        """See `BlobStore.put_if_match`."""
        import obstore

        try:
            with self.bucket.asked(key):
                # Of buckets with versions too the ETag decides. A version of None is refused.
                obstore.put(self.bucket.client, self._path(key), content, mode={"e_tag": etag})
        except BlobNotFound as exc:
            raise BlobChanged.of(key) from exc

    def move(self, key: str, target: str) -> None:
        """See `BlobStore.move`."""
        import obstore

        with self.bucket.asked(key):
            obstore.copy(self.bucket.client, self._path(key), self._path(target))
        self.delete(key)

    def delete(self, *keys: str) -> None:
        """See `BlobStore.delete`."""
        import obstore

        if keys:
            # Some stores say that a key was not there, and S3 does not.
            with contextlib.suppress(BlobNotFound), self.bucket.asked(keys[0]):
                obstore.delete(self.bucket.client, [self._path(key) for key in keys])
        if self.cache:
            self.cache.forget(*filter(None, map(_hash_in, keys)))

    def check(self) -> None:
        """See `BlobStore.check`."""
        self.head(PROBE)

    def _path(self, key: str) -> str:
        if ".." in key.split("/"):
            raise BlobNotFound.of(key)
        return self.prefix + key

    def _each(self, pieces: Iterator[Piece], key: str) -> Iterator[Piece]:
        """Each piece of an answer; any of them may be the one at which the store goes away."""
        while True:
            with self.bucket.asked(key):
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece


def _hash_in(key: str) -> str | None:
    """The hash that a blob is named by."""
    found = SHA256.search(key.rpartition("/")[2])
    return found and found.group()
