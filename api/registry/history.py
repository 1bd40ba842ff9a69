"""Every move of an alias, oldest first: what its file holds, and what the moves add up to."""

import json
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, FailFast, Field, TypeAdapter, model_validator

from api.tasks.states import State


class MoveKind(State):
    """Why an alias moves."""

    PROMOTION = "promotion"
    ROLLBACK = "rollback"


# In the place of a version: a site has none of its own, and the champion answers it.
CHAMPION = "champion"

# About ten thousand moves.
MAX_BYTES = 4_000_000


class AliasChange(BaseModel):
    """One change of the champion, or of what answers a site."""

    model_config = ConfigDict(frozen=True)

    version: str = Field(pattern=rf"^(v[0-9]{{1,9}}|{CHAMPION})$")
    previous: str | None
    kind: MoveKind = MoveKind.PROMOTION
    at: datetime
    by: str
    reason: str
    # Names of the gate's conditions that the version had not met.
    overrides: tuple[str, ...] = ()
    # What happened to the file itself, if it was not as it should have been.
    note: str = ""
    # The site's name, where it is about one.
    site: str | None = None

    @model_validator(mode="after")
    def _only_a_site_follows_the_champion(self) -> Self:
        if self.version == CHAMPION and self.site is None:
            raise ValueError("the champion has to be a version")
        return self


History = tuple[AliasChange, ...]

# The file exists only once there was a move: one without any is damaged. Of a million wrong entries
# the first one is enough.
_FILE = TypeAdapter(Annotated[History, Field(min_length=1), FailFast()])


def parse_history(content: bytes) -> History:
    """From the bytes of a file. Raises: ValueError, whatever they are."""
    return _FILE.validate_json(content)


def dump_history(history: History) -> bytes:
    """As the bytes of a file, without the older half where it would be too large to be read."""
    moves = [
        move.model_dump(mode="json", exclude=None if move.site else {"site"}) for move in history
    ]
    content = json.dumps(moves, indent=1).encode()
    return content if len(content) <= MAX_BYTES else dump_history(history[len(history) // 2 :])


def rollback_target(history: History) -> str | None:
    """The champion before the current one, None if there is none.

    A rollback undoes the last promotion that was not undone yet, whoever made it. The last version
    of `stack` is always the one that serves.
    """
    stack = [move.previous for move in history[:1] if move.previous]
    for move in history:
        if move.kind == MoveKind.ROLLBACK and move.version in stack:
            while stack[-1] != move.version:
                stack.pop()
        # Version 0.1.0 could write a move to the version that served already.
        elif stack[-1:] != [move.version]:
            stack.append(move.version)
    return stack[-2] if len(stack) > 1 else None
