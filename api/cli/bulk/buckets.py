"""Films in a bucket, and a table there: `s3://bucket/key`, by each machine's AWS_* variables."""

import functools
from collections.abc import Iterator
from pathlib import Path

from api.errors import InvalidRequest
from api.storage.object_store import ObjectStore, endpoint, open_bucket
from api.storage.places import SCHEME

# A store that is away for a moment must not end a run of hours.
TIMEOUT_S = 60.0


def is_in_bucket(name: str) -> bool:
    """Whether a film or a table is in a bucket, and not a file."""
    return name.startswith(SCHEME)


def names_below(url: str) -> Iterator[str]:
    """Films below a prefix, by name and read page by page, or the one of exactly this name; those
    with a hidden part (`.x`) are left out.

    Raises: InvalidRequest if there is none; MissingPackage, StorageFailed, StorageUnavailable.
    """
    store, key = _place(url)
    if key and not key.endswith("/"):
        if store.head(key) is not None:
            yield url
            return
        key += "/"
    bucket = url.removeprefix(SCHEME).partition("/")[0]
    is_empty = True
    for blob in store.list(key):
        inside = blob.key[len(key) :]
        # Some programs write an object for a folder.
        if inside and not any(part.startswith(".") for part in inside.split("/")):
            is_empty = False
            yield f"{SCHEME}{bucket}/{blob.key}"
    if is_empty:
        raise InvalidRequest(f"There is no film below '{url}'.")


def read(url: str) -> bytes:
    """A film, or a list of films. Raises: BlobNotFound; as `names_below`."""
    store, key = _place(url)
    return store.get(key)


def is_there(url: str) -> bool:
    """Whether there is such an object. Raises: as `names_below`."""
    store, key = _place(url)
    return store.head(key) is not None


def put(path: Path, url: str) -> None:
    """Upload a file; it is there whole or not at all. Raises: as `names_below`."""
    store, key = _place(url)
    store.put(key, path)


def _place(url: str) -> tuple[ObjectStore, str]:
    name, _, key = url.removeprefix(SCHEME).partition("/")
    if not name:
        raise InvalidRequest(f"'{url}' names no bucket; write it like s3://bucket/films.")
    return _store(name), key


@functools.cache
def _store(name: str) -> ObjectStore:
    return ObjectStore(open_bucket(name, endpoint=endpoint(), timeout_s=TIMEOUT_S), "")
