"""`GET /metrics`: what Prometheus reads."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from api.errors import NotFound
from api.serving.scheduling.work_pool import runs_in
from api.web.deps import S, Tasks
from api.web.problems import documented
from api.web.responses.metric_values import metric_values

router = APIRouter(tags=["operation"])


@router.get("/metrics", response_class=PlainTextResponse, responses=documented(404, 503))
@runs_in("operation")
def metrics(request: Request, services: S, tasks: Tasks) -> Response:  # noqa: ARG001 (the pool's)
    """Figures of all workers in Prometheus' text format, or as OpenMetrics where `Accept` asks.

    What the records do not tell while they cannot be read is missing, and `roentgen_records_up` 0.
    """
    worker_metrics = tasks.shared.worker_metrics
    if worker_metrics is None:
        raise NotFound("Nothing is counted here; ROENTGEN_METRICS=true switches it on.")
    # Needed for this alone.
    from api.monitoring.metrics.exposition import render

    page, media_type = render(
        metric_values(tasks, worker_metrics), request.headers.get("accept", "")
    )
    return Response(page, media_type=media_type)
