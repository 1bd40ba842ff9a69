"""The API as an ASGI application: `uvicorn api.main:app`."""

from api import import_pause

# isort: split
import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.params import Depends
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from api import logs
from api.accounts.start_message import log_access
from api.errors import AppError
from api.monitoring import sentry
from api.monitoring.metrics.observers import RequestCounts
from api.records.audit_log import audit as audit_log
from api.served_tasks import ServedTasks, open_tasks
from api.settings import DEFAULT_TASK, Settings, from_environment, public_values
from api.version import VERSION
from api.web import api_docs, problems
from api.web.connections.http_protocol import bound_server, sweep_forever
from api.web.connections.limits import ConnectionLimits, ConnectionTable
from api.web.connections.proxies import TrustedProxies, forwarded_client
from api.web.middleware.admission import Admission
from api.web.middleware.authentication import Authentication
from api.web.middleware.body_limit import MULTIPART_SLACK_BYTES, BodyLimit
from api.web.middleware.body_timeout import BodyTimeout, UnreadBody
from api.web.middleware.champion_order import SEQUENCE, ChampionOrder
from api.web.middleware.head_requests import HeadRequests
from api.web.middleware.host_check import HostCheck, KnownHosts
from api.web.middleware.request_context import COUNTS, RequestContext
from api.web.middleware.same_origin import SameOrigin
from api.web.middleware.task_paths import DIAGNOSIS, TaskOpening, TaskPaths
from api.web.problems import documented
from api.web.route_templates import keep_routes
from api.web.routes.administration import (
    alerts,
    audit,
    auth,
    errors,
    keys,
    privacy,
    single_sign_on,
    users,
)
from api.web.routes.answers import (
    batch,
    diagnosis,
    dicomweb,
    feedback,
    intake,
    open_inference,
    predict,
    preview,
    reports,
    review,
)
from api.web.routes.state import metrics, quality, status, tasks
from api.web.routes.training import (
    evaluate,
    model_exports,
    models,
    retrain,
    retrain_changes,
    sample_images,
    samples,
    shadow,
    sites,
)
from api.web.security_headers import SecurityHeaders
from api.worker.background import BackgroundWorker

logger = logging.getLogger(__name__)

# What a page of another origin may read beside the answer itself.
EXPOSED_HEADERS = [
    "X-Request-ID", "Location", "Retry-After", "X-Batch-Films", "X-Decision", "X-Prediction-ID",
    SEQUENCE,
]  # fmt: skip
MAX_LOGIN_BYTES = 100_000
DESCRIPTION = """
Serve, retrain and watch over classifiers of X-rays and other inputs. Research and education; not a
medical device. Errors are RFC 9457 problem details; every response carries `X-Request-ID`.

All that a task has is at the paths below for the default task, and below `/tasks/{task}` for each
task that `GET /tasks` lists: 404 where there is no such task, 503 where it has no model yet.
"""
ROUTES = (
    predict,
    batch,
    preview,
    reports,
    feedback,
    review,
    intake,
    evaluate,
    sites,
    samples,
    sample_images,
    retrain,
    retrain_changes,
    models,
    model_exports,
    shadow,
    quality,
    status,
    metrics,
    errors,
    alerts,
    tasks,
    diagnosis,
    open_inference,
    dicomweb,
    auth,
    single_sign_on,
    users,
    keys,
    audit,
    privacy,
)
# Where the paths of the document are: those of the default task, and those of each one.
SERVERS: list[dict[str, Any]] = [
    {"url": "/", "description": "The default task."},
    {
        "url": "/tasks/{task}",
        "description": "Another task; the paths that are about a task exist here too.",
        "variables": {"task": {"default": DEFAULT_TASK}},
    },
]


