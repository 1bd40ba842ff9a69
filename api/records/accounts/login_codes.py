"""What the UI fetches a session with after somebody logged in by a provider: once, and soon."""

from datetime import datetime

from sqlalchemy import Engine, select

from api.records.accounts.tables import login_codes
from api.records.database import writing


def add(engine: Engine, code_sha256: str, user: str, *, now: datetime, until: datetime) -> None:
    """Keep one; those that are too old go. Raises: StoreBusy, StorageFailed."""
    with writing(engine) as connection:
        connection.execute(login_codes.delete().where(login_codes.c.expires_at <= now))
        row = {"code_sha256": code_sha256, "user": user, "expires_at": until}
        connection.execute(login_codes.insert(), row)


def take(engine: Engine, code_sha256: str, *, now: datetime) -> str | None:
    """Whose it is, the first time it is asked; None: nobody's, or too old.

    Raises: StoreBusy, StorageFailed.
    """
    is_it = login_codes.c.code_sha256 == code_sha256
    with writing(engine) as connection:
        row = connection.execute(select(login_codes).where(is_it)).first()
        taken = connection.execute(login_codes.delete().where(is_it)).rowcount
    return str(row.user) if row and taken and row.expires_at > now else None
