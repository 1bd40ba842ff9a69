"""Where the moves of a task's champion are kept: in `champion.json`, or, where several nodes share
the records, in rows of theirs."""

import contextlib
import logging
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine

from api.errors import InvalidCheckpoint, StoreBusy
from api.files import storage_errors, write_atomic
from api.records.champions import champion_moves
from api.records.champions.champion_moves import CHAMPION_ALIAS, AliasHead, MoveRecord
from api.records.locks import server_lock
from api.registry.champion import Alias
from api.registry.champion_file import Standing
from api.registry.history import AliasChange, dump_history
from api.registry.sites.site_versions import site_aliases
from api.settings import Settings

logger = logging.getLogger(__name__)

LOCK_POLL_S = 0.05


def open_alias(settings: Settings, folder: Path, database: Engine) -> Alias:
    """What names the champion of the task whose checkpoints are in `folder`, by its name.

    Where the records hold it and have no moves of the task yet, those of the files are copied.

    Where one of those files is damaged, that is logged, and said by whoever asks for the champion;
    once it is moved away, the others are copied.

    Raises: StoreBusy, StorageFailed.
    """
    if not settings.champion_in_records:
        return Alias(folder)
    moves = RecordedMoves(database, folder.name, folder)
    try:
        moves.adopt_files()
    except InvalidCheckpoint as exc:
        # The other tasks are served all the same.
        logger.error("champion not taken into the records reason=%r", exc.message)
    return Alias(folder, shared=moves)


def write_files(champion: Alias, *, stamp: str) -> int:
    """Write the moves that the records hold into files, as a single machine has them.

    Args:
        champion: one whose moves are in the records.
        stamp: becomes part of the names of files that are there already; they are kept.

    Returns: how many aliases were written. Raises: StoreBusy, StorageFailed.
    """
    aliases = [alias for alias in (champion, *site_aliases(champion)) if alias.history()]
    for alias in aliases:
        with storage_errors(alias.path):
            alias.folder.mkdir(parents=True, exist_ok=True)
            for path in (alias.path, alias.backup):
                if path.exists():
                    path.rename(path.with_name(f"{path.name}.before-{stamp}"))
        content = dump_history(alias.history())
        write_atomic(alias.backup, content)
        write_atomic(alias.path, content)
    return len(aliases)


class RecordedMoves:
    """The moves of a task's aliases as rows; see `registry.champion.SharedMoves`. Thread-safe."""

    def __init__(self, database: Engine, task: str, folder: Path) -> None:
        """`folder`: of the task's checkpoints, for the lock beside an SQLite file."""
        self._database, self._task = database, task
        self._lock_path = folder / f".champion-{task}.lock"
        self._folder = folder
        # Moves never change: what led to a head is read once.
        self._known: dict[str, tuple[AliasHead, Standing]] = {}
        self._is_adopted = True

    def standing(self, key: str) -> Standing:
        """See `SharedMoves`."""
        if not self._is_adopted:
            self.adopt_files()
        head = champion_moves.heads(self._database, task=self._task).get(key)
        return self._standing_at(key, head) if head else Standing(())

    def _standing_at(self, key: str, head: AliasHead) -> Standing:
        known = self._known.get(key)
        if known is not None and known[0] == head:
            return known[1]
        records = champion_moves.moves_to(self._database, key, head, task=self._task)
        standing = Standing(tuple(map(_change, records)), counted=head.sequence)
        self._known[key] = head, standing
        return standing

    def append(self, key: str, move: AliasChange, *, after: int) -> bool:
        """See `SharedMoves`."""
        return champion_moves.append(
            self._database, key, _record(move), after=after, task=self._task
        )

    def sites(self) -> list[tuple[str, str]]:
        """See `SharedMoves`."""
        heads = champion_moves.heads(self._database, task=self._task)
        heads.pop(CHAMPION_ALIAS, None)
        found = ((key, self._standing_at(key, heads[key])) for key in sorted(heads))
        return [(key, standing.history[-1].site or key) for key, standing in found]

    @contextlib.contextmanager
    def locked(self, *, timeout_s: float) -> Iterator[None]:
        """See `SharedMoves`."""
        if self._database.dialect.name == "sqlite":
            self._folder.mkdir(parents=True, exist_ok=True)
        lock = server_lock(self._database, self._lock_path)
        deadline = time.monotonic() + timeout_s
        while not lock.acquire():
            if time.monotonic() >= deadline:
                raise StoreBusy(
                    "The champion is being changed by somebody else; try again in a moment."
                )
            time.sleep(LOCK_POLL_S)
        try:
            yield
        finally:
            lock.release()

    def adopt_files(self) -> None:
        """Copy the moves that the files hold, unless the records have moves of the task already.

        Raises: InvalidCheckpoint if one is damaged; StoreBusy, StorageFailed.
        """
        # Until then the default must not be taken for the champion.
        self._is_adopted = False
        if champion_moves.heads(self._database, task=self._task):
            self._is_adopted = True
            return
        champion = Alias(self._folder)
        histories = {
            alias.folder.name if alias.site else CHAMPION_ALIAS: alias
            for alias in (champion, *site_aliases(champion))
        }
        home = self._folder.parent
        copied = {key: _moves_of(alias, home) for key, alias in histories.items()}
        moves = {key: records for key, records in copied.items() if records}
        if moves and champion_moves.adopt(self._database, moves, task=self._task):
            logger.info(
                "champion taken from files into the records task=%s aliases=%d",
                self._task,
                len(moves),
            )
        self._is_adopted = True


def _moves_of(alias: Alias, home: Path) -> list[MoveRecord]:
    try:
        return list(map(_record, alias.history()))
    except InvalidCheckpoint as exc:
        raise InvalidCheckpoint(
            f"{exc.message} Until then the champion cannot go into the records; restore "
            f"'{alias.path.relative_to(home)}' in the folder of models, or move it away."
        ) from exc


def _record(move: AliasChange) -> MoveRecord:
    return MoveRecord(
        version=move.version,
        previous=move.previous,
        kind=move.kind,
        at=move.at,
        moved_by=move.by,
        reason=move.reason,
        overrides=move.overrides,
        note=move.note,
        site=move.site,
    )


def _change(record: MoveRecord) -> AliasChange:
    return AliasChange.model_validate(
        {
            "version": record.version,
            "previous": record.previous,
            "kind": record.kind,
            "at": record.at,
            "by": record.moved_by,
            "reason": record.reason,
            "overrides": record.overrides,
            "note": record.note,
            "site": record.site,
        }
    )
