"""Unexpected errors of all processes, one row a kind."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from sqlalchemy import Engine, select, text

from api.clock import now
from api.records.database import reading, writing
from api.records.error_tables import errors
from api.records.servers.error_summary import summary_of
from api.version import VERSION

MAX_STORED = 200
ANONYMOUS = "-"


@dataclass(frozen=True, slots=True)
class UnexpectedError:
    """A kind of error that nobody foresaw, and how often it happened.

    Attributes:
        place: the method and template of the newest one's route, or the thread it was in.
        request_id: of the newest one; '-' where no request is the reason.
        version: of the program that met the newest one.
    """

    fingerprint: str
    type: str
    place: str
    count: int
    first_at: datetime
    last_at: datetime
    request_id: str
    version: str
    traceback: str


def met_now(exc: BaseException, *, place: str, request_id: str = ANONYMOUS) -> UnexpectedError:
    """An error that has just happened, once."""
    summary, moment = summary_of(exc), now()
    return UnexpectedError(
        fingerprint=summary.fingerprint,
        type=summary.type,
        place=place[:200],
        count=1,
        first_at=moment,
        last_at=moment,
        request_id=request_id,
        version=VERSION,
        traceback=summary.traceback,
    )


def add(engine: Engine, found: Sequence[UnexpectedError]) -> None:
    """Add these to what is known, and forget the kinds that were not met for longest.

    Raises: StoreBusy, StorageFailed.
    """
    if not found:
        return
    rows = [
        asdict(each) | {"first_at": each.first_at.timestamp(), "last_at": each.last_at.timestamp()}
        for each in found
    ]
    newest_fingerprints = (
        select(errors.c.fingerprint).order_by(errors.c.last_at.desc()).limit(MAX_STORED)
    )
    with writing(engine) as connection:
        connection.execute(_UPSERT, rows)
        connection.execute(
            errors.delete().where(
                errors.c.fingerprint.not_in(newest_fingerprints.scalar_subquery())
            )
        )


def newest(engine: Engine, *, limit: int) -> list[UnexpectedError]:
    """Those that were met last come first. Raises: StoreBusy, StorageFailed."""
    columns = (errors.c[field.name] for field in fields(UnexpectedError))
    query = select(*columns).order_by(errors.c.last_at.desc()).limit(limit)
    with reading(engine) as connection:
        return [UnexpectedError(**row._asdict()) for row in connection.execute(query)]


_NAMES = [field.name for field in fields(UnexpectedError)]
_NEWEST = ("place", "last_at", "request_id", "version", "traceback")
_UPSERT = text(
    f"INSERT INTO errors ({', '.join(_NAMES)}) VALUES ({', '.join(':' + name for name in _NAMES)}) "
    "ON CONFLICT (fingerprint) DO UPDATE SET count = errors.count + excluded.count, "
    + ", ".join(f"{name} = excluded.{name}" for name in _NEWEST)
)
