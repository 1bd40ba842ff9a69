"""Serving processes that are alive, and what each of them serves."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, select

from api.clock import now
from api.records.database import reading, writing
from api.records.tables import workers

# A worker that has not been heard of for this long is gone.
ALIVE_FOR = timedelta(seconds=10)
FORGET_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """One serving process."""

    id: str
    host: str
    pid: int
    started_at: datetime
    heartbeat_at: datetime
    model_version: str | None
    precision: str | None = None
    waiting: int | None = None
    films_per_s: float | None = None
    p99_ms: float | None = None
    decoder_crashes: int | None = None
    decoder_timeouts: int | None = None
    process_restarts: int | None = None


@dataclass(frozen=True, slots=True)
class WorkerState:
    """What a process serves and how busy it is: films that wait, films a second it could do, and
    within how many milliseconds 99 of 100 were answered lately. Since its start: images that ended
    a compute process or took too long, and compute processes that were replaced."""

    model_version: str | None
    precision: str | None = None
    waiting: int = 0
    films_per_s: float | None = None
    p99_ms: float | None = None
    decoder_crashes: int = 0
    decoder_timeouts: int = 0
    process_restarts: int = 0


def register(engine: Engine, *, worker_id: str, host: str, pid: int) -> None:
    """Add a process that starts to serve."""
    moment = now()
    row = {"id": worker_id, "host": host, "pid": pid, "started_at": moment, "heartbeat_at": moment}
    with writing(engine) as connection:
        connection.execute(workers.delete().where(workers.c.heartbeat_at < moment - FORGET_AFTER))
        connection.execute(workers.insert(), row)


def beat(engine: Engine, worker_id: str, condition: WorkerState) -> None:
    """Say that a process lives and how it is."""
    with writing(engine) as connection:
        connection.execute(
            workers.update()
            .where(workers.c.id == worker_id)
            .values(heartbeat_at=now(), **asdict(condition))
        )


def remove(engine: Engine, worker_id: str) -> None:
    """A process stops."""
    with writing(engine) as connection:
        connection.execute(workers.delete().where(workers.c.id == worker_id))


def alive(engine: Engine) -> list[WorkerRecord]:
    """Processes heard of lately, the longest-running first."""
    query = (
        select(workers)
        .where(workers.c.heartbeat_at >= now() - ALIVE_FOR)
        .order_by(workers.c.started_at)
    )
    with reading(engine) as connection:
        return [WorkerRecord(**row._asdict()) for row in connection.execute(query)]


def known(engine: Engine) -> list[WorkerRecord]:
    """Those too that have not been heard of lately: hanging, or gone without a word."""
    with reading(engine) as connection:
        return [WorkerRecord(**row._asdict()) for row in connection.execute(select(workers))]


def slowest_p99_ms(engine: Engine, *, host: str) -> float | None:
    """The p99 of that machine's living worker that answers most slowly; None where none says any.

    Others share no core with whoever works there.
    """
    here = [worker.p99_ms for worker in alive(engine) if worker.host == host]
    return max((p99_ms for p99_ms in here if p99_ms is not None), default=None)
