"""Who serves: one small file that names the champion and remembers every move."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, ValidationError

from api.errors import Conflict, InvalidCheckpoint
from api.files import storage_errors, write_atomic
from api.registry.card import now
from api.registry.store import Checkpoint, Store

Kind = Literal["promotion", "rollback"]

FILE_NAME = "champion.json"
LOCK_NAME = ".champion.lock"


class Move(BaseModel):
    """One change of the champion."""

    model_config = ConfigDict(frozen=True)

    version: str
    previous: str | None
    kind: Kind = "promotion"
    at: datetime
    by: str
    reason: str
    # Names of the gate's conditions that the version had not met.
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alias:
    """The file `champion.json` in a task's folder; absent while the default serves."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / FILE_NAME

    def history(self) -> list[Move]:
        """All moves, oldest first.

        Raises: InvalidCheckpoint if the file is damaged.
        """
        try:
            return [Move.model_validate(move) for move in json.loads(self.path.read_bytes())]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, ValidationError) as exc:
            raise InvalidCheckpoint(
                f"'{self.path.name}' is damaged; remove it to serve the default model."
            ) from exc

    def current(self) -> str | None:
        """The promoted version, or None while the default serves."""
        moves = self.history()
        return moves[-1].version if moves else None

    def move(
        self,
        version: str,
        *,
        previous: str | None,
        by: str,
        reason: str,
        kind: Kind = "promotion",
        overrides: tuple[str, ...] = (),
        only_if_champion: Store | None = None,
        only_if_there: Path | None = None,
    ) -> None:
        """Make `version` the champion.

        With `only_if_champion`, a store, nothing moves unless `previous` still serves from there;
        with `only_if_there`, a weights file, unless there is that.

        Raises: Conflict if it does not, or is not, StorageFailed, InvalidCheckpoint.
        """
        with self.locked():
            if only_if_there and not only_if_there.is_file():
                raise Conflict(f"Version '{version}' was removed meanwhile; promote another one.")
            if only_if_champion and champion_of(only_if_champion, self).version != previous:
                raise Conflict(f"The champion is {self.current()} by now, no longer {previous}.")
            move = Move(
                version=version,
                previous=previous,
                kind=kind,
                at=now(),
                by=by,
                reason=reason,
                overrides=overrides,
            )
            moves = [entry.model_dump(mode="json") for entry in (*self.history(), move)]
            write_atomic(self.path, json.dumps(moves, indent=1).encode())

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else moves the alias, or removes versions. Raises: StorageFailed."""
        with storage_errors(self.path):
            self.folder.mkdir(parents=True, exist_ok=True)
        with storage_errors(self.path), FileLock(self.folder / LOCK_NAME):
            yield

    def rollback_target(self) -> str | None:
        """The champion before the current one, None if there is none.

        A rollback undoes the last promotion that was not undone yet, whoever made it.
        """
        stack: list[str] = []
        for move in self.history():
            if not stack and move.previous:
                stack.append(move.previous)
            if move.kind == "rollback":
                # Two people at once may undo the same promotion; then there is less to forget.
                del stack[-1:]
            else:
                stack.append(move.version)
        return stack[-2] if len(stack) > 1 else None


def retraining(job_id: str) -> str:
    """Who moved the champion, where a job did."""
    return f"retraining {job_id}"


def champion_of(store: Store, alias: Alias) -> Checkpoint:
    """The checkpoint that should serve: the promoted one, else the default.

    Raises: NotFound, InvalidCheckpoint.
    """
    promoted = alias.current()
    return store.get(promoted) if promoted else store.default()
