"""Servers that share a folder and compute nothing: `python -m tests.serving.servers`."""

import json
import random
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from api.errors import Conflict
from api.registry.champion import Alias
from api.registry.store import Checkpoint, Store, verify_weights
from api.serving.engine import Engine
from api.serving.live import LiveModel
from api.serving.promotion import Promoter

THREADS = 20


def engine_of(checkpoint: Checkpoint) -> Engine:
    """All of an engine that a swap needs."""
    verify_weights(checkpoint)
    engine = SimpleNamespace(checkpoint=checkpoint, version=checkpoint.version, precision="fp32")
    return cast(Engine, engine)


def a_server(
    folder: Path, build: Callable[[Checkpoint], Engine] = engine_of, **parts: Any
) -> Promoter:
    """It serves what the folder's `champion.json` says."""
    store, alias = Store(folder, folder / "default.h5", "pneumonia"), Alias(folder)
    live = LiveModel(store, alias, build)
    live.refresh()
    return Promoter(store, alias, live, **parts)


def hammer(servers: Sequence[Promoter], requests: Sequence[str | None]) -> int:
    """Ask for all of it at once, of the servers in turn; how much of it was done.

    Args:
        wishes: versions to promote; None: roll back.
    """
    begin = threading.Barrier(len(requests), timeout=100)

    def ask(number: int, request: str | None) -> bool:
        server = servers[number % len(servers)]
        begin.wait()
        try:
            if request is None:
                server.rollback(reason="asked")
            else:
                server.promote(request, reason="asked")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(len(requests)) as pool:
        return sum(pool.map(ask, range(len(requests)), requests))


def main(folder: Path, go: Path, seed: int) -> int:
    """A server of its own, with many people at it."""
    server, chance = a_server(folder), random.Random(seed)
    while not go.exists():
        time.sleep(0.01)
    return sum(
        hammer([server], chance.choices(["v1", "v2", "v3", "v4", None, None], k=THREADS))
        for _ in range(2)
    )


if __name__ == "__main__":
    done = main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(done))
