"""The network behind Ray Serve, with one replica a core."""

import os
import time

import ray
from image_reader import ImageReader
from ray import serve
from starlette.requests import Request

REPLICAS = int(os.environ["PEER_WORKERS"])


@serve.deployment(num_replicas=REPLICAS, ray_actor_options={"num_cpus": 1})
class Images:
    """One reader a replica; the body is the film's file."""

    def __init__(self) -> None:
        self._reader = ImageReader()

    async def __call__(self, request: Request) -> dict[str, object]:
        return self._reader.answer(await request.body())


if __name__ == "__main__":
    ray.init(num_cpus=REPLICAS, include_dashboard=False, log_to_driver=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(os.environ["PEER_PORT"])})
    serve.run(Images.bind(), route_prefix="/predict")
    while True:
        time.sleep(3600)
