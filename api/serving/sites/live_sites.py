"""The site profiles that answers follow, as every server process knows them."""

import logging
import threading

from api.decision.site_rules import SiteRules, applied_rules
from api.errors import AppError
from api.registry.sites.site_names import site_folder
from api.registry.sites.site_profiles import SiteState, SiteStore

logger = logging.getLogger(__name__)


class LiveSites:
    """Keeps what the files say in memory; `refresh` looks whether they changed."""

    def __init__(self, store: SiteStore) -> None:
        self._store = store
        self._states: dict[str, SiteState] = {}
        self._seen: tuple[tuple[str, int, int], ...] | None = None
        self._lock = threading.Lock()

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
        """What decides about films of a source that `version` answers; None: the card alone."""
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

    def refresh_quietly(self) -> None:
        """The same, where a failure must not keep others from their work."""
        try:
            self.refresh()
        except AppError as exc:
            logger.error("site profiles not read reason=%r", exc.message)
