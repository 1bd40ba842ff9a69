"""The audit log: who changed what, one entry after the other, none of them ever changed.

Predictions are not in it: each has a row of its own, whose `actor` says who asked.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, delete, func, select

from api.clock import now
from api.records.audit_log.audit_chain import (
    Broken,
    ChainedEntry,
    ChainHead,
    address_digest,
    canonical,
    hash_of,
    verify,
)
from api.records.audit_log.audit_tables import audit, audit_addresses, audit_head
from api.records.database import reading, snapshot, writing

# Entries that are read at once.
PAGE = 500
# Names and addresses that are longer come from nobody who means well.
MAX_TEXT = 200
# Of the program itself, beside requests: what it begins by itself.
SERVER = "server"
COLUMNS = tuple(audit.c[field.name] for field in fields(ChainedEntry))


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What is to be written down.

    Attributes:
        actor: a principal's name, `server`, or `cli:` and the system's user.
        action: a word of `docs/protect/privacy.md`, as `promote` or `log_in_failed`.
        object: what it was done to: a version, a sample's hash, an id. No file name.
        right: what was needed for it; None outside of requests.
        before, after: JSON; what changed, no free text and nothing of a patient.
        address: the client's; None where addresses are not kept.
    """

    actor: str
    action: str
    object: str = ""
    right: str | None = None
    before: Any = None
    after: Any = None
    task: str | None = None
    request_id: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry with its hash; `salt` and `address` are None once addresses of its age are
    dropped."""

    entry: ChainedEntry
    hash: str
    salt: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries: None where it does not matter."""

    action: str | None = None
    actor: str | None = None
    task: str | None = None

    def of(self, query: Select[Any]) -> Select[Any]:
        """The query, narrowed down."""
        for name, value in asdict(self).items():
            if value is not None:
                query = query.where(audit.c[name] == value)
        return query


EVERYTHING = AuditFilter()


def append(engine: Engine, entry: AuditEntry) -> int:
    """Write an entry behind the newest one; on the disk when this returns. Returns its number.

    Whoever else writes waits: the chain has one end, in however many processes.

    Raises: StoreBusy, StorageFailed.
    """
    with writing(engine) as connection:
        return append_in(connection, entry)


def append_in(connection: Connection, entry: AuditEntry) -> int:
    """The same in a transaction that writes, so that a change and its entry are stored together."""
    row = connection.execute(select(audit_head.c.number, audit_head.c.hash).with_for_update()).one()
    moment = now()
    salt = secrets.token_hex(16)
    address = entry.address[:100] if entry.address else None
    chained = ChainedEntry(
        number=row.number + 1,
        at=moment.astimezone(UTC).isoformat(timespec="microseconds"),
        actor=entry.actor[:MAX_TEXT],
        right=entry.right,
        action=entry.action,
        object=entry.object[:MAX_TEXT],
        task=entry.task,
        before=None if entry.before is None else canonical(entry.before),
        after=None if entry.after is None else canonical(entry.after),
        request_id=entry.request_id,
        address_sha256=address_digest(salt, address) if address else None,
    )
    digest = hash_of(chained, previous=row.hash)
    connection.execute(audit.insert(), asdict(chained) | {"hash": digest})
    connection.execute(audit_head.update().values(number=chained.number, hash=digest))
    if address:
        values = {"number": chained.number, "at": moment, "salt": salt, "address": address}
        connection.execute(audit_addresses.insert(), values)
    return chained.number


def as_json(stored: StoredEntry) -> dict[str, Any]:
    """An entry as it leaves the program; `from_json` reads it again."""
    values = asdict(stored.entry)
    for name in ("before", "after"):
        values[name] = None if values[name] is None else json.loads(values[name])
    return values | {"address": stored.address, "hash": stored.hash}


def from_json(values: dict[str, Any]) -> tuple[ChainedEntry, str]:
    """An exported entry and its hash. Raises: KeyError, TypeError if it is none."""
    texts = {
        name: None if values[name] is None else canonical(values[name])
        for name in ("before", "after")
    }
    names = [field.name for field in fields(ChainedEntry)]
    return ChainedEntry(**{name: values[name] for name in names} | texts), str(values["hash"])


