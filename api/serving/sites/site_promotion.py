"""Changing by hand which version answers a site: forward to any version, or back."""

from dataclasses import dataclass

from api.errors import AppError, Conflict, NotFound
from api.registry.champion import Alias
from api.registry.history import CHAMPION, rollback_target
from api.registry.sites.site_versions import site_alias
from api.registry.store import Store
from api.serving.promotion import UNNAMED, Promoter
from api.serving.sites.site_models import SiteModels


@dataclass(frozen=True, slots=True)
class SitePromoter:
    """Moves the alias of a site only to a version that was just proven to serve."""

    store: Store
    sites: SiteModels
    champion: Promoter

    def promote(
        self,
        version: str,
        site: str,
        *,
        reason: str,
        by: str = UNNAMED,
        overrides: tuple[str, ...] = (),
    ) -> str:
        """Make a version answer a site, whatever the gate said; everybody else keeps the champion.

        Args:
            by: whose word it is; kept with the move.
            overrides: what the gate had against it; it is kept with the move.

        Returns: what was done about a damaged file of the site; empty if nothing had to be.

        Raises: NotFound, Conflict if it answers the site already, InvalidCheckpoint,
            StorageFailed, StoreBusy.
        """
        alias = site_alias(self.champion.alias, site)
        seen = _moves_seen(alias)
        with self.champion.in_turn():
            self.sites.verify(version)
            note = alias.move(
                version,
                by=by,
                reason=reason,
                overrides=overrides,
                store=self.store,
                sets_aside=True,
                serving=CHAMPION,
                seen=seen,
            )
            self.sites.refresh()
        return note

    def rollback(
        self, site: str, *, reason: str, by: str = UNNAMED, from_version: str | None = None
    ) -> str:
        """Go back to the site's former version, or to the champion; returns what answers it now.

        Args:
            by: whose word it is; kept with the move.
            from_version: the version that is not wanted any more. None: whichever it is.

        Raises: Conflict if the site has no version of its own, or another one by now,
            InvalidCheckpoint, StorageFailed, StoreBusy.
        """
        alias = site_alias(self.champion.alias, site)
        standing = alias.standing()
        serving, target = standing.version or CHAMPION, rollback_target(standing.history)
        if from_version and from_version != serving:
            raise Conflict(
                f"'{site}' is answered by {serving}, not by {from_version}; look at GET /models."
            )
        if target is None:
            raise Conflict(
                f"'{site}' has no version of its own to go back from; the champion answers it."
            )
        with self.champion.in_turn():
            self._verify(target, site)
            self._move(alias, target, serving=serving, by=by, reason=reason)
            self.sites.refresh()
        return target

    def _verify(self, target: str, site: str) -> None:
        if target == CHAMPION:
            return
        try:
            self.sites.verify(target)
        except NotFound as exc:
            raise Conflict(
                f"The version of '{site}' before, {target}, was removed; promote another one."
            ) from exc

    def _move(self, alias: Alias, target: str, *, serving: str, by: str, reason: str) -> None:
        alias.move(
            target, previous=serving, by=by, reason=reason, kind="rollback", store=self.store
        )


def _moves_seen(alias: Alias) -> int | None:
    """How many moves there are when a promotion is asked for; None where nobody knows."""
    try:
        return alias.standing().sequence
    except AppError:
        return None
