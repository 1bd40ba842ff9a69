"""What routes and the worker are given: the resources of this process, opened once."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine

from api.evaluation_runs.site_check import SiteCheck
from api.inputs.images.decoding import Limits
from api.jobs.supervisor import Supervisor
from api.jobs.triggers import Triggers
from api.records.database import open_database
from api.records.prediction_writer import PredictionWriter
from api.records.write_health import WriteHealth
from api.registry.champion import Alias
from api.registry.store import Store
from api.samples.archive.reader import ArchiveLimits
from api.samples.collection import SampleCollection
from api.samples.image_retention import RetainedImages
from api.samples.open_collection import image_limits, open_collection
from api.samples.requirements import Requirements
from api.serving.backend import ComputeBackend, open_backend
from api.serving.compiled import Compiler
from api.serving.live import LiveModel, predictor_builder
from api.serving.promotion import Promoter
from api.serving.scheduling.batch import BatchScheduler
from api.serving.scheduling.compute import ComputePool
from api.serving.scheduling.latencies import Latencies
from api.serving.scheduling.memory_budget import MemoryBudget, budget_bytes
from api.serving.scheduling.work_pool import WorkPools
from api.serving.shutdown import Shutdown
from api.settings import Settings
from api.tasks.task import Task, load_task


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a route may use."""

    settings: Settings
    task: Task
    database: Engine
    store: Store
    alias: Alias
    compiler: Compiler
    live: LiveModel
    collection: SampleCollection
    promoter: Promoter
    supervisor: Supervisor
    requirements: Requirements
    limits: Limits
    site_check: SiteCheck
    shutdown: Shutdown
    triggers: Triggers
    retained_images: RetainedImages
    backend: ComputeBackend
    compute: ComputePool
    prediction_writer: PredictionWriter
    memory_budget: MemoryBudget
    write_health: WriteHealth
    batches: BatchScheduler
    latencies: Latencies
    pools: WorkPools


def open_services(settings: Settings) -> Services:
    """Open the stores and describe them to the routes. Raises: AppError."""
    task = load_task(settings.task)
    # First: it starts beside everything else.
    backend = open_backend(settings)
    database = open_database(settings.records_url, timeout_s=settings.database_timeout_s)
    store = Store(settings.models_dir / task.name, settings.default_model, task.name)
    alias = Alias(store.folder)
    environment = settings.as_environment()
    limits = image_limits(settings)
    compiler = Compiler(settings.compiled_dir, environment)
    build = predictor_builder(compiler, backend.load, precision=settings.precision)
    live = LiveModel(store, alias, build, precision=settings.precision)
    write_health = WriteHealth()
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
        shutdown=Shutdown(),
        triggers=Triggers(settings.retrain_after_samples, settings.retrain_schedule),
        retained_images=RetainedImages(
            settings.kept_dir, settings.keep_images, settings.keep_images_days
        ),
        backend=backend,
        compute=compute,
        prediction_writer=PredictionWriter(
            database, write_health, is_busy=lambda: compute.waiting > 0
        ),
        memory_budget=MemoryBudget(budget_bytes(settings.max_file_bytes)),
        write_health=write_health,
        batches=BatchScheduler(compute),
        latencies=Latencies(),
        pools=WorkPools(),
    )
