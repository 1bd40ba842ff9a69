"""Guessing passwords is slowed down, for an account and for an address; nobody is locked out."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from api.errors import TooManyAttempts

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import FixedWindowRateLimiter

# Log-ins of one account from one address, of one account from all addresses where it was not
# used lately, and of all accounts from one address: each at most so many in a window.
OF_PAIR = "5 per 1 minute"
OF_ACCOUNT = "20 per 10 minutes"
OF_ADDRESS = "30 per 1 minute"
# Whoever logged in from an address is not kept out there by what others try elsewhere.
KNOWN_FOR = "1 per 30 days"


class AttemptLimits:
    """Counts log-ins in the records, so that all serving processes count together.

    Each is counted before its password is looked at: many at once are no way around it.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock

    def admit(self, account: str, address: str) -> None:
        """Count a log-in. Raises: TooManyAttempts, StoreBusy, StorageFailed."""
        limits, limiter = self._limits, self._limiter
        tried = [(limits.address, ("address", address)), (limits.pair, ("pair", account, address))]
        if limiter.test(limits.known, "known", account, address):
            tried.append((limits.account, ("account", account)))
        for limit, names in tried:
            if not limiter.hit(limit, *names):
                raise self._refusal(limiter.get_window_stats(limit, *names).reset_time)

    def succeeded(self, account: str, address: str) -> None:
        """They were who they said: earlier tries no longer count.

        Raises: StoreBusy, StorageFailed.
        """
        limits, limiter = self._limits, self._limiter
        limiter.clear(limits.pair, "pair", account, address)
        limiter.clear(limits.account, "account", account)
        limiter.clear(limits.known, "known", account, address)
        limiter.hit(limits.known, "known", account, address)

    def _refusal(self, ends_at: float) -> TooManyAttempts:
        wait_s = max(1, math.ceil(ends_at - self._clock().timestamp()))
        return TooManyAttempts(
            f"There were too many attempts to log in; try again in {wait_s} seconds. Open "
            "sessions and keys go on working.",
            retry_after_s=wait_s,
        )

    @cached_property
    def _limiter(self) -> "FixedWindowRateLimiter":
        # Here, not above: a server that nobody logs in to needs none of it.
        from limits.strategies import FixedWindowRateLimiter

        from api.accounts.credentials.attempt_storage import AttemptStorage

        return FixedWindowRateLimiter(AttemptStorage(self._engine, self._clock))

    @cached_property
    def _limits(self) -> "_Limits":
        from limits import parse

        return _Limits(parse(OF_PAIR), parse(OF_ACCOUNT), parse(OF_ADDRESS), parse(KNOWN_FOR))


@dataclass(frozen=True, slots=True)
class _Limits:
    pair: "RateLimitItem"
    account: "RateLimitItem"
    address: "RateLimitItem"
    known: "RateLimitItem"
