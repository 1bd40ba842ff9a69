"""Who the tokens that were looked up a moment ago stand for, so that not every request asks the
records."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from api.accounts.principal import Principal

# How long a token that was looked up is believed without looking again: what is revoked, changed
# or removed elsewhere is seen this much later at most. In the process that did it, at once.
VERIFIED_FOR_S = 5.0
MAX_REMEMBERED = 4096


class VerifiedTokens:
    """Tokens by their SHA-256; nothing here blocks.

    Args:
        monotonic: seconds that never go back.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock, self.changes = threading.Lock(), 0
        self._found: OrderedDict[str, tuple[Principal | None, float]] = OrderedDict()

    def find(self, token_sha256: str) -> tuple[Principal | None] | None:
        """Who it stands for, in a tuple; (None,) if it stands for nobody, None if it is not known
        any more."""
        principal, until = self._found.get(token_sha256, (None, float("-inf")))
        return None if until <= self._monotonic() else (principal,)

    def remember(self, token_sha256: str, principal: Principal | None, changes: int) -> None:
        """Believe what was looked up, unless somebody was changed meanwhile.

        Args:
            changes: `self.changes` before it was looked up.
        """
        with self._lock:
            if changes != self.changes:
                return
            self._found[token_sha256] = principal, self._monotonic() + VERIFIED_FOR_S
            self._found.move_to_end(token_sha256)
            while len(self._found) > MAX_REMEMBERED:
                self._found.popitem(last=False)

    def forget(self) -> None:
        """Look up every token again: somebody was changed."""
        with self._lock:
            self.changes += 1
            self._found.clear()
