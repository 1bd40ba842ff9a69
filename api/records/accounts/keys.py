"""Keys of machines, found by the SHA-256 of what they send."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, select
from sqlalchemy.exc import IntegrityError

from api.errors import Conflict, NotFound
from api.records.accounts.tables import api_keys
from api.records.accounts.users import require_free, taken
from api.records.database import reading, writing


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A machine's key; `site` is where its requests come from, if it was given one."""

    name: str
    token_sha256: str
    rights: tuple[str, ...]
    site: str | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = None


def add(engine: Engine, key: KeyRecord) -> None:
    """Keep a new key.

    Raises: Conflict if a person or a key has the name, StoreBusy, StorageFailed.
    """
    try:
        with writing(engine) as connection:
            require_free(connection, key.name)
            connection.execute(api_keys.insert(), asdict(key) | {"rights": list(key.rights)})
    except IntegrityError as exc:
        raise Conflict(taken(key.name)) from exc


def find(engine: Engine, token_sha256: str) -> KeyRecord | None:
    """The key that this is the SHA-256 of. Raises: StoreBusy, StorageFailed."""
    query = select(api_keys).where(api_keys.c.token_sha256 == token_sha256)
    with reading(engine) as connection:
        row = connection.execute(query).first()
    return _record(row) if row else None


def every(engine: Engine) -> list[KeyRecord]:
    """All of them by name. Raises: StoreBusy, StorageFailed."""
    query = select(api_keys).order_by(api_keys.c.name)
    with reading(engine) as connection:
        return [_record(row) for row in connection.execute(query)]


def touch(engine: Engine, name: str, at: datetime) -> None:
    """It was used just now. Raises: StoreBusy, StorageFailed."""
    with writing(engine) as connection:
        connection.execute(api_keys.update().where(api_keys.c.name == name).values(last_used_at=at))


def revoke(engine: Engine, name: str) -> None:
    """Forget a key, so that it opens nothing. Raises: NotFound, StoreBusy, StorageFailed."""
    with writing(engine) as connection:
        if not connection.execute(api_keys.delete().where(api_keys.c.name == name)).rowcount:
            raise NotFound(
                f"There is no key '{name[:100]}'; GET /keys and `python -m api key list` list them."
            )


def _record(row: Row[Any]) -> KeyRecord:
    values: dict[str, Any] = row._asdict()
    return KeyRecord(**values | {"rights": tuple(values["rights"])})
