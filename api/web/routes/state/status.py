"""`/status` and `/health`: how the service is."""

import time
from dataclasses import asdict
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query

from api.clock import now
from api.errors import ModelNotReady, NotFound
from api.monitoring.activity import activity
from api.monitoring.metrics.observers import compute_processes
from api.monitoring.status import check, check_folder, uptime_seconds
from api.monitoring.stream_watch import reason_in_words
from api.records.answers import predictions
from api.records.champions import nodes
from api.records.database import check_file
from api.records.retrainings import jobs
from api.records.servers import workers
from api.records.watching import streams
from api.records.watching.streams import StreamRecord
from api.served_tasks import task_memory_mb
from api.services import Services
from api.serving.scheduling.work_pool import runs_in
from api.storage.store_health import StoreHealth
from api.version import VERSION
from api.web.deps import S, Tasks
from api.web.links import link
from api.web.problems import documented
from api.web.responses.sites.site_summaries import summaries
from api.web.schemas.state.status import (
    Activity,
    Alive,
    Health,
    Node,
    Ready,
    SiteVersion,
    Status,
    Stream,
    StreamDetail,
    Worker,
)

router = APIRouter(tags=["operation"])
MAX_STREAMS = 50
ShownStream = TypeVar("ShownStream", bound=Stream)


@router.get("/status", responses=documented(503, 507))
@runs_in("operation")
def status(services: S, tasks: Tasks) -> Status:
    """The state of the service; every worker gives the same answer, but for the memory."""
    alive = workers.alive(services.records.database)
    overview = services.serving.promoter.overview()
    champion = overview.champion
    running = jobs.active(services.records.database, task=services.task.name)
    waiting = jobs.waiting(services.records.database, task=services.task.name)
    last = jobs.last_finished(services.records.database, task=services.task.name)
    return Status(
        uptime_seconds=uptime_seconds(alive, now()),
        num_predictions=predictions.count(services.records.database, task=services.task.name),
        last_retrain_time=last.finished_at if last else None,
        last_retrain_state=last.state if last else None,
        current_model_path=_shown_path(services, champion),
        model_version=champion,
        task=services.task.name,
        classes={info.name: info.meaning for info in services.task.classes},
        coarse_labels={info.name: info.meaning for info in services.task.coarse_labels},
        negative_class=services.task.negative_class,
        operating_point=services.settings.operating_point,
        prevalence=services.settings.prevalence,
        running_job=link(f"/retrain/{running.id}") if running else None,
        waiting_job=link(f"/retrain/{waiting.id}") if waiting else None,
        retrain_queue=services.settings.retrain_queue,
        samples=services.storage.collection.counts(),
        sites=summaries(services),
        streams=[_shown(Stream, record) for record in _streams(services)],
        site_versions=[
            SiteVersion.model_validate(site)
            for site in services.serving.site_models.standings()
            if site.version is not None
        ],
        workers=[Worker.model_validate(worker) for worker in alive],
        champion_sequence=overview.sequence,
        nodes=_nodes(services),
        health=_health(services),
        task_memory_mb={
            each.task.name: size for each in tasks if (size := task_memory_mb(each)) is not None
        },
        version=VERSION,
    )


@router.get("/status/activity", responses=documented(422, 503, 507))
def recent_activity(
    services: S, tasks: Tasks, window_minutes: Annotated[int, Query(ge=1, le=60 * 24 * 31)] = 60
) -> Activity:
    """Predictions, referrals, errors and latency over time, and the newest errors."""
    found = activity(
        services.records.database, task=services.task.name, window_minutes=window_minutes
    )
    worker_metrics = tasks.shared.worker_metrics
    processes = compute_processes(worker_metrics.totals()) if worker_metrics else None
    return Activity.model_validate(asdict(found) | {"compute_processes": processes})


@router.get("/status/streams", responses=documented(503, 507))
@runs_in("operation")
def stream_details(services: S) -> list[StreamDetail]:
    """Each source's newest answers held against all known hospitals, with what differs.

    At most 50 sources, the shifted ones first.
    """
    return [_shown(StreamDetail, record) for record in _streams(services, with_differences=True)]


@router.get("/health/live")
async def live() -> Alive:
    """The process answers; nothing that it waits for can keep this from being said."""
    return Alive()


@router.get("/health/ready", responses=documented(409, 503, 507))
@runs_in("operation")
def ready(services: S) -> Ready:
    """A real inference on the current champion succeeded, and answers can be kept.

    Answers go on while the shared store is away: that is `problem`, found in the background, since
    another node could not reach it either. After a start the profiles of sites are waited for while
    the store is not known to be away.
    """
    if services.serving.shutdown:
        raise ModelNotReady("The server is being stopped; ask another one.")
    check_file(services.records.database)
    services.records.write_health.check()
    away = services.storage.store_health.problem
    services.serving.sites.check_start(is_away=away is not None)
    engine = services.serving.live.current()
    started = time.perf_counter()
    engine.check()
    elapsed_ms = round((time.perf_counter() - started) * 1e3, 2)
    return Ready(
        model_version=engine.version,
        precision=engine.precision,
        inference_ms=elapsed_ms,
        problem=services.serving.live.problem or away,
    )


def _nodes(services: Services) -> list[Node]:
    if not services.settings.champion_in_records:
        return []
    found = nodes.of_task(services.records.database, task=services.task.name)
    return [Node.model_validate(node) for node in found]


def _store_answers(health: StoreHealth) -> str:
    health.check()
    return "the shared store answers"


def _streams(services: Services, *, with_differences: bool = False) -> list[StreamRecord]:
    found = streams.all_streams(
        services.records.database, task=services.task.name, with_differences=with_differences
    )
    return found[:MAX_STREAMS]


def _shown(schema: type[ShownStream], record: StreamRecord) -> ShownStream:
    return schema.model_validate(asdict(record) | {"reason": reason_in_words(record)})


def _health(services: Services) -> dict[str, Health]:
    settings = services.settings
    is_shared = services.storage.collection.store is not None
    components = {
        "records": check(lambda: _records(services)),
        "models": check_folder(settings.models_dir),
        "training data": check(lambda: _store_answers(services.storage.store_health))
        if is_shared
        else check_folder(settings.retrain_dir),
        "model": check(services.serving.live.describe),
    }
    return {name: Health.model_validate(component) for name, component in components.items()}


def _records(services: Services) -> str:
    check_file(services.records.database)
    totals = predictions.totals(services.records.database, task=services.task.name)
    return f"{totals.stored} predictions kept"


def _shown_path(services: Services, version: str | None) -> str | None:
    """Where the champion's weights lie, relative to the models folder's parent where possible."""
    if version is None:
        return None
    try:
        weights = services.storage.store.weights_of(version)
    except NotFound:
        # Somebody removed the champion's folder; `health` says so.
        return None
    home = services.settings.models_dir.parent
    return str(weights.relative_to(home) if weights.is_relative_to(home) else weights)
