"""How alerts stand, what became of them, and which of them are silenced."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Table, delete, func, select

from api.errors import NotFound
from api.records.alerting.alert_tables import alert_history, alert_silences, alerts
from api.records.database import reading, writing
from api.tasks.states import State

MAX_HISTORY = 10_000
# The task of an alert that is about the whole server, and of a silence that holds for all tasks.
NO_TASK = ""


class AlertChangeKind(State):
    """What can become of an alert."""

    FIRING = "firing"
    RESOLVED = "resolved"
    SILENCED = "silenced"
    UNSILENCED = "unsilenced"


class AlertKey(NamedTuple):
    """A rule, and the task that it was evaluated for."""

    name: str
    task: str


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """A row, see `alert_tables.alerts`."""

    name: str
    task: str
    status: str
    since: datetime
    value: float | None
    unknown_since: datetime | None
    streak: str | None
    announced: bool
    checked_at: datetime

    @property
    def key(self) -> AlertKey:
        return AlertKey(self.name, self.task)


@dataclass(frozen=True, slots=True)
class AlertChange:
    """One line of the history."""

    name: str
    task: str
    kind: AlertChangeKind
    at: datetime
    value: float | None = None
    severity: str | None = None
    by: str | None = None
    why: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody is sent a message about an alert until then."""

    name: str
    task: str
    at: datetime
    until: datetime
    by: str
    why: str


Silences = Mapping[AlertKey, Silence]


def read_all(engine: Engine) -> dict[AlertKey, AlertRecord]:
    """Every alert that was ever evaluated. Raises: StoreBusy, StorageFailed."""
    with reading(engine) as connection:
        found = [AlertRecord(**row._asdict()) for row in connection.execute(select(alerts))]
    return {record.key: record for record in found}


def save(
    connection: Connection, records: Iterable[AlertRecord], changes: Iterable[AlertChange]
) -> None:
    """Put these in place of what was known, and remember what changed; in one transaction."""
    for record in records:
        of_record = alerts.c.name == record.name, alerts.c.task == record.task
        connection.execute(delete(alerts).where(*of_record))
        connection.execute(alerts.insert(), asdict(record))
    _remember(connection, changes)


def history(
    engine: Engine, *, name: str | None = None, limit: int, before: int | None = None
) -> list[tuple[int, AlertChange]]:
    """What became of alerts, the newest first, each with its number.

    Args:
        before: only those with a lower number.
    """
    query = select(alert_history).order_by(alert_history.c.number.desc()).limit(limit)
    if name is not None:
        query = query.where(alert_history.c.name == name)
    if before is not None:
        query = query.where(alert_history.c.number < before)
    names = [field.name for field in fields(AlertChange)]
    with reading(engine) as connection:
        rows = connection.execute(query).mappings().all()
    return [(row["number"], AlertChange(**{n: row[n] for n in names})) for row in rows]


def firings_since(
    engine: Engine, at: datetime, *, names: Iterable[str], task: str
) -> list[AlertChange]:
    """Alerts of these names, of a task and of the whole server, that began to fire after a moment;
    the oldest first. Raises: StoreBusy, StorageFailed.
    """
    query = (
        select(*(alert_history.c[field.name] for field in fields(AlertChange)))
        .where(
            alert_history.c.kind == AlertChangeKind.FIRING,
            alert_history.c.name.in_(list(names)),
            alert_history.c.task.in_([task, NO_TASK]),
            alert_history.c.at > at,
        )
        .order_by(alert_history.c.number)
    )
    with reading(engine) as connection:
        return [AlertChange(**row._asdict()) for row in connection.execute(query)]


def silences(engine: Engine, moment: datetime) -> dict[AlertKey, Silence]:
    """Those that hold now. Raises: StoreBusy, StorageFailed."""
    query = select(alert_silences).where(alert_silences.c.until > moment)
    with reading(engine) as connection:
        found = [Silence(**row._asdict()) for row in connection.execute(query)]
    return {AlertKey(silence.name, silence.task): silence for silence in found}


def silence_of(found: Silences, key: AlertKey) -> Silence | None:
    """The one that holds for an alert: of its own task, or of all."""
    return found.get(key) or found.get(AlertKey(key.name, NO_TASK))


def silence(engine: Engine, asked: Silence) -> None:
    """Send nothing about an alert until then; in place of a former silence.

    Raises: StoreBusy, StorageFailed.
    """
    with writing(engine) as connection:
        connection.execute(delete(alert_silences).where(*_of(alert_silences, asked)))
        connection.execute(alert_silences.insert(), asdict(asked))
        change = AlertChange(
            asked.name, asked.task, AlertChangeKind.SILENCED, asked.at,
            by=asked.by, why=asked.why, until=asked.until,
        )  # fmt: skip
        _remember(connection, [change])


def unsilence(engine: Engine, key: AlertKey, *, by: str, moment: datetime) -> None:
    """End a silence now. Raises: NotFound if none holds, StoreBusy, StorageFailed."""
    with writing(engine) as connection:
        held = alert_silences.c.until > moment
        ended = connection.execute(delete(alert_silences).where(*_of(alert_silences, key), held))
        if not ended.rowcount:
            raise NotFound(f"The alert '{key.name}' is not silenced; GET /alerts lists them.")
        _remember(
            connection, [AlertChange(key.name, key.task, AlertChangeKind.UNSILENCED, moment, by=by)]
        )


def _of(table: Table, key: AlertKey | Silence) -> tuple[Any, ...]:
    return table.c.name == key.name, table.c.task == key.task


def _remember(connection: Connection, changes: Iterable[AlertChange]) -> None:
    rows = [asdict(change) for change in changes]
    if rows:
        connection.execute(alert_history.insert(), rows)
        newest = connection.execute(select(func.max(alert_history.c.number))).scalar_one()
        too_old = alert_history.c.number <= newest - MAX_HISTORY
        connection.execute(delete(alert_history).where(too_old))
