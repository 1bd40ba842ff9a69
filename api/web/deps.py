"""What routes are given: the resources of this worker, opened in the lifespan."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine

from api.evaluation_runs.site_check import SiteCheck
from api.inputs.images.decoding import Limits
from api.jobs.supervisor import Supervisor
from api.jobs.triggers import Triggers
from api.records.prediction_writer import Journal
from api.records.write_health import Pulse
from api.registry.champion import Alias
from api.registry.store import Store
from api.samples.collection import Collection
from api.samples.image_retention import KeptFilms
from api.samples.requirements import Requirements
from api.serving.backend import ComputeBackend
from api.serving.compiled import Compiler
from api.serving.live import LiveModel
from api.serving.promotion import Promoter
from api.serving.scheduling.batch import Batches
from api.serving.scheduling.compute import ComputePool
from api.serving.scheduling.latencies import Latencies
from api.serving.scheduling.memory_budget import Bodies
from api.serving.scheduling.work_pool import WorkPools
from api.serving.shutdown import Closing
from api.settings import Settings
from api.tasks.task import Task


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
    collection: Collection
    promoter: Promoter
    supervisor: Supervisor
    requirements: Requirements
    limits: Limits
    site_check: SiteCheck
    closing: Closing
    triggers: Triggers
    kept: KeptFilms
    backend: ComputeBackend
    compute: ComputePool
    journal: Journal
    bodies: Bodies
    pulse: Pulse
    batches: Batches
    latencies: Latencies
    pools: WorkPools


def services_of(request: Request) -> Services:
    """The resources of the worker that answers."""
    services: Services = request.app.state.services
    return services


async def given_services(request: Request) -> Services:
    """The same as a dependency: what is not `async` would wait for a thread."""
    return services_of(request)


S = Annotated[Services, Depends(given_services)]
