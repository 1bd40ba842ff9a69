"""The files of site profiles: what a site's folder holds, and how it is read."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.errors import AppError, InvalidCheckpoint, StorageFailed
from api.files import read_bounded
from api.model_card.sites.site_profile import SiteProfile
from api.tasks.states import State

HISTORY_NAME = "history.json"
MAX_BYTES = 4_000_000


class SiteMoveKind(State):
    """What can be done with a site's profile."""

    APPLIED = "applied"
    UNDONE = "undone"


class SiteMove(BaseModel):
    """One change of what is applied at a site; `profile` is applied from then on."""

    model_config = ConfigDict(frozen=True)

    kind: SiteMoveKind
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


def applied_profiles(moves: tuple[SiteMove, ...]) -> list[str]:
    """What undoing goes through, the applied one last; empty: none is applied."""
    stack: list[str] = []
    for move in moves:
        if move.kind == SiteMoveKind.UNDONE:
            stack = stack[:-1]
        elif move.profile is not None:
            stack.append(move.profile)
    return stack


def state_in(folder: Path) -> SiteState:
    """A site as its folder says; what cannot be followed is its `problem`."""
    name: str = folder.name
    moves: tuple[SiteMove, ...] = ()
    try:
        if (history := history_in(folder)) is None:
            return SiteState(folder.name, name, None)
        name, moves = history.site, history.moves
        applied = applied_profiles(moves)
        profile = read_profile(profile_path(folder, applied[-1])) if applied else None
    except AppError as exc:
        return SiteState(folder.name, name, None, moves, exc.message)
    return SiteState(folder.name, name, profile, moves)


def history_in(folder: Path) -> SiteHistory | None:
    """None before the first profile. Raises: InvalidCheckpoint, StorageFailed."""
    content = _content(folder / HISTORY_NAME)
    try:
        return None if content is None else SiteHistory.model_validate_json(content)
    except ValidationError as exc:
        raise _damaged(folder / HISTORY_NAME) from exc


def read_profile(path: Path) -> SiteProfile:
    """Raises: InvalidCheckpoint if it is damaged or gone, StorageFailed."""
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


def profile_path(folder: Path, profile_id: str) -> Path:
    """Where a profile lies in its site's folder."""
    return folder / f"{profile_id.rpartition('-')[2]}.json"


def _damaged(path: Path) -> InvalidCheckpoint:
    return InvalidCheckpoint(
        f"'{path.name}' in '{path.parent.name}' is damaged; restore it from a backup, in the "
        "shared store where there is one. Without one you can also remove the folder and check "
        "the site again."
    )
