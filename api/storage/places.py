"""Where the settings say that blobs are: today's folders, or one store for all machines."""

import functools
from dataclasses import dataclass
from pathlib import Path

from api.settings import Settings
from api.storage.blob_store import BlobStore
from api.storage.content_cache import ContentCache
from api.storage.folder_store import FolderStore
from api.storage.object_store import BucketClient, ObjectStore, endpoint, open_bucket

SCHEME = "s3://"
CACHE_FOLDER = "cache"


@dataclass(frozen=True, slots=True)
class Places:
    """The stores of one task.

    `models` is None where there is nothing beside the folder of models; otherwise that folder
    holds copies of what is published there.
    """

    samples: BlobStore
    retained: BlobStore
    models: BlobStore | None

    @property
    def is_shared(self) -> bool:
        """Whether other machines store and erase there too."""
        return self.models is not None


def places(settings: Settings, task: str) -> Places:
    """The stores that the settings name, for a task. Raises: MissingPackage."""
    if not settings.storage_url:
        return Places(
            FolderStore(settings.retrain_dir / task), FolderStore(settings.retained_dir), None
        )
    return Places(
        store_at(settings, f"samples/{task}"),
        store_at(settings, f"kept/{task}"),
        store_at(settings, f"models/{task}"),
    )


def shared_or(settings: Settings, below: str, folder: Path) -> BlobStore:
    """The store below a name of `ROENTGEN_STORAGE_URL`; a folder of this machine without it.

    Raises: MissingPackage.
    """
    return shared_store(settings, below) or FolderStore(folder)


def shared_store(settings: Settings, below: str) -> BlobStore | None:
    """The store below a name of `ROENTGEN_STORAGE_URL`; None without it. Raises: MissingPackage."""
    return store_at(settings, below) if settings.storage_url else None


def cache_of(settings: Settings) -> ContentCache:
    """What this machine keeps of a shared store's films."""
    return _cache(settings.state_dir / CACHE_FOLDER, settings.storage_cache_bytes)


def store_at(settings: Settings, below: str) -> BlobStore:
    """The store below a name of `ROENTGEN_STORAGE_URL`, which is set. Raises: MissingPackage."""
    url = settings.storage_url
    if not url.startswith(SCHEME):
        return FolderStore(Path(url.removeprefix("file://")) / below)
    bucket, _, prefix = url.removeprefix(SCHEME).partition("/")
    home = "/".join(part for part in (prefix.strip("/"), below) if part)
    return ObjectStore(
        _bucket(bucket, endpoint(), settings.storage_timeout_s),
        f"{home}/",
        cache_of(settings),
    )


# One connection a process, and one count of what is in the cache.
_cache = functools.cache(ContentCache)


@functools.cache
def _bucket(name: str, endpoint: str | None, timeout_s: float) -> BucketClient:
    return open_bucket(name, endpoint=endpoint, timeout_s=timeout_s)
