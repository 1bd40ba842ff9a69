"""Who is logged in; a row a session, found by the SHA-256 of its token."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Engine, func, or_, select

from api.records.accounts.tables import sessions, users
from api.records.database import reading, writing


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session; `expires_at` is its end, however much it is used."""

    token_sha256: str
    user: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


def add(engine: Engine, session: SessionRecord, *, idle_since: datetime) -> None:
    """Keep a new session; those that ended, or were last used before `idle_since`, are removed.

    Raises: StoreBusy, StorageFailed.
    """
    ended = or_(sessions.c.expires_at <= session.created_at, sessions.c.last_used_at <= idle_since)
    with writing(engine) as connection:
        connection.execute(sessions.delete().where(ended))
        connection.execute(sessions.insert(), asdict(session))


def find(engine: Engine, token_sha256: str) -> tuple[SessionRecord, str] | None:
    """A session with the role that its person has now. Raises: StoreBusy, StorageFailed."""
    query = (
        select(sessions, users.c.role)
        .join(users, users.c.name == sessions.c.user)
        .where(sessions.c.token_sha256 == token_sha256)
    )
    with reading(engine) as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    values = row._asdict()
    role: str = values.pop("role")
    return SessionRecord(**values), role


def touch(engine: Engine, token_sha256: str, at: datetime) -> None:
    """It was used just now. Raises: StoreBusy, StorageFailed."""
    with writing(engine) as connection:
        connection.execute(
            sessions.update().where(sessions.c.token_sha256 == token_sha256).values(last_used_at=at)
        )


def end(engine: Engine, token_sha256: str) -> None:
    """End one. Raises: StoreBusy, StorageFailed."""
    with writing(engine) as connection:
        connection.execute(sessions.delete().where(sessions.c.token_sha256 == token_sha256))


def end_all(engine: Engine, user: str) -> None:
    """End all of a person. Raises: StoreBusy, StorageFailed."""
    with writing(engine) as connection:
        connection.execute(sessions.delete().where(sessions.c.user == user))


def counts(engine: Engine, *, now: datetime, idle_since: datetime) -> dict[str, int]:
    """How many sessions each person has open. Raises: StoreBusy, StorageFailed."""
    query = (
        select(sessions.c.user, func.count().label("open"))
        .where(sessions.c.expires_at > now, sessions.c.last_used_at > idle_since)
        .group_by(sessions.c.user)
    )
    with reading(engine) as connection:
        return {row.user: row.open for row in connection.execute(query)}
