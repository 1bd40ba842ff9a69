"""The API as an ASGI application: `uvicorn api.main:app`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from api import logs
from api.evaluation_runs.site_check import SiteCheck
from api.jobs.supervisor import Supervisor
from api.jobs.triggers import Triggers
from api.records.database import open_database
from api.records.prediction_writer import Journal
from api.records.write_health import Pulse
from api.registry.champion import Alias
from api.registry.store import Store
from api.samples.archive.reader import ArchiveLimits
from api.samples.image_retention import KeptFilms
from api.samples.open_collection import film_limits, open_collection
from api.samples.requirements import Requirements
from api.serving.backend import open_backend
from api.serving.compiled import Compiler
from api.serving.live import LiveModel, predictor_builder
from api.serving.promotion import Promoter
from api.serving.scheduling.batch import Batches
from api.serving.scheduling.compute import ComputePool
from api.serving.scheduling.latencies import Latencies
from api.serving.scheduling.memory_budget import Bodies, room_for
from api.serving.scheduling.work_pool import WorkPools
from api.serving.shutdown import Closing
from api.settings import Settings, from_environment
from api.tasks.task import load_task
from api.version import VERSION
from api.web import api_docs, problems
from api.web.connections.http_protocol import bound_server, sweep_forever
from api.web.connections.limits import ConnectionLimits, ConnectionTable
from api.web.connections.proxies import TrustedProxies, forwarded_client
from api.web.deps import Services
from api.web.middleware.admission import Admission
from api.web.middleware.body_timeout import BodyPace, Leftover
from api.web.middleware.head_requests import HeadRequests
from api.web.middleware.host_check import HostCheck, KnownHosts
from api.web.middleware.request_checks import (
    MULTIPART_SLACK_BYTES,
    BodyLimit,
    RequestContext,
    SameOrigin,
)
from api.web.problems import documented
from api.web.routes import (
    batch,
    evaluate,
    models,
    predict,
    preview,
    retrain,
    review,
    samples,
    status,
)
from api.web.security_headers import SecurityHeaders
from api.worker.background import Background

DESCRIPTION = """
Serve, retrain and watch over a chest X-ray classifier. Research and education; not a medical
device. Errors are RFC 9457 problem details; every response carries `X-Request-ID`.
"""


class Application(FastAPI):
    """FastAPI that bounds the connections of the server that starts it."""

    connections: ConnectionTable | None = None

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


def create_app(settings: Settings) -> FastAPI:
    """Everything put together; resources open when the application starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services = await run_in_threadpool(open_services, settings)
        app.state.services = services
        background = Background(services)
        await run_in_threadpool(background.start)
        services.closing.watch()
        yield
        services.closing.set()
        await run_in_threadpool(background.close)
        await run_in_threadpool(services.compute.close)
        await run_in_threadpool(services.journal.close)
        await run_in_threadpool(services.backend.close)
        services.database.dispose()

    logs.configure(settings.log_level)
    app = Application(
        title="Roentgen",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        # A redirect has no body that says why; a path that does not exist is a 404 like any other.
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    app.connections = ConnectionTable(_connection_limits(settings))
    api_docs.install(app)
    predict.add_to(app)
    for module in (predict, batch, preview, review, evaluate, samples, retrain, models, status):
        # A request from this machine may name a host that is not ours.
        app.include_router(module.router, responses=documented(403))
    problems.install(app)
    _add_middleware(app, settings)
    return app


def open_services(settings: Settings) -> Services:
    """Open the stores and describe them to the routes. Raises: AppError."""
    task = load_task(settings.task)
    # First: it starts beside everything else.
    backend = open_backend(settings)
    database = open_database(settings.records_url, timeout_s=settings.database_timeout_s)
    store = Store(settings.models_dir / task.name, settings.default_model, task.name)
    alias = Alias(store.folder)
    environment = settings.as_environment()
    limits = film_limits(settings)
    compiler = Compiler(settings.compiled_dir, environment)
    build = predictor_builder(compiler, backend.load, precision=settings.precision)
    live = LiveModel(store, alias, build, precision=settings.precision)
    pulse = Pulse()
    compute = ComputePool(settings.interpreters, max_wait_s=settings.max_wait_ms / 1e3)
    return Services(
        settings=settings,
        task=task,
        database=database,
        store=store,
        alias=alias,
        compiler=compiler,
        live=live,
        promoter=Promoter(store, alias, live),
        requirements=Requirements(settings.min_retrain_classes, settings.min_retrain_images),
        collection=open_collection(settings, task, database, describe=backend.describe),
        supervisor=Supervisor(
            database,
            task.name,
            store,
            settings.compiled_dir,
            settings.job_logs_dir,
            environment,
            time_limit=timedelta(minutes=settings.max_retrain_minutes),
        ),
        limits=limits,
        site_check=SiteCheck(
            folder=settings.state_dir / "checks",
            limits=ArchiveLimits(
                settings.max_evaluate_files,
                settings.max_upload_bytes,
                settings.max_file_bytes,
                settings.max_unpack_seconds,
            ),
            environment=environment,
        ),
        closing=Closing(),
        triggers=Triggers(settings.retrain_after_samples, settings.retrain_schedule),
        kept=KeptFilms(settings.kept_dir, settings.keep_images, settings.keep_images_days),
        backend=backend,
        compute=compute,
        journal=Journal(database, pulse, is_busy=lambda: compute.waiting > 0),
        bodies=Bodies(room_for(settings.max_file_bytes)),
        pulse=pulse,
        batches=Batches(compute),
        latencies=Latencies(),
        pools=WorkPools(),
    )


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
    app.add_middleware(HeadRequests)
    app.add_middleware(
        BodyLimit,
        limits={
            "/upload-data": settings.max_upload_bytes + MULTIPART_SLACK_BYTES,
            "/evaluate": settings.max_upload_bytes + MULTIPART_SLACK_BYTES,
            "/predict/batch": settings.max_batch_bytes + MULTIPART_SLACK_BYTES,
        },
        default=settings.max_file_bytes + MULTIPART_SLACK_BYTES,
    )
    app.add_middleware(BodyPace)
    app.add_middleware(
        Admission, paths=frozenset({"/predict"}), max_wait_s=settings.max_wait_ms / 1e3
    )
    app.add_middleware(SameOrigin, allowed=settings.allowed_origins, hosts=hosts)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.allowed_origins),
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=["X-Request-ID", "Location", "Retry-After", "X-Batch-Films"],
        )
    if settings.trusted_proxies:
        app.add_middleware(forwarded_client, trusted=settings.trusted_proxies)
    app.add_middleware(HostCheck, hosts=hosts, proxies=TrustedProxies(settings.trusted_proxies))
    app.add_middleware(Leftover)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestContext)


app = create_app(from_environment())
