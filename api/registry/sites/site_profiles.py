"""Site profiles on disk: a folder for each site, its profiles, and what was done with them.

`sites/<site>/history.json` is append-only and says which profile is applied; each profile is a
file of its own beside it that is never changed. Where several machines share a store, the files are
copies of what lies there.
"""

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel

from api.clock import now
from api.errors import AppError, Conflict, NotFound, StorageUnavailable, StoreBusy
from api.files import storage_errors, write_atomic
from api.model_card.sites.site_profile import SiteFit, SiteProfile
from api.registry.sites.site_files import (
    HISTORY_NAME,
    SiteHistory,
    SiteMove,
    SiteMoveKind,
    SiteState,
    applied_profiles,
    history_in,
    profile_path,
    read_profile,
    state_in,
)
from api.registry.sites.site_names import site_folder, site_name
from api.registry.store import Store
from api.storage.blob_store import BlobStore
from api.storage.mirrored_folder import MirroredFolder

SITES_FOLDER, LOCK_NAME = "sites", ".sites.lock"
LOCK_TIMEOUT_S = 10.0
# The files of the store that are the profiles', and how often a change begins again because another
# machine changed the same site.
FILES = re.compile(r"[a-z0-9-]+/(history|p\d+)\.json")
ATTEMPTS = 5


def sites_of(store: Store) -> "SiteStore":
    """The profiles beside a task's checkpoints, shared with other machines where those are."""
    shared = store.published.blobs if store.published else None
    return SiteStore(store.folder / SITES_FOLDER, shared)


