"""People who may log in."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select
from sqlalchemy.exc import IntegrityError

from api.clock import now
from api.errors import Conflict, NotFound
from api.records.accounts.tables import api_keys, sessions, users
from api.records.database import reading, writing


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A person; the hash holds its own parameters and salt.

    `issuer` and `subject` are what an OpenID provider calls itself and them.
    """

    name: str
    role: str
    password_hash: str
    created_at: datetime
    password_changed_at: datetime
    last_login_at: datetime | None = None
    issuer: str | None = None
    subject: str | None = None


def add(engine: Engine, user: UserRecord, *, only_as_the_first: bool = False) -> None:
    """Keep a new person.

    Raises: Conflict if a person or a key has the name, or if there is somebody already and this
    was to be the first one; StoreBusy, StorageFailed.
    """
    try:
        with writing(engine) as connection:
            if only_as_the_first and connection.execute(select(func.count(users.c.name))).scalar():
                raise Conflict(
                    "There is a user already; log in, or ask an admin for a user of your own."
                )
            require_free(connection, user.name)
            connection.execute(users.insert(), asdict(user))
    except IntegrityError as exc:
        raise Conflict(taken(user.name)) from exc


def exist(engine: Engine) -> bool:
    """Whether anybody may log in. Raises: StoreBusy, StorageFailed."""
    with reading(engine) as connection:
        return connection.execute(select(users.c.name).limit(1)).first() is not None


def find(engine: Engine, name: str) -> UserRecord | None:
    """Somebody by name. Raises: StoreBusy, StorageFailed."""
    with reading(engine) as connection:
        row = connection.execute(select(users).where(users.c.name == name)).first()
    return _record(row) if row else None


def find_external(engine: Engine, issuer: str, subject: str) -> UserRecord | None:
    """Somebody as a provider knows them. Raises: StoreBusy, StorageFailed."""
    query = select(users).where(users.c.issuer == issuer, users.c.subject == subject)
    with reading(engine) as connection:
        row = connection.execute(query).first()
    return _record(row) if row else None


def set_role(engine: Engine, name: str, role: str) -> None:
    """Give somebody another role, also the last admin.

    Raises: NotFound, StoreBusy, StorageFailed.
    """
    with writing(engine) as connection:
        _update(connection, name, role=role)


def get(engine: Engine, name: str) -> UserRecord:
    """Somebody by name. Raises: NotFound, StoreBusy, StorageFailed."""
    record = find(engine, name)
    if record is None:
        raise NotFound(unknown(name))
    return record


def every(engine: Engine) -> list[UserRecord]:
    """All of them by name. Raises: StoreBusy, StorageFailed."""
    with reading(engine) as connection:
        return [_record(row) for row in connection.execute(select(users).order_by(users.c.name))]


def change(
    engine: Engine,
    name: str,
    *,
    role: str | None = None,
    password_hash: str | None = None,
    keeps_one: str,
    spares: str | None = None,
) -> None:
    """Give somebody another role or password; a new password ends the sessions.

    Args:
        keeps_one: the role that the last person who has it keeps.
        spares: SHA-256 of the token of a session that goes on.

    Raises: NotFound, Conflict, StoreBusy, StorageFailed.
    """
    with writing(engine) as connection:
        if role is not None:
            if role != keeps_one:
                _require_another(connection, name, keeps_one)
            _update(connection, name, role=role)
        if password_hash is not None:
            _update(connection, name, password_hash=password_hash, password_changed_at=now())
            ended = sessions.delete().where(sessions.c.user == name)
            if spares is not None:
                ended = ended.where(sessions.c.token_sha256 != spares)
            connection.execute(ended)


def note_login(engine: Engine, name: str, *, password_hash: str | None = None) -> None:
    """They logged in now; where the hash was made anew, it is kept."""
    values: dict[str, Any] = {"last_login_at": now()}
    if password_hash is not None:
        values["password_hash"] = password_hash
    with writing(engine) as connection:
        _update(connection, name, **values)


def remove(engine: Engine, name: str, *, keeps_one: str) -> None:
    """Somebody may not log in any more, and their sessions end.

    Raises: NotFound, Conflict if they are the last with the role `keeps_one`; StoreBusy,
    StorageFailed.
    """
    with writing(engine) as connection:
        _require_another(connection, name, keeps_one)
        if not connection.execute(users.delete().where(users.c.name == name)).rowcount:
            raise NotFound(unknown(name))
        connection.execute(sessions.delete().where(sessions.c.user == name))


def require_free(connection: Connection, name: str) -> None:
    """Raises: Conflict if a person or a key is called so: records name both by it alone."""
    for table in (users, api_keys):
        if connection.execute(select(table.c.name).where(table.c.name == name)).first():
            raise Conflict(taken(name))


def taken(name: str) -> str:
    """What is said of a name that somebody has."""
    return f"A user or a key is called '{name}' already; choose another name."


def unknown(name: str) -> str:
    """What is said of a name that nobody has."""
    return f"There is no user '{name[:100]}'; GET /users and `python -m api user list` list them."


def _update(connection: Connection, name: str, **values: Any) -> None:
    if not connection.execute(users.update().where(users.c.name == name).values(values)).rowcount:
        raise NotFound(unknown(name))


def _require_another(connection: Connection, name: str, role: str) -> None:
    having = connection.execute(select(users.c.name).where(users.c.role == role)).scalars().all()
    if list(having) == [name]:
        raise Conflict(
            f"'{name}' is the last one with the role '{role}'; give it to somebody else first."
        )


def _record(row: Row[Any]) -> UserRecord:
    return UserRecord(**row._asdict())
