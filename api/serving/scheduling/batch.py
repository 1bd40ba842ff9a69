"""Many films side by side, their answers in order, without standing in anybody's way."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from itertools import islice
from typing import Any, TypeVar

import anyio

from api.serving.scheduling.compute import ComputePool

Item = TypeVar("Item")
Result = TypeVar("Result")

# Items begun or answered beyond the one whose turn it is, for each thread: a slow one does not
# leave the other threads idle, and what waits for its commit or to be sent stays little.
AHEAD = 8


class BatchScheduler:
    """The share of the compute threads that all batches of a worker have together.

    None of their films waits in the queue: a single film is the next one, and what it is told to
    expect is the end of one film of a batch, not of a batch. Used by one event loop.
    """

    def __init__(self, compute: ComputePool) -> None:
        self._compute = compute
        self.window = AHEAD * compute.threads
        self._places = asyncio.Semaphore(compute.threads)

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` gives, on a compute thread. If cancelled it is not begun, or has ended."""
        async with self._places:
            future = self._compute.submit(work, patient=True)
            try:
                return await asyncio.wrap_future(future)
            except asyncio.CancelledError:
                if not future.cancelled():
                    with anyio.CancelScope(shield=True):
                        await asyncio.wait([asyncio.wrap_future(future)])
                raise

    async def in_order(
        self, answer: Callable[[Item], Coroutine[Any, Any, Result]], items: Iterable[Item]
    ) -> AsyncGenerator[Result, None]:
        """What `answer` gives for each item, in the items' order; a bounded number is ahead.

        Whoever stops listening closes this (`aclosing`): nothing more is begun then, and what
        runs has ended when the closing has.
        """
        waiting: deque[asyncio.Task[Result]] = deque()
        following = iter(items)
        try:
            for item in islice(following, self.window):
                waiting.append(asyncio.create_task(answer(item)))
            while waiting:
                result = await waiting[0]
                waiting.popleft()
                for item in islice(following, 1):
                    waiting.append(asyncio.create_task(answer(item)))
                yield result
        finally:
            for task in waiting:
                task.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.gather(*waiting, return_exceptions=True)
