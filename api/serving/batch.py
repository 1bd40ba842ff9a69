"""Many films side by side, their answers in order, without standing in anybody's way."""

import asyncio
import contextlib
import os
import sys
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from itertools import islice
from typing import TypeVar

import anyio

Item = TypeVar("Item")
Result = TypeVar("Result")

# Films begun or answered beyond the one whose turn it is, for each thread: a slow one does not
# leave the other threads idle, and what waits to be sent stays little.
AHEAD = 4
# Of a processor that both want, a single prediction gets nine parts in ten.
NICENESS = 10


class Batches:
    """The threads that read batches; all batches of a worker share them, film by film."""

    def __init__(self, threads: int) -> None:
        self._window = AHEAD * threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="batch", initializer=_give_way)

    async def in_order(
        self, work: Callable[[Item], Result], items: Iterable[Item]
    ) -> AsyncGenerator[Result, None]:
        """What `work` gives for each item, in the items' order; a bounded number is ahead.

        Whoever stops listening closes this (`aclosing`): nothing more is begun then, and what
        runs has ended when the closing has.
        """
        waiting: deque[Future[Result]] = deque()
        following = iter(items)
        try:
            for item in islice(following, self._window):
                waiting.append(self._begin(work, item))
            while waiting:
                result = await asyncio.wrap_future(waiting[0])
                waiting.popleft()
                for item in islice(following, 1):
                    waiting.append(self._begin(work, item))
                yield result
        finally:
            await _end(waiting)

    def close(self) -> None:
        """Begin nothing more; what runs ends."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _begin(self, work: Callable[[Item], Result], item: Item) -> "Future[Result]":
        # The request's id is on the lines that its films log.
        return self._pool.submit(copy_context().run, work, item)


async def _end(futures: Iterable["Future[Result]"]) -> None:
    running = [asyncio.wrap_future(future) for future in futures if not future.cancel()]
    if running:
        with anyio.CancelScope(shield=True):
            await asyncio.wait(running)
            for future in running:
                # Nobody is left to hear of it.
                with contextlib.suppress(asyncio.CancelledError):
                    future.exception()


def _give_way() -> None:
    """Lower the priority of this thread alone, where the system has such a thing."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
