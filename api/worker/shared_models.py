"""Versions of several machines: what others published comes here, what they removed goes, and what
this machine alone has is published."""

import logging
import time
from collections.abc import Callable, Collection
from functools import partial

from api.errors import AppError
from api.registry.published import PublishedVersions
from api.registry.retention import remove_copy
from api.registry.store import WEIGHTS_NAME, Store, verify_weights
from api.services import Services

logger = logging.getLogger(__name__)

LOOK_S = 20.0


class SharedModels:
    """Keeps each task's folder of versions as the shared store is."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due: dict[str, float] = {}
        self._same: set[tuple[str, str]] = set()

    def look(self, services: Services) -> None:
        """Compare, where it is time. Raises: StorageUnavailable, StorageFailed."""
        store, moment = services.storage.store, self._clock()
        if store.published is None or moment < self._due.get(store.task, moment):
            return
        self._due[store.task] = moment + LOOK_S
        serving = {services.serving.live.version, services.serving.promoter.champion()}
        self.synchronise(store, store.published, in_use={version for version in serving if version})

    def synchronise(
        self, store: Store, published: PublishedVersions, *, in_use: Collection[str]
    ) -> None:
        """Make the folder and the shared store the same; what fails for one version is logged.

        Args:
            in_use: versions whose copies stay, removed or not.

        Raises: StorageUnavailable, StorageFailed.
        """
        # In this order: a trainer publishes a version before it lies in the folder.
        here = store.own_versions()
        known = published.known()
        for version in here:
            if version not in known:
                _logged(version, partial(_publish, store, version))
            elif not known[version] and version not in in_use:
                remove_copy(store, version)
            elif known[version] and (store.task, version) not in self._same:
                _logged(version, partial(self._compare, store, published, version))
        for version, is_there in known.items():
            if is_there and not store.has_copy(version) and version != store.default_version():
                _logged(version, partial(published.fetch, version, store.folder))
        published.sweep(
            version for version, is_there in known.items() if not is_there and version not in in_use
        )

    def _compare(self, store: Store, published: PublishedVersions, version: str) -> None:
        """Two machines that were not connected may each have made a version of this name."""
        theirs = published.files_of(version).get(WEIGHTS_NAME)
        if store.get(version).card.weights_sha256 == theirs:
            self._same.add((store.task, version))
            return
        aside = store.folder / f"{version}.not-shared"
        (store.folder / version).rename(aside)
        logger.error(
            "another version of this name is shared; ours is set aside name=%s", aside.name
        )


def _publish(store: Store, version: str) -> None:
    """Of before the store was set, or imported here. One that is not sound stays here."""
    checkpoint = store.get(version)
    verify_weights(checkpoint)
    store.share(store.folder / version, version)


def _logged(version: str, work: Callable[[], object]) -> None:
    try:
        work()
    except (AppError, OSError) as exc:
        logger.warning("not synchronised version=%s reason=%r", version, str(exc))
