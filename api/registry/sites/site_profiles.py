"""Site profiles on disk: a folder for each site, its profiles, and what was done with them.

`sites/<site>/history.json` is append-only and says which profile is applied; each profile is a
file of its own beside it that is never changed.
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.clock import now
from api.errors import AppError, Conflict, InvalidCheckpoint, NotFound, StorageFailed, StoreBusy
from api.files import read_bounded, storage_errors, write_atomic
from api.model_card.sites.site_profile import SiteFit, SiteProfile
from api.registry.sites.site_names import site_folder, site_name

SITES_FOLDER, HISTORY_NAME, LOCK_NAME = "sites", "history.json", ".sites.lock"
LOCK_TIMEOUT_S = 10.0
MAX_BYTES = 4_000_000


class SiteMove(BaseModel):
    """One change of what is applied at a site; `profile` is applied from then on."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["applied", "undone"]
    profile: str | None
    at: datetime
    by: str
    reason: str


class SiteHistory(BaseModel):
    """A site's file: its name, and every move, oldest first."""

    model_config = ConfigDict(frozen=True)

    site: str
    moves: Annotated[tuple[SiteMove, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class SiteState:
    """A site as its files say; `problem`: why they cannot be followed."""

    folder: str
    name: str
    profile: SiteProfile | None
    moves: tuple[SiteMove, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class SiteStore:
    """The profiles of a task; `folder` is `<models_dir>/<task>/sites`."""

    folder: Path

    def states(self) -> list[SiteState]:
        """Every site that ever had a profile, by name, whatever state its files are in."""
        if not self.folder.is_dir():
            return []
        with storage_errors(self.folder):
            folders = [path for path in self.folder.iterdir() if path.is_dir()]
        return sorted(map(_state_in, folders), key=lambda state: state.name.casefold())

    def state(self, name: str) -> SiteState:
        """One site. Raises: NotFound, InvalidRequest."""
        folder = self._folder_of(name)
        if not folder.is_dir():
            raise _unknown(name)
        return _state_in(folder)

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
            StorageFailed, StoreBusy.
        """
        site, folder = site_name(name), self._folder_of(name)
        with self._locked():
            former = _history_in(folder) if folder.is_dir() else None
            profile = SiteProfile(
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
            write_atomic(_profile_path(folder, profile.id), _json(profile))
            move = SiteMove(
                kind="applied", profile=profile.id, at=profile.created_at, by=by, reason=reason
            )
            _append(folder, profile.site, former, move)
        return profile

    def undo(self, name: str, *, by: str, reason: str, profile: str | None = None) -> SiteState:
        """Apply the profile before the current one again, or none.

        Args:
            profile: the one that is not wanted any more; None: whichever it is.

        Raises: NotFound if the site has none, Conflict if it is another one by now,
            InvalidCheckpoint, StorageFailed, StoreBusy.
        """
        folder = self._folder_of(name)
        with self._locked():
            history = _history_in(folder) if folder.is_dir() else None
            applied = applied_profiles(history.moves) if history else []
            if history is None or not applied:
                raise _unknown(name)
            if profile is not None and profile != applied[-1]:
                raise Conflict(
                    f"The profile of {history.site} is '{applied[-1]}' by now; look at GET /sites."
                )
            move = SiteMove(
                kind="undone",
                profile=applied[-2] if len(applied) > 1 else None,
                at=now().replace(microsecond=0),
                by=by,
                reason=reason,
            )
            _append(folder, history.site, history, move)
        return self.state(name)

    def profile(self, name: str, profile_id: str) -> SiteProfile:
        """A profile that was applied to a site's films at any time.

        Raises: InvalidCheckpoint if it is damaged or gone, InvalidRequest, StorageFailed.
        """
        return _read_profile(_profile_path(self._folder_of(name), profile_id))

    def signature(self) -> tuple[tuple[str, int, int], ...]:
        """Changes whenever a file of a profile or a history does."""
        return tuple(sorted(map(_stamp, self.folder.glob("*/*.json"))))

    def _folder_of(self, name: str) -> Path:
        return self.folder / site_folder(site_name(name))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / LOCK_NAME)
            try:
                lock.acquire(timeout=LOCK_TIMEOUT_S)
            except Timeout as exc:
                raise StoreBusy(
                    "Site profiles are being changed by somebody else; try again in a moment."
                ) from exc
        try:
            yield
        finally:
            lock.release()


def applied_profiles(moves: tuple[SiteMove, ...]) -> list[str]:
    """What undoing goes through, the applied one last; empty: none is applied."""
    stack: list[str] = []
    for move in moves:
        if move.kind == "undone":
            stack = stack[:-1]
        elif move.profile is not None:
            stack.append(move.profile)
    return stack


def _state_in(folder: Path) -> SiteState:
    name: str = folder.name
    moves: tuple[SiteMove, ...] = ()
    try:
        if (history := _history_in(folder)) is None:
            return SiteState(folder.name, name, None)
        name, moves = history.site, history.moves
        applied = applied_profiles(moves)
        profile = _read_profile(_profile_path(folder, applied[-1])) if applied else None
    except AppError as exc:
        return SiteState(folder.name, name, None, moves, exc.message)
    return SiteState(folder.name, name, profile, moves)


def _history_in(folder: Path) -> SiteHistory | None:
    """None before the first profile. Raises: InvalidCheckpoint, StorageFailed."""
    content = _content(folder / HISTORY_NAME)
    try:
        return None if content is None else SiteHistory.model_validate_json(content)
    except ValidationError as exc:
        raise _damaged(folder / HISTORY_NAME) from exc


def _read_profile(path: Path) -> SiteProfile:
    content = _content(path)
    try:
        if content is not None:
            return SiteProfile.model_validate_json(content)
    except ValidationError as exc:
        raise _damaged(path) from exc
    raise InvalidCheckpoint(f"'{path.name}' is missing; restore it, or undo the profile.")


def _content(path: Path) -> bytes | None:
    try:
        return read_bounded(path, max_bytes=MAX_BYTES)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise StorageFailed(
            f"'{path.name}' in '{path.parent.name}' cannot be read ({exc.strerror}); fix its "
            "permissions."
        ) from exc
    except ValueError as exc:
        raise _damaged(path) from exc


def _append(folder: Path, site: str, former: SiteHistory | None, move: SiteMove) -> None:
    moves = (*(former.moves if former else ()), move)
    write_atomic(folder / HISTORY_NAME, _json(SiteHistory(site=site, moves=moves)))


def _json(part: BaseModel) -> bytes:
    return json.dumps(part.model_dump(mode="json"), indent=1, ensure_ascii=False).encode() + b"\n"


def _next_number(folder: Path) -> int:
    numbers = [path.stem.rpartition("p")[2] for path in folder.glob("p*.json")]
    return 1 + max((int(number) for number in numbers if number.isdigit()), default=0)


def _profile_path(folder: Path, profile_id: str) -> Path:
    return folder / f"{profile_id.rpartition('-')[2]}.json"


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), status.st_mtime_ns, status.st_ino


def _damaged(path: Path) -> InvalidCheckpoint:
    return InvalidCheckpoint(
        f"'{path.name}' in '{path.parent.name}' is damaged; restore it, or remove the folder and "
        "check the site again."
    )


def _unknown(name: str) -> NotFound:
    return NotFound(f"There is no profile of a site '{name}'; GET /sites lists them.")
