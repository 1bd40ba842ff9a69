"""Threads for long work, apart from those that answer quickly, with a bounded queue before them."""

import math
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

import anyio
from fastapi import Depends, Request

from api.errors import Overloaded

T = TypeVar("T")

NEWEST = 0.2
MAX_RETRY_AFTER_S = 60


class WorkPool:
    """Runs one kind of work on a few threads of its own; used by one event loop.

    A request takes a place before anything of it is read, and leaves it when it was answered:
    what waits, in memory and on the disk, is bounded too.
    """

    def __init__(self, name: str, *, threads: int, places: int) -> None:
        """Args:
        name: what a refusal calls the requests.
        threads: how many are worked on at once.
        places: how many are here at once, those that are worked on included.
        """
        self.name, self.threads, self.places = name, threads, places
        self.taken = 0
        self._limiter: anyio.CapacityLimiter | None = None
        self._mean_s = 1.0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Raises: Overloaded if all are taken."""
        if self.taken >= self.places:
            raise Overloaded(
                f"There are {self.taken} {self.name} at work or waiting, as many as this server "
                "takes on at once; send it again later.",
                retry_after_s=self._retry_after_s(),
            )
        self.taken += 1
        begun = time.monotonic()
        try:
            yield
        finally:
            self.taken -= 1
            self._mean_s += NEWEST * (time.monotonic() - begun - self._mean_s)

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gives, on a thread of this pool."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(self.threads)
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def iterate(self, pieces: Iterator[T]) -> AsyncIterator[T]:
        """The same for something that gives its pieces one by one."""
        end = object()
        while (piece := await self.run(lambda: next(pieces, end))) is not end:
            yield piece  # type: ignore[misc]

    def _retry_after_s(self) -> int:
        return max(1, min(MAX_RETRY_AFTER_S, math.ceil(self._mean_s / self.threads)))


@dataclass(frozen=True, slots=True)
class WorkPools:
    """One for each kind of work: none waits for another, and health waits for none of them."""

    uploads: WorkPool = field(default_factory=lambda: WorkPool("uploads", threads=2, places=16))
    batches: WorkPool = field(default_factory=lambda: WorkPool("batches", threads=2, places=16))
    evaluations: WorkPool = field(
        default_factory=lambda: WorkPool("evaluations", threads=1, places=4)
    )
    exports: WorkPool = field(default_factory=lambda: WorkPool("exports", threads=1, places=4))
    # One at a time: each starts a process of 100 MB.
    reports: WorkPool = field(default_factory=lambda: WorkPool("reports", threads=1, places=16))
    pictures: WorkPool = field(default_factory=lambda: WorkPool("pictures", threads=2, places=128))
    # One at a time: hashing a password takes the processor and memory that answers need.
    logins: WorkPool = field(default_factory=lambda: WorkPool("log-ins", threads=1, places=32))
    # It waits for another machine: passwords must not wait for that.
    single_sign_on: WorkPool = field(
        default_factory=lambda: WorkPool("single sign-on", threads=2, places=32)
    )
    # Health, state, versions: short work that somebody has to see whatever else goes on.
    operation: WorkPool = field(
        default_factory=lambda: WorkPool("questions", threads=40, places=256)
    )


def place_in(pool: str) -> Any:
    """A dependency: the request has a place in this pool from before its body until its answer."""

    async def take(request: Request) -> AsyncIterator[None]:
        pools: WorkPools = request.app.state.services.serving.pools
        with getattr(pools, pool).place():
            yield

    return Depends(take)


def runs_in(pool: str) -> Callable[[Callable[..., T]], Callable[..., Any]]:
    """A route that blocks, on threads of this pool; it needs the parameter `services`."""

    def decorate(route: Callable[..., T]) -> Callable[..., Any]:
        @wraps(route)
        async def run(**arguments: Any) -> T:
            pools: WorkPools = arguments["services"].serving.pools
            result: T = await getattr(pools, pool).run(lambda: route(**arguments))
            return result

        return run

    return decorate
