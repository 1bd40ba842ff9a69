"""Promotions and rollbacks as events: what is new in the files that name what serves.

A move is a change of a file, not of a row. So each file's history is held against the last move
that became an event; the events and that mark are written in one transaction, and a crash between
the move and its event loses nothing.
"""

import hashlib
import logging
from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from api.clock import now
from api.errors import AppError
from api.records.alerting import events
from api.records.alerting.events import Event, EventType
from api.records.database import writing
from api.registry.champion import Alias, Stamp
from api.registry.history import AliasChange, History, MoveKind
from api.registry.sites.site_versions import site_aliases

logger = logging.getLogger(__name__)


class ChampionEvents:
    """Watches the aliases of one task."""

    def __init__(self, database: Engine, task: str, champion: Alias) -> None:
        self._database, self._task, self._champion = database, task, champion
        self._stamps: dict[str, Stamp | None] = {}
        self._since: datetime | None = None

    def look(self) -> None:
        """Make events of moves that are new since the last look, whoever made it.

        Moves from before the first look of all are none. Raises: StoreBusy, StorageFailed.
        """
        since = self._begun()
        for alias in (self._champion, *site_aliases(self._champion)):
            stamp = alias.stamp()
            if stamp is None or self._stamps.get(alias.folder.name) == stamp:
                continue
            try:
                history = alias.history()
            except AppError as exc:
                # The next move mends the file; what is lost of it was never known.
                logger.warning("moves not read task=%s reason=%r", self._task, exc.message)
                continue
            self._add_new(alias, history, since)
            self._stamps[alias.folder.name] = stamp

    def _begun(self) -> datetime:
        """Since when moves of this task are events."""
        if self._since is None:
            source = f"moves:{self._task}"
            position = events.mark_of(self._database, source)
            if position is None:
                position = {"at": now().replace(microsecond=0).isoformat()}
                with writing(self._database) as connection:
                    self._pass_over(connection)
                    events.set_mark(connection, source, position)
            self._since = datetime.fromisoformat(position["at"])
        return self._since

    def _pass_over(self, connection: Connection) -> None:
        """What was moved before anybody looked is no news."""
        for alias in (self._champion, *site_aliases(self._champion)):
            try:
                history = alias.history()
            except AppError:
                continue
            if history:
                events.set_mark(connection, self._source(alias), _position(history))

    def _add_new(self, alias: Alias, history: History, since: datetime) -> None:
        source = self._source(alias)
        new = new_moves(history, events.mark_of(self._database, source), since)
        if not new:
            return
        with writing(self._database) as connection:
            events.add(connection, [self._event(move_id, move) for move_id, move in new])
            events.set_mark(connection, source, _position(history))

    def _source(self, alias: Alias) -> str:
        return f"moves:{self._task}:{alias.folder.name if alias.site else ''}"

    def _event(self, move_id: str, move: AliasChange) -> Event:
        return Event(
            id=f"move-{self._task}-{move_id}"[:120],
            type=EventType.PROMOTED if move.kind == MoveKind.PROMOTION else EventType.ROLLED_BACK,
            task=self._task,
            at=move.at,
            data=move.model_dump(
                mode="json", include={"version", "previous", "by", "reason", "overrides", "site"}
            ),
        )


def new_moves(
    history: History, position: dict[str, Any] | None, since: datetime
) -> list[tuple[str, AliasChange]]:
    """The moves after a position, each with an id that it always has.

    Where the move of the position is not in the history any more (its older half was dropped, or
    the file was put back), those that are younger than it are new.

    Args:
        position: the last move that became an event; None: none did.
        since: without a position, moves before that are not new.
    """
    identified = list(zip(_ids(history), history, strict=True))
    if position is None:
        return [(move_id, move) for move_id, move in identified if move.at >= since]
    places = [n for n, (move_id, _) in enumerate(identified) if move_id == position["id"]]
    if places:
        return identified[places[-1] + 1 :]
    after = datetime.fromisoformat(position["at"])
    return [(move_id, move) for move_id, move in identified if move.at > after]


def _ids(history: History) -> list[str]:
    """Of what a move says, and how many before it say the same."""
    seen: Counter[str] = Counter()
    found = []
    for move in history:
        text = f"{move.site}|{move.version}|{move.previous}|{move.kind}|{move.at}|{move.by}"
        seen[text] += 1
        found.append(hashlib.sha256(f"{text}|{seen[text]}".encode()).hexdigest()[:24])
    return found


def _position(history: History) -> dict[str, Any]:
    return {"id": _ids(history)[-1], "at": history[-1].at.isoformat()}
