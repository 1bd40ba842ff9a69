"""What is known of each stream of answers, shared by all serving processes.

A stream is what a source sent, or where no source is named, what one client did.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, bindparam, case, func, or_, select, tuple_

from api.records.database import reading, writing
from api.records.tables import predictions, streams

# Answers that a first look at former records goes back to.
LOOK_BACK = 10_000
# Sources may be named by anybody; streams that were quiet longest are forgotten.
MAX_SOURCES = 500
# What answers without a source, or without a client that has a name, have instead, in a key.
NONE = ""
# Who asks where nobody is asked who they are (`accounts.principal.LOCAL`).
UNNAMED = "local"


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """One source's stream, as it was when it was last looked at.

    Attributes:
        source: None: of answers without one.
        client: who asked, where there is no source; None: nobody who has a name.
        seen_to: the highest number of its answers that was counted.
        waiting: answers since the last look.
        n: answers that were looked at; 0: too few so far.
        shifted: None: not known.
        since: when it began to be shifted; None: it is not.
        test, window, excess, p: the test that is furthest above its threshold, or nearest to it.
        words: what differs here, the clearest first.
        differences: how figures are distributed here and in known films, where it was asked for.
    """

    source: str | None
    seen_to: int
    waiting: int = 0
    n: int = 0
    shifted: bool | None = None
    since: datetime | None = None
    checked_at: datetime | None = None
    model_version: str | None = None
    test: str | None = None
    window: int | None = None
    excess: float | None = None
    p: float | None = None
    words: tuple[str, ...] = ()
    differences: tuple[dict[str, Any], ...] = ()
    client: str | None = None

    @property
    def key(self) -> tuple[str | None, str | None]:
        """What tells it from other streams."""
        return self.source, self.client


@dataclass(frozen=True, slots=True)
class NewAnswers:
    """Answers of a stream that were not counted yet; `to` is the highest number."""

    source: str | None
    count: int
    to: int
    client: str | None = None


@dataclass(frozen=True, slots=True)
class StoredFeatures:
    """What was stored of an answer for its stream, and the version that gave it."""

    content: bytes
    model_version: str


def client_of(source: str | None, actor: str | None) -> str | None:
    """Whose stream an answer is of, where no source is named; None: of nobody who has a name."""
    return None if source is not None or actor == UNNAMED else actor


def new_answers(engine: Engine, *, task: str) -> list[NewAnswers]:
    """Answers since the last time, a line a stream; what it costs depends on these alone."""
    seen_to = select(func.coalesce(func.max(streams.c.seen_to), 0)).where(streams.c.task == task)
    highest = select(func.coalesce(func.max(predictions.c.number), 0)).where(
        predictions.c.task == task
    )
    named = predictions.c.source.is_(None) & (predictions.c.actor != UNNAMED)
    client = case((named, predictions.c.actor)).label("client")
    with reading(engine) as connection:
        seen, newest = (connection.execute(q).scalar_one() for q in (seen_to, highest))
        # Where the newest answers were erased, their numbers are given again.
        after = max(0 if newest < seen else seen, newest - LOOK_BACK)
        query = (
            select(
                predictions.c.source,
                client,
                func.count().label("answers"),
                func.max(predictions.c.number).label("to"),
            )
            .where(
                predictions.c.task == task,
                predictions.c.number > after,
                predictions.c.shift_features.is_not(None),
            )
            .group_by(predictions.c.source, client)
        )
        return [
            NewAnswers(row.source, row.answers, row.to, row.client)
            for row in connection.execute(query)
        ]


def features(
    engine: Engine, source: str | None, *, task: str, limit: int, client: str | None = None
) -> list[StoredFeatures]:
    """Of the newest answers of a stream, the newest last."""
    query = _features(source, client, task).order_by(predictions.c.number.desc()).limit(limit)
    with reading(engine) as connection:
        return [_stored(row) for row in reversed(connection.execute(query).all())]


def features_around(
    engine: Engine,
    source: str | None,
    moment: datetime,
    *,
    task: str,
    limit: int,
    fewest: int,
    client: str | None = None,
) -> list[StoredFeatures]:
    """Of the newest answers before a moment; of the oldest after it where those are too few."""
    at = predictions.c.created_at
    before = _features(source, client, task).where(at <= moment).order_by(at.desc()).limit(limit)
    after = _features(source, client, task).where(at > moment).order_by(at).limit(limit)
    with reading(engine) as connection:
        found = connection.execute(before).all()
        if len(found) < fewest:
            found = connection.execute(after).all()
    return [_stored(row) for row in found]


def all_streams(engine: Engine, *, task: str, with_differences: bool = False) -> list[StreamRecord]:
    """Every stream: the shifted ones first, then those that answered last."""
    columns = [each for each in streams.c if with_differences or each.name != "differences"]
    query = select(*columns).where(streams.c.task == task).order_by(streams.c.seen_to.desc())
    with reading(engine) as connection:
        found = [_record(row) for row in connection.execute(query)]
    return sorted(found, key=lambda record: not record.shifted)


def save(engine: Engine, records: Sequence[StreamRecord], *, task: str) -> None:
    """Put these in place of what was known of their streams. Raises: StoreBusy, StorageFailed."""
    if not records:
        return
    rows = [_row(record) | {"task": task} for record in records]
    key = tuple_(streams.c.source, streams.c.client)
    newest = (
        select(streams.c.source, streams.c.client)
        .where(streams.c.task == task)
        .order_by(streams.c.seen_to.desc())
        .limit(MAX_SOURCES)
    )
    with writing(engine) as connection:
        connection.execute(
            streams.delete().where(
                streams.c.task == task, key.in_([(row["source"], row["client"]) for row in rows])
            )
        )
        connection.execute(streams.insert(), rows)
        connection.execute(streams.delete().where(streams.c.task == task, key.not_in(newest)))


def save_counts(engine: Engine, records: Sequence[StreamRecord], *, task: str) -> None:
    """Keep how many answers of known streams came since the last look; all else stays."""
    if not records:
        return
    row = (
        streams.c.task == task,
        streams.c.source == bindparam("of"),
        streams.c.client == bindparam("by"),
    )
    values: dict[str, Any] = {
        "seen_to": bindparam("new_seen_to"),
        "waiting": bindparam("new_waiting"),
    }
    with writing(engine) as connection:
        connection.execute(
            streams.update().where(*row).values(values),
            [
                {
                    "of": each.source or NONE,
                    "by": each.client or NONE,
                    "new_seen_to": each.seen_to,
                    "new_waiting": each.waiting,
                }
                for each in records
            ],
        )


def _features(source: str | None, client: str | None, task: str) -> Any:
    return select(predictions.c.shift_features, predictions.c.model_version).where(
        predictions.c.task == task,
        _of_stream(source, client),
        predictions.c.shift_features.is_not(None),
    )


def _of_stream(source: str | None, client: str | None) -> ColumnElement[bool]:
    if source is not None:
        return predictions.c.source == source
    actor = predictions.c.actor
    by = or_(actor.is_(None), actor == UNNAMED) if client is None else actor == client
    return predictions.c.source.is_(None) & by


def _stored(row: Row[Any]) -> StoredFeatures:
    return StoredFeatures(row.shift_features, row.model_version)


def _row(record: StreamRecord) -> dict[str, Any]:
    return asdict(record) | {"source": record.source or NONE, "client": record.client or NONE}


def _record(row: Row[Any]) -> StreamRecord:
    values: dict[str, Any] = row._asdict()
    del values["task"]
    tuples: dict[str, Any] = {
        name: tuple(values.get(name, ())) for name in ("words", "differences")
    }
    key = {name: values[name] or None for name in ("source", "client")}
    return StreamRecord(**values | tuples | key)
