"""Opens what routes and the worker are given, once a process and once a task."""

import logging
from datetime import datetime, timedelta
from functools import lru_cache, partial

from sqlalchemy import Engine

from api.accounts.accounts import Accounts
from api.accounts.first_user import FirstUserToken
from api.accounts.session import SessionPolicy
from api.accounts.single_sign_on import open_single_sign_on
from api.champions import open_alias
from api.errors import WrongKey
from api.evaluation_runs.site_check import SiteCheck
from api.evaluation_runs.stored_reports import StoredReports
from api.inputs.stored_names import filename_policy
from api.intake.topic import load_topics
from api.jobs import trainer_process
from api.jobs.ray_jobs import ray_jobs
from api.jobs.supervisor import Supervisor
from api.jobs.triggers import Triggers
from api.monitoring.alerting.rules import load_rules
from api.monitoring.drift_watch import DriftWatch
from api.monitoring.error_tracking import BACKGROUND, REQUEST, ErrorTracker
from api.monitoring.metrics import definitions
from api.monitoring.metrics.folder import WorkerMetrics, open_metrics
from api.monitoring.metrics.observers import AnswerCounts
from api.monitoring.sending.destinations import Destinations
from api.monitoring.stream_watch import StreamWatch
from api.pacs.destinations import destinations_of
from api.pacs.outgoing import Outgoing
from api.records.answers.prediction_writer import PredictionWriter
from api.records.database import open_database
from api.records.servers.shared_keys import check_keys
from api.records.servers.write_health import WriteHealth
from api.registry.open_store import open_store
from api.registry.sites.site_names import ONE_SITE
from api.registry.sites.site_profiles import sites_of
from api.registry.store import Checkpoint, Store
from api.samples.archive.reader import ArchiveLimits
from api.samples.image_retention import RetainedImages
from api.samples.open_collection import image_limits, open_collection, patient_pseudonyms
from api.samples.requirements import Requirements
from api.services import Records, Services, Serving, Shared, Storage, Training
from api.serving.backend import open_backend
from api.serving.compiled import Compiler
from api.serving.live import LiveModel, predictor_builder
from api.serving.promotion import Promoter
from api.serving.scheduling.batch import BatchScheduler
from api.serving.scheduling.compute import ComputePool, ComputeShare
from api.serving.scheduling.latencies import Latencies
from api.serving.scheduling.memory_budget import MemoryBudget, budget_bytes
from api.serving.scheduling.work_pool import WorkPools
from api.serving.shadow import Shadow
from api.serving.shutdown import Shutdown
from api.serving.sites.live_sites import LiveSites
from api.serving.sites.site_models import SiteModels
from api.serving.sites.site_promotion import SitePromoter
from api.settings import Settings
from api.storage.places import places, shared_or, shared_store
from api.storage.store_health import StoreHealth
from api.tasks.task import Task

logger = logging.getLogger(__name__)


def open_shared(settings: Settings) -> Shared:
    """Open the records, start the compute processes. Raises: AppError."""
    # Before anything is started: what is wrong in them stops the start.
    intake_topics, alert_rules = load_topics(), load_rules(settings.alerts_file)
    # First: it starts beside everything else.
    backend = open_backend(settings)
    database = open_database(
        settings.records_url,
        timeout_s=settings.database_timeout_s,
        task=settings.task,
        for_requests=True,
    )
    _check_keys(settings, database)
    accounts = open_accounts(settings, database)
    compute = ComputePool(settings.interpreters, max_wait_s=settings.max_wait_ms / 1e3)
    dicom_destinations = destinations_of(settings.destinations, settings.destination_logins)
    write_health = WriteHealth()
    worker_metrics = open_metrics(settings.state_dir / "metrics") if settings.metrics else None
    return Shared(
        database=database,
        accounts=accounts,
        single_sign_on=open_single_sign_on(settings, accounts),
        prediction_writer=PredictionWriter(
            database,
            write_health,
            is_busy=lambda: compute.waiting > 0,
            observer=AnswerCounts(worker_metrics.counters) if worker_metrics else None,
        ),
        write_health=write_health,
        backend=backend,
        compute=compute,
        batches=BatchScheduler(compute),
        latencies=Latencies(),
        memory_budget=MemoryBudget(budget_bytes(settings.max_file_bytes)),
        pools=WorkPools(),
        limits=image_limits(settings),
        shutdown=Shutdown(),
        intake_topics=intake_topics,
        worker_metrics=worker_metrics,
        errors=_open_errors(database, worker_metrics),
        alert_rules=alert_rules,
        destinations=Destinations(webhooks=settings.webhooks, notify=settings.notify),
        dicom_destinations=dicom_destinations,
        outgoing=Outgoing(
            database,
            settings.outgoing_dir,
            tuple(dicom_destinations),
            patient_pseudonyms(settings, database),
            shared_store(settings, "outgoing"),
        ),
        store_health=StoreHealth(
            shared_store(settings, f"kept/{settings.task}"),
            silent_after_s=2 * settings.storage_timeout_s,
        ),
    )


def _check_keys(settings: Settings, database: Engine) -> None:
    """Keys that all nodes share are the same here. Raises: WrongKey, StoreBusy, StorageFailed."""
    check = partial(check_keys, database, settings.state_dir, node=settings.node_name)
    try:
        check()
        # Made here by the first node, so that the others know of it.
        filename_policy(settings)
        check()
    except WrongKey as exc:
        # The other nodes go on without this one. A single machine goes on without what needs the
        # key.
        if database.dialect.name != "sqlite":
            database.dispose()
            raise
        logger.error("a key is not the shared one reason=%r", exc.message)


