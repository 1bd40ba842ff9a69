"""Changing by hand which version answers a site: forward to any version, or back."""

import contextlib
from dataclasses import dataclass

from api.errors import AppError, Conflict, NotFound
from api.model_card.sites.site_profile import SiteFit
from api.registry.champion import Alias
from api.registry.history import CHAMPION, MoveKind, rollback_target
from api.registry.sites.site_candidates import read_site_candidate
from api.registry.sites.site_names import site_key
from api.registry.sites.site_versions import site_alias
from api.registry.store import Store
from api.serving.promotion import UNNAMED, Promoter
from api.serving.sites.live_sites import LiveSites
from api.serving.sites.site_models import SiteModels


@dataclass(frozen=True, slots=True)
class SitePromoter:
    """Moves the alias of a site only to a version that was just proven to serve."""

    store: Store
    sites: SiteModels
    champion: Promoter
    profiles: LiveSites
    # The site of an installation that serves one only; None: it serves several.
    everybody: str | None = None

    def failed_checks(self, version: str, site: str | None) -> tuple[str, ...]:
        """Names of the gate's conditions that a version did not meet, for everybody or for a site,
        where it was judged for sites; none where it was not, or cannot be opened."""
        found, key = None, site_key(site or self.everybody or "")
        with contextlib.suppress(AppError):
            found = read_site_candidate(self.store.get(version))
        if found is None:
            return ()
        named = (judged.site for judged in found.verdict.sites if site_key(judged.site) == key)
        return found.verdict.failed_for(next(named, None))

    def promote(
        self,
        version: str,
        site: str | None,
        *,
        reason: str,
        by: str = UNNAMED,
        overrides: tuple[str, ...] = (),
    ) -> str:
        """Make a version answer a site, whatever the gate said; everybody else keeps the champion.
        It brings the profile that it was judged with there.

        Args:
            site: None: everybody.
            by: whose word it is; kept with the move.
            overrides: what the gate had against it; it is kept with the move.

        Returns: what else was done: about its profile, and about a damaged file of the site.

        Raises: NotFound, Conflict if it answers the site already, InvalidCheckpoint,
            StorageFailed, StoreBusy.
        """
        alias = site_alias(self.champion.alias, site) if site else self.champion.alias
        whose, answers = site or self.everybody or "", _version_of(alias)
        fit = self._fit(version, whose) if version != answers else None
        # What the gate objected to is no check that was passed.
        profile = self.profiles.applied_with(
            whose, fit, by=by, reason=reason, forced=bool(overrides)
        )
        if site is None:
            with profile:
                note = self.champion.promote(version, reason=reason, by=by, overrides=overrides)
            return _with_profile(note, fit, whose)
        seen = _moves_seen(alias)
        with self.champion.in_turn():
            self.sites.verify(version)
            with profile:
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
        return _with_profile(note, fit, whose)

    def _fit(self, version: str, site: str) -> SiteFit | None:
        """The profile that a version was judged with at a site. Raises: as `Store.get`."""
        found = read_site_candidate(self.store.get(version)) if site else None
        return found.fits.get(site_key(site)) if found else None

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
            target, previous=serving, by=by, reason=reason, kind=MoveKind.ROLLBACK, store=self.store
        )


def _with_profile(note: str, fit: SiteFit | None, site: str) -> str:
    """What was done, with what is said of the profile."""
    if fit is None:
        return note
    decided_by = (
        f"Films of '{site}' are decided by the profile that {fit.version} was judged with, made "
        f"from {fit.n} of them."
    )
    return f"{decided_by} {note}".strip()


def _version_of(alias: Alias) -> str | None:
    """None also where nobody knows."""
    with contextlib.suppress(AppError):
        return alias.current()
    return None


def _moves_seen(alias: Alias) -> int | None:
    """How many moves there are when a promotion is asked for; None where nobody knows."""
    try:
        return alias.standing().sequence
    except AppError:
        return None
