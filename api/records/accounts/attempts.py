"""How often something was tried in a window of time; all serving processes count together."""

from datetime import datetime

from sqlalchemy import Engine, select

from api.records.accounts.tables import login_attempts
from api.records.database import reading, writing


def count(engine: Engine, key: str, *, amount: int, now: datetime, until: datetime) -> int:
    """Count a try, and return how many there were in the window.

    Args:
        until: the end of a window that begins now; one that is open keeps its own.

    Raises: StoreBusy, StorageFailed.
    """
    table = login_attempts
    with writing(engine) as connection:
        connection.execute(table.delete().where(table.c.expires_at <= now))
        counted = connection.execute(
            table.update().where(table.c.key == key).values(count=table.c.count + amount)
        )
        if not counted.rowcount:
            row = {"key": key, "count": amount, "expires_at": until}
            connection.execute(table.insert(), row)
        return int(connection.execute(select(table.c.count).where(table.c.key == key)).scalar_one())


def find(engine: Engine, key: str, *, now: datetime) -> tuple[int, datetime] | None:
    """The tries of an open window and its end. Raises: StoreBusy, StorageFailed."""
    table = login_attempts
    query = select(table.c.count, table.c.expires_at).where(
        table.c.key == key, table.c.expires_at > now
    )
    with reading(engine) as connection:
        row = connection.execute(query).first()
    return (row[0], row[1]) if row else None


def forget(engine: Engine, key: str | None = None) -> None:
    """Forget the tries of a key, or all. Raises: StoreBusy, StorageFailed."""
    deleted = login_attempts.delete()
    with writing(engine) as connection:
        connection.execute(deleted.where(login_attempts.c.key == key) if key else deleted)