def _open_errors(database: Engine, worker_metrics: WorkerMetrics | None) -> ErrorTracker:
    """What listens for unexpected errors from now on."""
    if worker_metrics is None:
        tracker = ErrorTracker(database, lambda _: None)
    else:
        series = {
            of: worker_metrics.counters.series(definitions.UNEXPECTED_ERRORS, of)
            for of in (REQUEST, BACKGROUND)
        }
        tracker = ErrorTracker(database, lambda of: series[of].add())
    tracker.start()
    return tracker


def open_accounts(settings: Settings, database: Engine) -> Accounts:
    """Users, sessions and keys in these records."""
    policy = SessionPolicy(
        idle=timedelta(minutes=settings.session_idle_minutes),
        absolute=timedelta(hours=settings.session_hours),
    )
    return Accounts(database, policy, FirstUserToken(settings.state_dir))


def open_services(settings: Settings, task: Task, shared: Shared, *, is_default: bool) -> Services:
    """Describe one task's stores to the routes; nothing of its model is loaded yet.

    Args:
        settings: as the task has them (`settings_of`).
    """
    store = open_store(settings, task.name)
    storage = Storage(
        store=store,
        alias=open_alias(settings, store.folder, shared.database),
        sites=sites_of(store),
        collection=open_collection(
            settings, task, shared.database, describe=shared.backend.describe
        ),
        retained_images=RetainedImages(
            places(settings, task.name).retained,
            settings.keep_images,
            settings.keep_images_days,
            partial(shared.backend.deidentified, limits=shared.limits),
        ),
        store_health=shared.store_health,
    )
    serving = _open_serving(settings, storage, shared, is_default=is_default)
    return Services(
        settings=settings,
        task=task,
        serving=serving,
        training=_open_training(settings, task, storage, shared.database),
        storage=storage,
        records=_open_records(shared, task, serving, store),
        accounts=shared.accounts,
        single_sign_on=shared.single_sign_on,
        outgoing=shared.outgoing,
        intake_topics=shared.intake_topics,
    )


def _open_serving(
    settings: Settings, storage: Storage, shared: Shared, *, is_default: bool
) -> Serving:
    compiler = Compiler(settings.compiled_dir, settings.as_environment())
    load = partial(shared.backend.load, is_default=is_default)
    build = predictor_builder(compiler, load, precision=settings.precision)
    live = LiveModel(storage.store, storage.alias, build, precision=settings.precision)
    site_models = SiteModels(
        storage.store, storage.alias, live, build, capacity=settings.max_site_models
    )
    promoter = Promoter(storage.store, storage.alias, live)
    compute = shared.compute if is_default else ComputeShare(shared.compute, settings.task)
    everybody = ONE_SITE if settings.scope == "site" else None
    sites = LiveSites(storage.sites, everybody=everybody)
    in_background = partial(shared.backend.load, in_background=True)
    return Serving(
        live=live,
        sites=sites,
        site_models=site_models,
        promoter=promoter,
        site_promoter=SitePromoter(storage.store, site_models, promoter, sites, everybody),
        shadow=Shadow(
            shared.database,
            settings.task,
            storage.store,
            live,
            predictor_builder(compiler, in_background, precision=settings.precision),
            sites.rules,
            is_busy=lambda: shared.compute.waiting > 0,
        ),
        compiler=compiler,
        backend=shared.backend,
        compute=compute,
        batches=shared.batches,
        latencies=shared.latencies,
        memory_budget=shared.memory_budget,
        pools=shared.pools,
        limits=shared.limits,
        shutdown=shared.shutdown,
    )


def _open_training(settings: Settings, task: Task, storage: Storage, database: Engine) -> Training:
    environment = settings.as_environment()
    return Training(
        supervisor=Supervisor(
            database,
            task.name,
            storage.store,
            settings.compiled_dir,
            settings.job_logs_dir,
            environment,
            time_limit=timedelta(minutes=settings.max_retrain_minutes),
            champion=storage.alias,
            launcher=ray_jobs(settings) if settings.cluster == "ray" else trainer_process,
        ),
        triggers=Triggers(settings.retrain_after_samples, settings.retrain_schedule),
        requirements=Requirements(settings.min_retrain_classes, settings.min_retrain_images),
        site_check=SiteCheck(
            folder=settings.state_dir / "checks",
            reports=StoredReports(
                shared_or(settings, f"reports/{task.name}", settings.of_task("check_reports"))
            ),
            limits=ArchiveLimits(
                settings.max_evaluate_files,
                settings.max_upload_bytes,
                settings.max_file_bytes,
                settings.max_unpack_seconds,
            ),
            environment=environment,
        ),
    )


def _open_records(shared: Shared, task: Task, serving: Serving, store: Store) -> Records:
    live, version_for = serving.live, serving.site_models.version_for
    # A version is never written again; its card would be read at each look.
    read = lru_cache(maxsize=16)(store.get)

    def checkpoint_of(source: str | None) -> Checkpoint | None:
        version = version_for(source)
        return read(version) if version else live.checkpoint

    def checked_at(source: str | None) -> datetime | None:
        rules = serving.sites.rules(source, version_for(source) or live.version or "")
        profile = rules.profile if rules else None
        return profile.created_at if profile and profile.is_passed_check else None

    return Records(
        database=shared.database,
        prediction_writer=shared.prediction_writer,
        write_health=shared.write_health,
        streams=StreamWatch(shared.database, task.name, checkpoint_of, checked_at),
        drift=DriftWatch(shared.database, task.name, lambda: live.checkpoint),
    )
