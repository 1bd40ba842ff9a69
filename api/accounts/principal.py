"""Who asks."""

from dataclasses import dataclass
from typing import Literal

from api.accounts.rights import Right


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever a request comes from, and what they may do.

    Attributes:
        name: as the records say who did it: a user's name, a key's name, or `local`.
        kind: `user` (a session), `key` (a machine's), `local` (this machine itself, unnamed),
            `anonymous` (nobody knows; only what is open to everybody).
        site: the hospital or device that a key belongs to.
    """

    name: str
    kind: Literal["user", "key", "local", "anonymous"]
    rights: frozenset[Right]
    site: str | None = None

    def may(self, right: Right) -> bool:
        """Whether the right is among theirs."""
        return right in self.rights


# This machine itself, where it needs no key.
LOCAL = Principal("local", "local", frozenset(Right))
ANONYMOUS = Principal("anonymous", "anonymous", frozenset())
