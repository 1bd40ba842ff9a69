"""Whom a token stands for, as the records say; they are told now and then that it is in use."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine

from api.accounts.principal import Principal
from api.accounts.rights import RIGHTS_OF, Right, Role
from api.errors import AppError
from api.records.accounts import keys, sessions

logger = logging.getLogger(__name__)

# How often it is written down that a session, or a key, is in use.
NOTE_SESSION_EVERY = timedelta(minutes=1)
NOTE_KEY_EVERY = timedelta(minutes=5)


def of_session(
    database: Engine, token_sha256: str, *, now: datetime, idle: timedelta
) -> Principal | None:
    """Whose session it is; None if there is none, or it ended. Raises: StoreBusy, StorageFailed."""
    found = sessions.find(database, token_sha256)
    if found is None:
        return None
    session, role = found
    if now >= min(session.expires_at, session.last_used_at + idle):
        return None
    if now - session.last_used_at > min(NOTE_SESSION_EVERY, idle / 10):
        _noted(lambda: sessions.touch(database, token_sha256, now))
    return Principal(session.user, "user", RIGHTS_OF[Role(role)])


def of_key(database: Engine, token_sha256: str, *, now: datetime) -> Principal | None:
    """Whose key it is; None if there is none, or it expired. Raises: StoreBusy, StorageFailed."""
    key = keys.find(database, token_sha256)
    if key is None or (key.expires_at is not None and now >= key.expires_at):
        return None
    if key.last_used_at is None or now - key.last_used_at > NOTE_KEY_EVERY:
        _noted(lambda: keys.touch(database, key.name, now))
    return Principal(key.name, "key", frozenset(map(Right, key.rights)), key.site)


def _noted(write: Callable[[], None]) -> None:
    """That something is in use may be written another time; the request matters more."""
    try:
        write()
    except AppError as exc:
        logger.warning("use of a session or key not noted reason=%r", exc.message)