def head(engine: Engine) -> ChainHead:
    """The newest entry, as it is stored apart from the log."""
    with reading(engine) as connection:
        return _head(connection)


def page(
    engine: Engine, filters: AuditFilter = EVERYTHING, *, limit: int, before: int | None = None
) -> list[StoredEntry]:
    """The newest entries, or those before a number; newest first."""
    query = filters.of(_stored()).order_by(audit.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.number < before)
    with reading(engine) as connection:
        return [_entry(row) for row in connection.execute(query)]


def each(
    engine: Engine, filters: AuditFilter = EVERYTHING, *, after: int = 0
) -> Iterator[StoredEntry]:
    """Entries from the one after a number on, oldest first, read page by page."""
    while True:
        query = filters.of(_stored()).where(audit.c.number > after)
        with reading(engine) as connection:
            rows = connection.execute(query.order_by(audit.c.number).limit(PAGE)).all()
        yield from map(_entry, rows)
        if len(rows) < PAGE:
            return
        after = rows[-1].number


def check(engine: Engine, *, trusted: ChainHead | None = None) -> Broken | None:
    """Follow the chain; the first entry that is not as it was written, None if all are.

    Raises: StoreBusy, StorageFailed.
    """
    with snapshot(engine) as connection:
        known = _head(connection)
        newest = connection.execute(select(func.max(audit.c.number))).scalar_one() or 0
    # What is written meanwhile comes after these.
    entries = takewhile(lambda stored: stored.entry.number <= newest, each(engine))
    return verify(map(_with_its_hash, entries), head=known, trusted=trusted)


def drop_addresses(engine: Engine, before: datetime, *, rows: int) -> int:
    """Forget the oldest addresses from before a moment, at most `rows`; returns how many."""
    old = (
        select(audit_addresses.c.number)
        .where(audit_addresses.c.at < before)
        .order_by(audit_addresses.c.at)
        .limit(rows)
    )
    with reading(engine) as connection:
        if not connection.execute(old.limit(1)).first():
            return 0
    with writing(engine) as connection:
        doomed = audit_addresses.c.number.in_(old)
        return connection.execute(delete(audit_addresses).where(doomed)).rowcount


def note_settings(engine: Engine, settings: dict[str, Any]) -> None:
    """Write down what this start changes of the settings of the start before; nothing if nothing.

    Args:
        settings: JSON values by name, without those that are secret.
    """
    text = canonical(settings)
    with reading(engine) as connection:
        if connection.execute(select(audit_head.c.settings)).scalar_one() == text:
            return
    with writing(engine) as connection:
        # Read again under the lock: another process may have started with the same.
        stored = connection.execute(select(audit_head.c.settings).with_for_update()).scalar_one()
        if stored == text:
            return
        before, after = _difference(stored, settings)
        connection.execute(audit_head.update().values(settings=text))
        append_in(
            connection,
            AuditEntry(SERVER, "settings", "start", before=before, after=after),
        )


def _difference(
    stored: str | None, settings: dict[str, Any]
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    if stored is None:
        return None, settings
    former: dict[str, Any] = json.loads(stored)
    changed = [name for name in settings if former.get(name) != settings[name]]
    return {name: former.get(name) for name in changed}, {n: settings[n] for n in changed}


def _stored() -> Select[Any]:
    return select(*COLUMNS, audit.c.hash, audit_addresses.c.salt, audit_addresses.c.address).join(
        audit_addresses, audit_addresses.c.number == audit.c.number, isouter=True
    )


def _entry(row: Row[Any]) -> StoredEntry:
    values = row._asdict()
    apart = {name: values.pop(name) for name in ("hash", "salt", "address")}
    return StoredEntry(ChainedEntry(**values), **apart)


def _head(connection: Connection) -> ChainHead:
    row = connection.execute(select(audit_head.c.number, audit_head.c.hash)).one_or_none()
    return ChainHead(row.number, row.hash) if row else ChainHead()


def _with_its_hash(stored: StoredEntry) -> tuple[ChainedEntry, str]:
    """An entry whose address was changed has no hash that fits."""
    entry, salt, address = stored.entry, stored.salt, stored.address
    is_sound = address is None or address_digest(salt or "", address) == entry.address_sha256
    return entry, stored.hash if is_sound else ""
