"""Versions that answer one site each: loaded when they are first asked for, kept warm while used.

Engines are held by version, so that sites share them, and no more of them than the setting allows:
each has compute processes of its own. The one that was not asked for longest goes.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from threading import Lock

from api.errors import AppError
from api.files import stamp
from api.registry.champion import Alias
from api.registry.history import CHAMPION, History, rollback_target
from api.registry.sites.site_names import site_folder
from api.registry.sites.site_versions import site_aliases, site_of
from api.registry.store import Store, card_path, int8_path, reference_path
from api.serving.inference import Predictor
from api.serving.live import RETRY_S, Build, LiveModel

logger = logging.getLogger(__name__)

# What is waited for where there is nothing to load.
_LOADED: "Future[None]" = Future()
_LOADED.set_result(None)

# A request waits so long for the version of its site to be loaded; then the champion answers it.
LOAD_WAIT_S = 3.0
Stamps = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class SiteStanding:
    """What answers a site.

    Attributes:
        version: its own; None while the champion answers.
        rollback_target: where a rollback would go: a version, or `champion`; None: nowhere.
        problem: why its own version does not answer, or what is wrong with the file that names it.
    """

    site: str
    version: str | None
    rollback_target: str | None
    history: History
    problem: str | None = None
    is_loaded: bool = False


class SiteModels:
    """Gives the requests of a site the engine of its version. Thread-safe.

    Where the version of a site changes, the former one answers until the new one is loaded. One
    that cannot be loaded is tried again after a while, and the champion answers meanwhile.
    """

    def __init__(
        self,
        store: Store,
        alias: Alias,
        champion: LiveModel,
        build: Build,
        *,
        capacity: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args:
        alias: the champion's.
        capacity: how many engines are held beside the champion's.
        """
        self._store, self._alias = store, alias
        self._champion, self._build = champion, build
        self._capacity, self._clock = capacity, clock
        self._lock = Lock()
        # By folder of the site.
        self._standings: dict[str, SiteStanding] = {}
        self._answered: dict[str, str] = {}
        # By version; the one that was asked for last is the last.
        self._engines: OrderedDict[str, Predictor] = OrderedDict()
        self._stamps: dict[str, Stamps] = {}
        self._loading: dict[str, Future[None]] = {}
        self._problems: dict[str, tuple[str, float]] = {}
        # Engines are made one at a time: each takes as much memory as the one that serves.
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="site version")

    def model_for(self, source: str | None) -> Predictor | None:
        """What answers a request of this source instead of the champion; None: nothing does.

        Waits while the site's version is loaded.
        """
        site = site_of(source)
        if site is None or not self._standings:
            return None
        folder = site_folder(site)
        standing = self._standings.get(folder)
        return self._engine(folder, standing.version) if standing and standing.version else None

    def version_for(self, source: str | None) -> str | None:
        """The version that answers requests of this source instead of the champion's; nothing is
        loaded for it."""
        site = site_of(source)
        standing = self._standings.get(site_folder(site)) if site else None
        if standing is None or standing.version in self._problems:
            return None
        return standing.version

    def standings(self) -> list[SiteStanding]:
        """All sites that have or had a version of their own, as they were seen last."""
        with self._lock:
            return [self._with_state(standing) for standing in self._standings.values()]

    def loaded(self) -> list[str]:
        """The versions in memory beside the champion's."""
        with self._lock:
            return sorted(self._engines)

    def refresh(self) -> None:
        """Look which version each site has, and whether the files of loaded ones changed.

        Raises: StorageFailed.
        """
        found = {alias.folder.name: _seen(alias) for alias in site_aliases(self._alias)}
        with self._lock:
            moved = {
                standing.version
                for folder, standing in found.items()
                if standing.version and self._answered.get(folder) not in {None, standing.version}
            }
            self._standings = found
            for version in [v for v in self._engines if self._stamps_of(v) != self._stamps[v]]:
                logger.warning("files of a site's version changed version=%s", version)
                del self._engines[version]
        # Whoever asked for the former one will ask for this one.
        for version in moved:
            self._begin(version)

    def verify(self, version: str) -> None:
        """Load a version as if to serve a site with it. Raises: NotFound, InvalidCheckpoint."""
        self._load(version)

    def close(self) -> None:
        """Load nothing any more."""
        self._loader.shutdown(wait=False, cancel_futures=True)

    def _engine(self, folder: str, version: str) -> Predictor | None:
        """The engine of a site's version, or of its former one while that is being loaded; None
        where the champion has to answer."""
        if version == self._champion.version:
            return None
        if engine := self._held(folder, version):
            return engine
        loading = self._begin(version)
        if loading is None:
            return None
        former = self._answered.get(folder)
        if not loading.done() and former and (engine := self._held(folder, former)):
            return engine
        wait([loading], timeout=LOAD_WAIT_S)
        return self._held(folder, version)

    def _held(self, folder: str, version: str) -> Predictor | None:
        with self._lock:
            engine = self._engines.get(version)
            if engine is not None:
                self._engines.move_to_end(version)
                self._answered[folder] = version
            return engine

    def _begin(self, version: str) -> "Future[None] | None":
        """Have a version loaded that is not; None if that failed a moment ago, or nothing is loaded
        now."""
        with self._lock:
            # It may have come since somebody looked.
            if version in self._engines:
                return _LOADED
            failed = self._problems.get(version)
            if failed and self._clock() < failed[1]:
                return None
            if version not in self._loading:
                try:
                    self._loading[version] = self._loader.submit(self._try_to_load, version)
                except RuntimeError:
                    return None
            return self._loading[version]

    def _try_to_load(self, version: str) -> None:
        problem: str | None = None
        try:
            self._load(version)
        except AppError as exc:
            problem = exc.message
        except Exception:
            logger.exception("site version failed version=%s", version)
            problem = "An unexpected error while loading it; see the server's log."
        with self._lock:
            del self._loading[version]
            if problem:
                self._problems[version] = problem, self._clock() + RETRY_S
        if problem:
            logger.error("site version refused version=%s reason=%r", version, problem)

    def _load(self, version: str) -> None:
        started, stamps = time.perf_counter(), self._stamps_of(version)
        engine = self._build(self._store.get(version))
        with self._lock:
            self._engines[version], self._stamps[version] = engine, stamps
            self._engines.move_to_end(version)
            self._problems.pop(version, None)
            while len(self._engines) > self._capacity:
                oldest, _ = self._engines.popitem(last=False)
                logger.info("site version no longer loaded version=%s", oldest)
        duration_ms = (time.perf_counter() - started) * 1e3
        logger.info("site version loaded version=%s load_ms=%.0f", version, duration_ms)

    def _with_state(self, standing: SiteStanding) -> SiteStanding:
        """What a site's file says, and what this process made of it."""
        if standing.version is None:
            return standing
        failed = self._problems.get(standing.version)
        return replace(
            standing,
            problem=f"{failed[0]} The champion answers meanwhile." if failed else standing.problem,
            is_loaded=standing.version in {*self._engines, self._champion.version},
        )

    def _stamps_of(self, version: str) -> Stamps:
        """What a version's files look like from outside; a change asks for a reload."""
        try:
            weights = self._store.weights_of(version)
        except AppError:
            return ()
        files = (weights, card_path(weights), reference_path(weights), int8_path(weights))
        return tuple(map(stamp, files))


def _seen(alias: Alias) -> SiteStanding:
    """What a site's file says."""
    site = alias.site or alias.folder.name
    try:
        standing = alias.standing()
    except AppError as exc:
        return SiteStanding(site, None, None, (), exc.message)
    return SiteStanding(
        site,
        None if standing.version == CHAMPION else standing.version,
        rollback_target(standing.history),
        standing.history,
        standing.problem.message if standing.problem else None,
    )
