"""What routes and the worker are given: the resources of this process for one task, opened once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Engine

from api.accounts.accounts import Accounts
from api.accounts.single_sign_on import SingleSignOn
from api.evaluation_runs.site_check import SiteCheck
from api.inputs.images.decoding import Limits
from api.intake.topic import Topic
from api.jobs.supervisor import Supervisor
from api.jobs.triggers import Triggers
from api.monitoring.alerting.rules import AlertRule
from api.monitoring.drift_watch import DriftWatch
from api.monitoring.error_tracking import ErrorTracker
from api.monitoring.metrics.folder import WorkerMetrics
from api.monitoring.sending.destinations import Destinations
from api.monitoring.stream_watch import StreamWatch
from api.pacs.destinations import DicomDestination
from api.pacs.outgoing import Outgoing
from api.records.alerting.outbox import Address
from api.records.answers.prediction_writer import PredictionWriter
from api.records.servers.write_health import WriteHealth
from api.registry.champion import Alias
from api.registry.sites.site_profiles import SiteStore
from api.registry.store import Store
from api.samples.collection import SampleCollection
from api.samples.image_retention import RetainedImages
from api.samples.requirements import Requirements
from api.serving.backend import ComputeBackend
from api.serving.compiled import Compiler
from api.serving.live import LiveModel
from api.serving.predictor import ImagePredictor, RecordingPredictor, decision_policy
from api.serving.promotion import Promoter
from api.serving.scheduling.batch import BatchScheduler
from api.serving.scheduling.compute import ComputePool, ComputeShare
from api.serving.scheduling.latencies import Latencies
from api.serving.scheduling.memory_budget import MemoryBudget
from api.serving.scheduling.work_pool import WorkPools
from api.serving.shadow import Shadow
from api.serving.shutdown import Shutdown
from api.serving.sites.live_sites import LiveSites
from api.serving.sites.site_models import SiteModels
from api.serving.sites.site_promotion import SitePromoter
from api.settings import Settings
from api.storage.store_health import StoreHealth
from api.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Shared:
    """What all tasks of a process have in common."""

    database: Engine
    accounts: Accounts
    single_sign_on: SingleSignOn | None
    prediction_writer: PredictionWriter
    write_health: WriteHealth
    backend: ComputeBackend
    compute: ComputePool
    batches: BatchScheduler
    latencies: Latencies
    memory_budget: MemoryBudget
    pools: WorkPools
    limits: Limits
    shutdown: Shutdown
    intake_topics: Mapping[str, Topic]
    # None: nothing is counted for `GET /metrics`.
    worker_metrics: WorkerMetrics | None
    errors: ErrorTracker
    alert_rules: tuple[AlertRule, ...]
    destinations: Destinations
    dicom_destinations: Mapping[Address, DicomDestination]
    outgoing: Outgoing
    store_health: StoreHealth


@dataclass(frozen=True, slots=True)
class Serving:
    """What answers images: the model that is live, and what bounds its work."""

    live: LiveModel
    sites: LiveSites
    site_models: SiteModels
    promoter: Promoter
    site_promoter: SitePromoter
    shadow: Shadow
    compiler: Compiler
    backend: ComputeBackend
    compute: ComputePool | ComputeShare
    batches: BatchScheduler
    latencies: Latencies
    memory_budget: MemoryBudget
    pools: WorkPools
    limits: Limits
    shutdown: Shutdown


@dataclass(frozen=True, slots=True)
class Training:
    """What starts and watches retrainings, and measures a model on somebody's images."""

    supervisor: Supervisor
    triggers: Triggers
    requirements: Requirements
    site_check: SiteCheck


@dataclass(frozen=True, slots=True)
class Storage:
    """What lies in folders: checkpoints, the champion's alias, samples, images of answers."""

    store: Store
    alias: Alias
    sites: SiteStore
    collection: SampleCollection
    retained_images: RetainedImages
    store_health: StoreHealth


@dataclass(frozen=True, slots=True)
class Records:
    """What lies in the database, and whether it can be written."""

    database: Engine
    prediction_writer: PredictionWriter
    write_health: WriteHealth
    streams: StreamWatch
    drift: DriftWatch


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a route may use."""

    settings: Settings
    task: Task
    serving: Serving
    training: Training
    storage: Storage
    records: Records
    accounts: Accounts
    single_sign_on: SingleSignOn | None
    outgoing: Outgoing
    intake_topics: Mapping[str, Topic]

    def predictor(
        self,
        *,
        operating_point: str | None = None,
        prevalence: float | None = None,
        source: str | None = None,
        actor: str | None = None,
    ) -> RecordingPredictor:
        """What answers a request of a site: its own version, or else the champion. `actor`: who
        asks.

        It waits where the site's version has to be loaded first.

        Raises: ModelNotReady.
        """
        of_site = self.serving.site_models.model_for(source)
        engine = of_site or self.serving.live.current()
        # A challenger is compared with the champion, whose place it might take.
        shadow = None if of_site else self.serving.shadow.challenger
        policy = decision_policy(
            self.settings,
            operating_point=operating_point,
            prevalence=prevalence,
            site=self.serving.sites.rules(source, engine.version),
        )
        return RecordingPredictor(
            ImagePredictor(
                engine,
                self.serving.limits,
                policy,
                partial(self.records.streams.state, source, actor),
                keep_decoded=shadow is not None and shadow.reads_as(engine.card),
            ),
            self.storage.retained_images,
            self.records.prediction_writer,
            self.task.name,
            source,
            actor,
            self.storage.collection.names,
            shadow,
        )
