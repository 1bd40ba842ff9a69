"""Versions of several machines: what others published comes here, what they removed goes, and what
this machine alone has is published."""

import itertools
import logging
import time
from collections.abc import Callable, Collection
from functools import partial

from api.errors import AppError
from api.files import sha256_of
from api.records.watching import shadows
from api.registry.history import rollback_target
from api.registry.published import PublishedVersions
from api.registry.retention import remove_copy
from api.registry.sites.site_versions import site_aliases
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
        self._logged: set[tuple[str, str]] = set()

    def look(self, services: Services) -> None:
        """Compare, where it is time. Raises: StorageUnavailable, StorageFailed."""
        store, moment = services.storage.store, self._clock()
        if store.published is None or moment < self._due.get(store.task, moment):
            return
        self._due[store.task] = moment + LOOK_S
        self.synchronise(store, store.published, in_use=_in_use(services, store))

    def synchronise(
        self, store: Store, published: PublishedVersions, *, in_use: Collection[str]
    ) -> None:
        """Make the folder and the shared store the same; what fails for one version is logged.

        Args:
            in_use: versions whose copies stay as they are, removed or not.

        Raises: StorageUnavailable, StorageFailed.
        """
        # In this order: a trainer publishes a version before it lies in the folder.
        here = store.own_versions()
        known = published.known()
        for version in here:
            if version not in known:
                _logged(version, partial(_publish, store, version))
            elif not known[version] and version not in in_use:
                _logged(version, partial(_remove, store, published, version))
            elif known[version] and (store.task, version) not in self._same:
                is_used = version in in_use
                _logged(version, partial(self._compare, store, published, version, is_used=is_used))
        for version, is_there in known.items():
            if is_there and not store.has_copy(version) and version != store.default_version():
                _logged(version, partial(published.fetch, version, store.folder))
        published.sweep(
            version for version, is_there in known.items() if not is_there and version not in in_use
        )

    def _compare(
        self, store: Store, published: PublishedVersions, version: str, *, is_used: bool
    ) -> None:
        """Two machines that were not connected may each have made a version of this name."""
        theirs = published.files_of(version).get(WEIGHTS_NAME)
        place = store.task, version
        if store.get(version).card.weights_sha256 == theirs:
            self._same.add(place)
        elif not is_used:
            _set_aside(store, version, "another version of this name is shared")
        elif place not in self._logged:
            self._logged.add(place)
            logger.error(
                "another version of this name is shared, and ours is in use here: promote another "
                "one, then ours is set aside task=%s version=%s",
                *place,
            )


def _in_use(services: Services, store: Store) -> set[str]:
    """What serves here or may have to: the champion, where a rollback would go, the same of each
    site, what is in memory, and what is in shadow. Everything, where that cannot be told.

    Raises: StoreBusy, StorageFailed.
    """
    serving = services.serving
    found = {serving.live.version, *serving.site_models.loaded()}
    shadow = shadows.active(services.records.database, task=store.task)
    found.add(shadow.version if shadow else None)
    champion = serving.promoter.alias
    found.add(serving.promoter.champion())
    try:
        for alias in (champion, *site_aliases(champion)):
            standing = alias.standing()
            if standing.problem:
                raise standing.problem
            found |= {standing.version, rollback_target(standing.history)}
    except AppError as exc:
        logger.warning("no version is removed task=%s reason=%r", store.task, exc.message)
        found.update(store.own_versions())
    return {version for version in found if version}


def _remove(store: Store, published: PublishedVersions, version: str) -> None:
    """Of what was removed elsewhere our copy goes; what is no copy of it is ours alone."""
    theirs = published.removed_files_of(version).get(WEIGHTS_NAME)
    weights = store.folder / version / WEIGHTS_NAME
    if weights.is_file() and sha256_of(weights) != theirs:
        _set_aside(store, version, "a version of this name was removed elsewhere, and is not ours")
    else:
        remove_copy(store, version)


def _set_aside(store: Store, version: str, why: str) -> None:
    for n in itertools.count(1):
        aside = store.folder / f"{version}.not-shared{f'-{n}' if n > 1 else ''}"
        if not aside.exists():
            break
    (store.folder / version).rename(aside)
    logger.error("%s; ours is set aside name=%s", why, aside.name)


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
