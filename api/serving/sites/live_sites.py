"""The site profiles that answers follow, as every server process knows them."""

import contextlib
import logging
import threading
from collections.abc import Iterator

from api.decision.site_rules import SiteRules, applied_rules
from api.errors import AppError
from api.model_card.sites.site_profile import SiteFit
from api.registry.sites.site_files import SiteState
from api.registry.sites.site_names import site_folder
from api.registry.sites.site_profiles import SiteStore

logger = logging.getLogger(__name__)


class LiveSites:
    """Keeps what the files say in memory; `refresh` looks whether they changed."""

    def __init__(self, store: SiteStore, *, everybody: str | None = None) -> None:
        """Args:
        everybody: the site whose profile decides where a film's own source has none that does;
            None: the card does.
        """
        self._store, self._everybody = store, everybody
        self._states: dict[str, SiteState] = {}
        self._seen: tuple[tuple[str, int, int], ...] | None = None
        # The state of the files when they were last compared with the store's.
        self._compared: tuple[tuple[str, int, int], ...] | None = None
        self._lock = threading.Lock()
        self._problem: str | None = None
        self._is_known = self._has_started = False

    @property
    def states(self) -> list[SiteState]:
        """Every site that ever had a profile, by name."""
        return list(self._states.values())

    def refresh(self) -> None:
        """Read the files again where one of them changed. Raises: StorageFailed."""
        with self._lock:
            signature = self._store.signature()
            if signature == self._seen:
                return
            states = self._store.states()
            self._states = {state.folder: state for state in states}
            self._seen = signature
        logger.info("site profiles read sites=%d", len(states))

    def rules(self, source: str | None, version: str) -> SiteRules | None:
        """What decides about films of a source that `version` answers; None: the card alone.

        Raises: StorageUnavailable where profiles are shared and this machine never read them.
        """
        own = self._rules(source, version)
        if self._everybody is None or (own and own.profile):
            return own
        usual = self._rules(self._everybody, version)
        return usual if usual and usual.profile else own or usual

    def _rules(self, source: str | None, version: str) -> SiteRules | None:
        if source:
            self._check_known()
        state = self._states.get(site_folder(source)) if source else None
        if state is None:
            return None
        if state.problem:
            return SiteRules(
                None,
                f"The profile of {state.name} is not applied, because it cannot be read: "
                f"{state.problem}",
            )
        return applied_rules(state.profile, version) if state.profile else None

    @contextlib.contextmanager
    def applied_with(
        self, site: str, fit: SiteFit | None, *, by: str, reason: str, forced: bool
    ) -> Iterator[None]:
        """As the store's; this process knows at once."""
        with self._store.applied_with(site, fit, by=by, reason=reason, forced=forced):
            self.refresh_quietly()
            yield

    def refresh_quietly(self) -> None:
        """The same, where a failure must not keep others from their work."""
        try:
            self.refresh()
        except AppError as exc:
            logger.error("site profiles not read reason=%r", exc.message)

    @property
    def are_shared(self) -> bool:
        """Whether other machines make profiles too."""
        return self._store.blobs is not None

    def follow(self) -> None:
        """Copy what other machines made, and read it; what cannot be read is copied once more.
        While the store is away, what is known stays; that is logged once."""
        try:
            self._store.refresh()
            self._copy_damaged()
        except AppError as exc:
            if exc.message != self._problem:
                logger.warning("site profiles not copied reason=%r", exc.message)
            self._problem = exc.message
        else:
            self._problem = None
        self.refresh_quietly()

    def _copy_damaged(self) -> None:
        self.refresh()
        damaged = [state.folder for state in self.states if state.problem]
        if damaged and self._seen != self._compared:
            self._store.copy_again(damaged)
            self.refresh()
        # What is still damaged is so in the store: it is asked again when a file changes.
        self._compared = self._seen

    def check_start(self, *, is_away: bool) -> None:
        """Whether there was time to read the profiles since the start; it was where the store is
        away, and whoever was ready once is not called unready for them.

        Raises: StorageUnavailable.
        """
        if not (is_away or self._has_started):
            self._check_known()
        self._has_started = True

    def _check_known(self) -> None:
        if self.are_shared and not self._is_known:
            self._store.check_known()
            self.refresh()
            self._is_known = True
