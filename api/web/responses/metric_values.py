"""All figures of `GET /metrics`: what workers have counted, what the records hold, the machine."""

import logging
import platform
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from sqlalchemy import Engine

from api.clock import now
from api.errors import AppError
from api.monitoring.metrics import definitions as m
from api.monitoring.metrics.counters import PART, MetricKey
from api.monitoring.metrics.definitions import Metric
from api.monitoring.metrics.folder import WorkerMetrics
from api.monitoring.quality import accuracy_of
from api.records.answers import predictions
from api.records.retrainings.job_holder import HOST
from api.records.retrainings.job_states import JobState
from api.records.servers import workers
from api.records.servers.workers import ALIVE_FOR, WorkerRecord
from api.records.statistics import job_counts
from api.records.watching import drift_looks, streams
from api.registry.history import MoveKind
from api.served_tasks import ServedTasks
from api.services import Services
from api.version import VERSION

logger = logging.getLogger(__name__)

# What the gate has said of the versions of jobs that ended so.
VERDICTS = (JobState.PROMOTED, JobState.PROMOTED_FOR_SITE, JobState.KEPT)
UNDER_WAY = (JobState.WAITING, JobState.QUEUED, JobState.RUNNING)

Figure = tuple[MetricKey, float]


def metric_values(tasks: ServedTasks, worker_metrics: WorkerMetrics) -> dict[MetricKey, float]:
    """Every figure, as it is now. What the records do not tell is missing; it never raises."""
    tasks.publish_metrics()
    values = worker_metrics.totals() | dict(_machine(tasks))
    try:
        values |= dict(_records(tasks))
    except AppError as exc:
        logger.warning("metrics without records reason=%r", exc.message)
        return values | {_key(m.RECORDS_UP): 0.0}
    return values | {_key(m.RECORDS_UP): 1.0}


def _key(metric: Metric, *labels: str) -> MetricKey:
    return MetricKey(metric.name, PART, labels)


def _machine(tasks: ServedTasks) -> Iterator[Figure]:
    yield _key(m.BUILD, VERSION, platform.python_version()), 1.0
    settings = tasks.settings
    folders = {
        "models": settings.models_dir,
        "training": settings.retrain_dir,
        "state": settings.state_dir,
    }
    for name, folder in folders.items():
        usage = shutil.disk_usage(_existing(folder))
        yield _key(m.DISK_FREE, name), usage.free
        yield _key(m.DISK_SIZE, name), usage.total


def _existing(folder: Path) -> Path:
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())


def _records(tasks: ServedTasks) -> Iterator[Figure]:
    """Raises: StoreBusy, StorageFailed."""
    database = tasks.shared.database
    yield from _workers(workers.known(database), now())
    yield from _jobs(database, [services.task.name for services in tasks])
    for services in tasks:
        yield from _task(services)


def _workers(found: list[WorkerRecord], moment: datetime) -> Iterator[Figure]:
    states = Counter(dict.fromkeys(("alive", "silent", "gone"), 0))
    ages = {worker.id: moment - worker.heartbeat_at for worker in found}
    state_of = {worker.id: _state(worker, ages[worker.id]) for worker in found}
    states.update(state_of.values())
    for state, number in states.items():
        yield _key(m.WORKERS, state), number
    there = [worker for worker in found if state_of[worker.id] != "gone"]
    if there:
        oldest = max(ages[worker.id] for worker in there)
        yield _key(m.HEARTBEAT_AGE), max(0.0, oldest.total_seconds())
        yield _key(m.START_TIME), min(worker.started_at for worker in there).timestamp()


def _state(worker: WorkerRecord, age: timedelta) -> str:
    """Of a process on another machine only its heart-beat is known."""
    if age < ALIVE_FOR:
        return "alive"
    return "silent" if worker.host == HOST and psutil.pid_exists(worker.pid) else "gone"


def _jobs(database: Engine, tasks: Iterable[str]) -> Iterator[Figure]:
    # From 0 on: an increase of a series that begins at 1 is none.
    never = {(task, state): 0 for task in tasks for state in JobState}
    for (task, state), number in (never | job_counts.by_state(database)).items():
        yield _key(m.ACTIVE_JOBS if state in UNDER_WAY else m.JOBS, task, state), number
        if state in VERDICTS:
            yield _key(m.GATE_OUTCOMES, task, state), number
    for task, at in job_counts.last_finished(database).items():
        yield _key(m.LAST_RETRAINING, task), at.timestamp()


def _task(services: Services) -> Iterator[Figure]:
    task, database = services.task.name, services.records.database
    overview = services.serving.promoter.overview()
    moves = Counter(dict.fromkeys(MoveKind, 0))
    moves.update(move.kind for move in overview.history)
    for kind, number in moves.items():
        yield _key(m.CHAMPION_SWAPS, task, kind), number
    if overview.champion is not None:
        yield _key(m.CHAMPION, task, overview.champion), 1.0
    for label, number in services.storage.collection.counts().items():
        yield _key(m.SAMPLES, task, label), number
    if (at := predictions.newest_at(database, task=task)) is not None:
        yield _key(m.LAST_PREDICTION, task), at.timestamp()
    known = streams.all_streams(database, task=task)
    yield _key(m.SHIFTED_STREAMS, task), sum(bool(stream.shifted) for stream in known)
    if (drifted := drift_looks.drifted_statistics(database, task=task)) is not None:
        yield _key(m.DRIFTED_STATISTICS, task), drifted
    checkpoint = services.serving.live.checkpoint
    accuracy = accuracy_of(
        database,
        checkpoint.card if checkpoint else None,
        prevalence=services.settings.prevalence,
        task=task,
    )
    if accuracy is not None:
        yield _key(m.ESTIMATED_ACCURACY, task), accuracy
    excesses = [stream.excess for stream in known if stream.excess is not None]
    if excesses:
        yield _key(m.STREAM_SHIFT, task), max(excesses)
