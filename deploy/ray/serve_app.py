"""The API as a Ray Serve application: `serve run deploy.ray.serve_app:application cpus=2`.

One replica a node, each a whole server with its compute processes, built there from the same
`create_app`. A new champion is followed by each replica, as by each server: nothing is deployed
for it.
"""

import asyncio
import time
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field
from ray import serve

from api.errors import AppError, StorageFailed, StorageUnavailable, StoreBusy
from deploy.ray.serve_proxy import BodyTaken

if TYPE_CHECKING:
    from fastapi import FastAPI

# A model that has to be compiled first takes a minute.
START_S, LOOK_S = 300.0, 0.2


class Sizes(BaseModel):
    """What can be chosen: `name=value` behind the import path, or `args` in a Serve config file."""

    cpus: float = Field(2, gt=0, description="Cores that a replica reserves: those of a node.")
    min_nodes: int = Field(1, ge=1, description="Fewest; 2 or more answer during an update.")
    max_nodes: int = Field(4, ge=1, description="Most replicas, each on a node of its own.")
    ongoing: int = Field(64, ge=1, description="Requests in one replica at once.")
    queued: int = Field(256, ge=1, description="Requests that wait at a proxy; then 503.")


def build_app() -> "FastAPI":
    """The application, with this node's settings: a finished one cannot be sent to a node."""
    from api.main import create_app
    from api.settings import from_environment

    app = create_app(from_environment())
    app.add_middleware(BodyTaken)
    return app


class Replica:
    """A server on a node; `app` is what `build_app` gave."""

    app: "FastAPI"
    _was_ready = False

    async def check_health(self) -> None:
        """What `GET /health/ready` tells; a replica for which this raises is replaced.

        The first call waits for the model, so that no request comes before. Records or a
        store that cannot be reached would be out of reach of another replica too: requests get 503
        meanwhile.
        """
        from api.web.routes.state.status import ready

        deadline = time.monotonic() + (0.0 if self._was_ready else START_S)
        while True:
            try:
                await ready(services=self.app.state.services)
            except (StoreBusy, StorageFailed, StorageUnavailable):
                return
            except AppError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(LOOK_S)
            else:
                self._was_ready = True
                return


def application(sizes: Sizes) -> Any:
    """The Serve application of these sizes."""
    deployment = serve.deployment(
        name="roentgen",
        ray_actor_options={"num_cpus": sizes.cpus},
        max_replicas_per_node=1,
        max_ongoing_requests=sizes.ongoing,
        max_queued_requests=sizes.queued,
        autoscaling_config={
            "min_replicas": sizes.min_nodes,
            "max_replicas": sizes.max_nodes,
            # More than the cores can work on waits; a node more would answer it sooner.
            "target_ongoing_requests": max(2 * sizes.cpus, 1),
        },
        health_check_period_s=10,
        health_check_timeout_s=30,
        graceful_shutdown_wait_loop_s=1,
        graceful_shutdown_timeout_s=30,
    )
    return deployment(serve.ingress(build_app)(Replica)).bind()
