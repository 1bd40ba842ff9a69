"""`champion.json` and its copy on disk: read whatever lies there, written so that one is sound."""

import logging
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from api.clock import now
from api.errors import AppError, InvalidCheckpoint, StorageFailed
from api.files import read_bounded, write_atomic
from api.registry.history import MAX_BYTES, AliasChange, History, dump_history, parse_history

logger = logging.getLogger(__name__)

FILE_NAME = "champion.json"
BACKUP_NAME = "champion.backup.json"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the champion's moves.

    Attributes:
        history: oldest first; none while the default serves.
        problem: why they are not read from the file itself; None: they are.
        is_known: False if they are nowhere to be read.
        counted: how many moves there were, where the oldest are not in `history`.
    """

    history: History
    problem: AppError | None = None
    is_known: bool = True
    counted: int | None = None

    @property
    def sequence(self) -> int:
        """How many moves led here; 0 while the default serves."""
        return len(self.history) if self.counted is None else self.counted

    @property
    def version(self) -> str | None:
        """The promoted version, or None while the default serves."""
        return self.history[-1].version if self.history else None


def read_standing(folder: Path) -> Standing:
    """The moves of the file, else of its copy.

    Raises: InvalidCheckpoint if the file is damaged, StorageFailed if the system does not let it
        be read; both only if there is no sound copy.
    """
    try:
        history = _moves_of(folder)
    except AppError as exc:
        copied, problem = _copied(folder), exc
        if not copied:
            raise
    else:
        copied = () if history else _copied(folder)
        if not copied:
            return Standing(history)
        problem = InvalidCheckpoint(
            f"'{FILE_NAME}' is missing, although versions were promoted here. {_REMEDY}"
        )
    role = f"answers '{copied[-1].site}'" if copied[-1].site else "is the champion"
    followed = f"Its copy '{BACKUP_NAME}' is followed: {copied[-1].version} {role}."
    return Standing(copied, type(problem)(f"{problem.message} {followed}"))


def write_move(folder: Path, standing: Standing, move: AliasChange) -> str:
    """Append a move; returns what was done about a file that was not sound. Raises: StorageFailed.

    Nobody else may write meanwhile.
    """
    if standing.problem:
        aside = _aside(folder)
        note = _note(standing, aside)
        noted = move.model_copy(update={"note": note})
        _begin_anew(folder, (*standing.history, noted), aside)
        return note
    content = dump_history((*standing.history, move))
    write_atomic(folder / FILE_NAME, content)
    try:
        write_atomic(folder / BACKUP_NAME, content)
    except StorageFailed as exc:
        # The move is made; `back_up` tries again.
        logger.warning("copy of the champion's moves not written reason=%r", exc.message)
    return ""


def mend(folder: Path, standing: Standing) -> str:
    """Write the copy's moves where the file's should be; returns what was done.

    Nobody else may write meanwhile. Raises: StorageFailed.
    """
    aside = _aside(folder)
    _begin_anew(folder, standing.history, aside)
    return _note(standing, aside)


def is_backed_up(folder: Path) -> bool:
    """Whether the copy is as the file, or nothing is known that could be copied."""
    try:
        history = _moves_of(folder)
    except AppError:
        return True
    return not history or history == _copied(folder)


def back_up(folder: Path) -> None:
    """Copy the file. Nobody else may write meanwhile. Raises: StorageFailed, InvalidCheckpoint."""
    if history := _moves_of(folder):
        write_atomic(folder / BACKUP_NAME, dump_history(history))


_REMEDY = (
    "Restore it, or promote the version that should serve; what lies there is set aside then, "
    "not removed."
)


def _moves_of(folder: Path) -> History:
    """Of the file alone; nothing where there is none."""
    try:
        return parse_history(read_bounded(folder / FILE_NAME, max_bytes=MAX_BYTES))
    except FileNotFoundError:
        return ()
    except OSError as exc:
        raise StorageFailed(
            f"'{FILE_NAME}' cannot be read ({exc.strerror}), though it may be sound. Fix its "
            "permissions, or what the system is short of."
        ) from exc
    except ValueError as exc:
        raise InvalidCheckpoint(f"'{FILE_NAME}' is damaged ({_wrong(exc)}). {_REMEDY}") from exc


def _copied(folder: Path) -> History:
    """Of the copy; nothing where there is no sound one."""
    try:
        return parse_history(read_bounded(folder / BACKUP_NAME, max_bytes=MAX_BYTES))
    except (OSError, ValueError):
        return ()


def _begin_anew(folder: Path, history: History, aside: Path | None) -> None:
    """The copy is written first, so that one of the two is sound at every moment."""
    content = dump_history(history)
    write_atomic(folder / BACKUP_NAME, content)
    if aside:
        (folder / FILE_NAME).rename(aside)
    write_atomic(folder / FILE_NAME, content)
    logger.warning("champion file written anew aside=%s", aside.name if aside else None)


def _aside(folder: Path) -> Path | None:
    """A free name for what lies in the file's place; None: nothing does."""
    if not (folder / FILE_NAME).exists() and not (folder / FILE_NAME).is_symlink():
        return None
    stem = f"{FILE_NAME}.damaged-{now():%Y%m%dT%H%M%SZ}"
    taken = {path.name for path in folder.glob(f"{stem}*")}
    names = (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 2)))
    return folder / next(name for name in names if name not in taken)


def _note(standing: Standing, aside: Path | None) -> str:
    was = f"was damaged and is kept as '{aside.name}'" if aside else "was missing"
    source = "its copy" if standing.history else "here; earlier moves are not known"
    return f"'{FILE_NAME}' {was}; the history goes on from {source}."


def _wrong(exc: ValueError) -> str:
    """What is wrong, without the content: that may be long, or anything."""
    if not isinstance(exc, ValidationError):
        return str(exc)
    first = exc.errors(include_url=False, include_input=False)[0]
    if not first["loc"] and first["type"] in {"tuple_type", "too_short"}:
        return "it is no list of moves"
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else first["msg"]
