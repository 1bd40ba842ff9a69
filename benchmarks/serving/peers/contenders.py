"""Who is measured: how each server starts, when it is ready, and how a film is sent to it."""

from dataclasses import dataclass

from benchmarks.serving.report import DESCENDED, INT8, ONE_WORKER, TWO_WORKERS
from benchmarks.serving.request_bodies import Pack, multipart, raw, v2_binary, v2_json
from benchmarks.serving.servers import Start, peer, roentgen


@dataclass(frozen=True, slots=True)
class Contender:
    """A server by its name in tables; `start` yields its address once it is ready."""

    name: str
    start: Start
    path: str = "/predict"
    pack: Pack = multipart


CONTENDERS = (
    Contender(ONE_WORKER, roentgen(1)),
    Contender(TWO_WORKERS, roentgen(2)),
    Contender(INT8, roentgen(1, precision="int8")),
    Contender(DESCENDED, peer(None, "{python}", "{peers}/descended.py", ready="/ready")),
    Contender(
        "LitServe", peer("litserve", "{python}", "{peers}/litserve_peer.py", ready="/health")
    ),
    Contender(
        "BentoML",
        peer(
            *("bentoml", "{bin}/bentoml", "serve", "bentoml_peer:Images"),
            *("--host", "127.0.0.1", "--port", "{port}", "--working-dir", "{peers}"),
            ready="/readyz",
        ),
    ),
    Contender(
        "MLServer",
        peer(
            *("mlserver", "{bin}/mlserver", "start", "{peers}/mlserver_peer"),
            ready="/v2/models/films/ready",
            variables={
                "MLSERVER_HOST": "127.0.0.1",
                "MLSERVER_HTTP_PORT": "{port}",
                "MLSERVER_GRPC_PORT": "{port_2}",
                "MLSERVER_METRICS_PORT": "{port_3}",
                "MLSERVER_PARALLEL_WORKERS": "{cores}",
                "MLSERVER_DEBUG": "false",
            },
        ),
        "/v2/models/films/infer",
        v2_json,
    ),
    Contender(
        "Ray Serve", peer("ray", "{python}", "{peers}/ray_peer.py", ready="/-/healthz"), pack=raw
    ),
    Contender(
        "PyTriton",
        peer(
            *("pytriton", "{python}", "{peers}/pytriton_peer.py"),
            ready="/v2/models/films/ready",
            # Its store of tensors in shared memory does not start under every Python 3.11.
            variables={"PYTRITON_NO_TENSORSTORE": "1"},
        ),
        "/v2/models/films/infer",
        v2_binary,
    ),
)