class Application(FastAPI):
    """FastAPI that bounds the connections of the server that starts it."""

    connections: ConnectionTable | None = None

    def openapi(self) -> dict[str, Any]:
        """The document, with the ways to say who asks and the lines of streams."""
        document = super().openapi()
        components = document.setdefault("components", {})
        components["securitySchemes"] = api_docs.SECURITY_SCHEMES
        components.setdefault("schemas", {}).update(api_docs.line_schemas())
        document["security"] = [{}, *({name: []} for name in api_docs.SECURITY_SCHEMES)]
        return document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or begin and end with the server."""
        if scope["type"] != "lifespan" or self.connections is None:
            await super().__call__(scope, receive, send)
            return
        self.connections.allow_for_files()
        bound_server(receive, self.connections)
        sweeping = asyncio.create_task(sweep_forever(self.connections))
        try:
            await super().__call__(scope, receive, send)
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping


def create_app(settings: Settings, *, dependencies: Sequence[Depends] = ()) -> FastAPI:
    """Everything put together; resources open when the application starts.

    `dependencies` run before every operation of the OpenAPI document, in their order.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        served = await run_in_threadpool(open_tasks, settings)
        app.state.tasks, app.state.services = served, served.default
        _count_requests(app, served)
        await run_in_threadpool(log_access, settings, served.shared.accounts)
        await run_in_threadpool(_note_settings, served.shared.database, settings)
        background = BackgroundWorker(served)
        await run_in_threadpool(background.start)
        served.shared.shutdown.watch()
        yield
        served.shared.shutdown.set()
        await run_in_threadpool(background.close)
        await run_in_threadpool(served.close)
        await run_in_threadpool(sentry.stop)

    logs.configure(settings.log_level, settings.log_format)
    sentry.start(settings.sentry_dsn)
    app = Application(
        title="Roentgen",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        dependencies=dependencies,
        # A redirect has no body that says why; a path that does not exist is a 404 like any other.
        redirect_slashes=False,
        servers=SERVERS,
        docs_url=None,
        redoc_url=None,
    )
    app.connections = ConnectionTable(_connection_limits(settings))
    api_docs.install(app)
    predict.add_to(app)
    for module in ROUTES:
        # Nobody knows who asks, or they may not; or a request from this machine names a host that
        # is not ours.
        app.include_router(module.router, responses=documented(401, 403))
    # Those of the application itself come first, as they do when a request is answered.
    keep_routes(app, [*app.router.routes, *(r for each in ROUTES for r in each.router.routes)])
    problems.install(app)
    _add_middleware(app, settings)
    return app


def _note_settings(database: Engine, settings: Settings) -> None:
    """Settings change by a start with others; a start must not fail for it."""
    try:
        audit_log.note_settings(database, public_values(settings))
    except AppError as exc:
        logger.warning("settings not in the audit log reason=%r", exc.message)


def _count_requests(app: FastAPI, served: ServedTasks) -> None:
    """From now on, those included that never reach the application."""
    if served.shared.worker_metrics is None:
        return
    counts = RequestCounts(served.shared.worker_metrics.counters)
    setattr(app.state, COUNTS, counts)
    # Another application may have these routes.
    connections: ConnectionTable | None = getattr(app, "connections", None)
    if connections is not None:
        connections.on_refusal = counts.refused


def _connection_limits(settings: Settings) -> ConnectionLimits:
    return ConnectionLimits(
        header_s=settings.max_header_seconds,
        total=settings.max_connections,
        per_address=settings.max_connections_per_address,
        exempt=TrustedProxies(settings.trusted_proxies),
    )


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """The last one added sees a request first."""
    hosts = KnownHosts(settings.allowed_hosts, settings.allowed_origins)
    proxies = TrustedProxies(settings.trusted_proxies)
    app.add_middleware(HeadRequests)
    app.add_middleware(
        BodyLimit,
        limits={
            "/upload-data": settings.max_upload_bytes + MULTIPART_SLACK_BYTES,
            "/evaluate": settings.max_upload_bytes + MULTIPART_SLACK_BYTES,
            "/sites/": settings.max_upload_bytes + MULTIPART_SLACK_BYTES,
            "/v2/models/": open_inference.max_infer_bytes(settings.max_file_bytes)
            + MULTIPART_SLACK_BYTES,
            "/predict/batch": settings.max_batch_bytes + MULTIPART_SLACK_BYTES,
            "/dicom-web/": settings.max_batch_bytes + MULTIPART_SLACK_BYTES,
            # Anybody may send these.
            "/auth/": MAX_LOGIN_BYTES,
        },
        default=settings.max_file_bytes + MULTIPART_SLACK_BYTES,
    )
    app.add_middleware(BodyTimeout)
    app.add_middleware(
        Admission, paths=frozenset({"/predict", *DIAGNOSIS}), max_wait_s=settings.max_wait_ms / 1e3
    )
    if settings.champion_in_records:
        app.add_middleware(ChampionOrder)
    app.add_middleware(TaskOpening)
    app.add_middleware(Authentication, mode=settings.auth, proxies=proxies)
    app.add_middleware(SameOrigin, allowed=settings.allowed_origins, hosts=hosts)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.allowed_origins),
            # A browser's session, for pages that are named; never for every page there is.
            allow_credentials="*" not in settings.allowed_origins,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=EXPOSED_HEADERS,
        )
    if settings.trusted_proxies:
        app.add_middleware(forwarded_client, trusted=settings.trusted_proxies)
    app.add_middleware(HostCheck, hosts=hosts, proxies=proxies)
    app.add_middleware(UnreadBody)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestContext, logs_addresses=settings.keep_addresses_days > 0)
    app.add_middleware(TaskPaths)


app = create_app(from_environment())
import_pause.end()