@dataclass(frozen=True, slots=True)
class SiteStore:
    """The profiles of a task; `folder` is `<models_dir>/<task>/sites`.

    `blobs` is the store that several machines share; None: the folder is all there is. Only what
    changes something and `refresh` ask it.
    """

    folder: Path
    blobs: BlobStore | None = None

    def refresh(self) -> None:
        """Copy what others changed. Raises: StorageUnavailable, StorageFailed, StoreBusy."""
        shared = self._shared
        if shared is None or shared.is_current():
            return
        with self._locked():
            shared.pull()

    def copy_again(self, folders: Iterable[str]) -> None:
        """Copy the files of sites anew where they are not what the shared store has.

        Raises: StorageUnavailable, StorageFailed, StoreBusy.
        """
        if shared := self._shared:
            with self._locked():
                for folder in folders:
                    shared.copy_again(folder)

    def check_known(self) -> None:
        """Raises: StorageUnavailable if the shared store was never read: there may be a profile."""
        if self._shared is not None and not self._shared.is_copied():
            raise StorageUnavailable(
                "The profiles of sites are in the shared store, and this machine has not read them "
                "yet; try again in a moment."
            )

    def states(self) -> list[SiteState]:
        """Every site that ever had a profile, by name, whatever state its files are in."""
        if not self.folder.is_dir():
            return []
        with storage_errors(self.folder):
            folders = [path for path in self.folder.iterdir() if path.is_dir()]
        return sorted(map(state_in, folders), key=lambda state: state.name.casefold())

    def state(self, name: str) -> SiteState:
        """One site. Raises: NotFound, InvalidRequest."""
        folder = self._folder_of(name)
        if not folder.is_dir():
            raise _unknown(name)
        return state_in(folder)

    def apply(
        self,
        name: str,
        fit: SiteFit,
        *,
        by: str,
        reason: str,
        prevalence: float | None = None,
        forced: bool = False,
    ) -> SiteProfile:
        """Make a profile of a fit and apply it from now on.

        Args:
            prevalence: share of films with a finding at the site; None: as in the films.

        Raises: InvalidRequest for the name, InvalidCheckpoint if the site's files are damaged,
            StorageFailed, StorageUnavailable, StoreBusy.
        """
        with self._locked():
            for _ in range(ATTEMPTS):
                profile = self._new_profile(name, fit, by, reason, prevalence, forced)
                if self._apply(profile):
                    return profile
        raise _busy()

    @contextlib.contextmanager
    def applied_with(
        self, name: str, fit: SiteFit | None, *, by: str, reason: str, forced: bool = False
    ) -> Iterator[None]:
        """Apply a fit, and let the version that it is about answer inside; undone where that fails.

        First the profile: it says nothing as long as another version answers.

        Raises: as `apply`.
        """
        profile = self.apply(name, fit, by=by, reason=reason, forced=forced) if fit else None
        try:
            yield
        except AppError as exc:
            if profile:
                with contextlib.suppress(AppError):
                    self.undo(name, by=by, reason=exc.message, profile=profile.id)
            raise

    def undo(self, name: str, *, by: str, reason: str, profile: str | None = None) -> SiteState:
        """Apply the profile before the current one again, or none.

        Args:
            profile: the one that is not wanted any more; None: whichever it is.

        Raises: NotFound if the site has none, Conflict if it is another one by now,
            InvalidCheckpoint, StorageFailed, StoreBusy.
        """
        folder = self._folder_of(name)
        with self._locked():
            for _ in range(ATTEMPTS):
                history = self._newest_history(folder)
                applied = applied_profiles(history.moves) if history else []
                if history is None or not applied:
                    raise _unknown(name)
                if profile is not None and profile != applied[-1]:
                    raise Conflict(
                        f"The profile of {history.site} is '{applied[-1]}' by now; look at GET "
                        "/sites."
                    )
                move = SiteMove(
                    kind=SiteMoveKind.UNDONE,
                    profile=applied[-2] if len(applied) > 1 else None,
                    at=now().replace(microsecond=0),
                    by=by,
                    reason=reason,
                )
                if self._append(folder, history.site, history, move):
                    return self.state(name)
        raise _busy()

    def profile(self, name: str, profile_id: str) -> SiteProfile:
        """A profile that was applied to a site's films at any time.

        Raises: InvalidCheckpoint if it is damaged or gone, InvalidRequest, StorageFailed.
        """
        return read_profile(profile_path(self._folder_of(name), profile_id))

    def signature(self) -> tuple[tuple[str, int, int], ...]:
        """Changes whenever a file of a profile or a history does."""
        return tuple(sorted(map(_stamp, self.folder.glob("*/*.json"))))

    def _folder_of(self, name: str) -> Path:
        return self.folder / site_folder(site_name(name))

    @property
    def _shared(self) -> MirroredFolder | None:
        if self.blobs is None:
            return None
        return MirroredFolder(self.folder, self.blobs, FILES, prefix=f"{SITES_FOLDER}/")

    def _newest_history(self, folder: Path) -> SiteHistory | None:
        """What all machines know of a site; None before its first profile."""
        if self._shared:
            self._shared.pull()
        return history_in(folder) if folder.is_dir() else None

    def _new_profile(
        self,
        name: str,
        fit: SiteFit,
        by: str,
        reason: str,
        prevalence: float | None,
        forced: bool,
    ) -> SiteProfile:
        site, folder = site_name(name), self._folder_of(name)
        former = self._newest_history(folder)
        return SiteProfile(
            id=f"{folder.name}-p{_next_number(folder)}",
            site=former.site if former else site,
            created_at=now().replace(microsecond=0),
            by=by,
            reason=reason,
            forced=forced,
            prevalence=prevalence or fit.prevalence,
            prevalence_is_given=prevalence is not None,
            fit=fit,
        )

    def _apply(self, profile: SiteProfile) -> bool:
        """Write a profile and that it is applied; False if another machine was faster."""
        folder = self._folder_of(profile.site)
        path, content = profile_path(folder, profile.id), _json(profile)
        if self._shared is None:
            write_atomic(path, content)
        elif not self._shared.add(_key_of(path), content):
            return False
        move = SiteMove(
            kind=SiteMoveKind.APPLIED,
            profile=profile.id,
            at=profile.created_at,
            by=profile.by,
            reason=profile.reason,
        )
        former = history_in(folder)
        return self._append(folder, profile.site, former, move)

    def _append(self, folder: Path, site: str, former: SiteHistory | None, move: SiteMove) -> bool:
        moves = (*(former.moves if former else ()), move)
        path, content = folder / HISTORY_NAME, _json(SiteHistory(site=site, moves=moves))
        if self._shared:
            return self._shared.replace(_key_of(path), content)
        write_atomic(path, content)
        return True

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / LOCK_NAME)
            try:
                lock.acquire(timeout=LOCK_TIMEOUT_S)
            except Timeout as exc:
                raise _busy() from exc
        try:
            yield
        finally:
            lock.release()


def _json(part: BaseModel) -> bytes:
    return json.dumps(part.model_dump(mode="json"), indent=1, ensure_ascii=False).encode() + b"\n"


def _next_number(folder: Path) -> int:
    numbers = [path.stem.rpartition("p")[2] for path in folder.glob("p*.json")]
    return 1 + max((int(number) for number in numbers if number.isdigit()), default=0)


def _key_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _busy() -> StoreBusy:
    return StoreBusy("Site profiles are being changed by somebody else; try again in a moment.")


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), status.st_mtime_ns, status.st_ino


def _unknown(name: str) -> NotFound:
    return NotFound(f"There is no profile of a site '{name}'; GET /sites lists them.")
