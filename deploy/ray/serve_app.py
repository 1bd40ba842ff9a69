"""The API as a Ray Serve application: `serve run deploy.ray.serve_app:application cpus=2`.

One replica a node, each a whole server with its compute processes, built there from the same
`create_app`. A new champion is followed by each replica, as by each server: nothing is deployed
for it.
"""

from typing import Any

from pydantic import BaseModel, Field
from ray import serve

from deploy.ray.replica import Replica, build_app


class Sizes(BaseModel):
    """What can be chosen: `name=value` behind the import path, or `args` in a Serve config file."""

    cpus: float = Field(2, gt=0, description="Cores that a replica reserves: those of a node.")
    min_nodes: int = Field(1, ge=1, description="Fewest; 2 or more answer during an update.")
    max_nodes: int = Field(4, ge=1, description="Most replicas, each on a node of its own.")
    ongoing: int = Field(64, ge=1, description="Requests in one replica at once.")
    queued: int = Field(256, ge=1, description="Requests that wait at a proxy; then 503.")


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
