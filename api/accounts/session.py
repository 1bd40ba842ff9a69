"""A session of somebody: how long it lives, and what begins it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.accounts.principal import Principal


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long a session lives: without a request, and in all."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A new session; the token is shown once."""

    token: str
    principal: Principal
    expires_at: datetime
