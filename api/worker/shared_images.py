"""What a worker does where films are in a store of several machines, and others erase there too."""

import time
from collections.abc import Callable
from pathlib import Path

from api.samples.erasing.elsewhere import forget_erased_elsewhere
from api.samples.erasing.erasure import SHA256
from api.samples.image_retention import RetainedImages
from api.services import Services
from api.storage.content_cache import ContentCache
from api.storage.folder_store import FolderStore

# What another machine erased is gone here so soon.
FORGET_S = 60.0
TAKE_OVER_S = 600.0


class SharedImages:
    """Looks after the films of all tasks, now and then."""

    def __init__(self, cache: ContentCache, clock: Callable[[], float] = time.monotonic) -> None:
        self._cache, self._clock = cache, clock
        self._due: dict[tuple[str, str], float] = {}

    def look(self, services: Services) -> None:
        """Do what is due for a task.

        Raises: StorageFailed, StorageUnavailable, StoreBusy, OSError.
        """
        if self._is_due(services, "forget", FORGET_S):
            forget_erased_elsewhere(services.storage.collection, self._cache)
        if self._is_due(services, "take over", TAKE_OVER_S):
            _take_over(services)

    def _is_due(self, services: Services, what: str, every_s: float) -> bool:
        key, moment = (services.task.name, what), self._clock()
        if moment < self._due.get(key, moment):
            return False
        self._due[key] = moment + every_s
        return True


def _take_over(services: Services) -> None:
    """Films that were kept in this machine's folder before the store was set, or restored there."""
    retained = services.storage.retained_images
    here = RetainedImages(FolderStore(services.settings.retained_dir), "none", retained.days)
    here.drop_old()
    for blob in here.store.list():
        if SHA256.fullmatch(blob.key):
            file = Path(services.settings.retained_dir / blob.key)
            retained.take_over(file, sha256=blob.key, kept_at=blob.modified_at)
            here.drop(blob.key)
