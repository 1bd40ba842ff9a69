"""Many items side by side, in order, a bounded number ahead."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from functools import partial
from typing import TypeVar

import pytest

from api.serving.scheduling.batch import BatchScheduler
from api.serving.scheduling.compute import ComputePool

WAIT_LIMIT_S = 20.0
THREADS = 2
Result = TypeVar("Result")


@pytest.fixture
def compute() -> Iterator[ComputePool]:
    compute = ComputePool(THREADS, max_wait_s=1)
    yield compute
    compute.close()


@pytest.fixture
def batches(compute: ComputePool) -> BatchScheduler:
    return BatchScheduler(compute)


def worked(
    batches: BatchScheduler, work: Callable[[int], Result], count: int
) -> AsyncGenerator[Result, None]:
    """What some work gives for 0, 1, 2, …, on the compute threads."""

    async def answer(item: int) -> Result:
        return await batches.run(partial(work, item))

    return batches.in_order(answer, range(count))


class TestOrder:
    def test_results_come_in_the_order_of_the_items_whoever_is_done_first(
        self, batches: BatchScheduler
    ) -> None:
        second_done = threading.Event()

        def work(item: int) -> int:
            if item == 0:
                assert second_done.wait(WAIT_LIMIT_S)
            if item == 1:
                second_done.set()
            return item * 10

        async def run() -> list[int]:
            return [result async for result in worked(batches, work, 30)]

        assert asyncio.run(run()) == [item * 10 for item in range(30)]

    def test_nothing_gives_nothing(self, batches: BatchScheduler) -> None:
        async def run() -> list[int]:
            return [result async for result in worked(batches, abs, 0)]

        assert asyncio.run(run()) == []

    def test_what_the_work_raises_ends_it(self, batches: BatchScheduler) -> None:
        def fail(item: int) -> float:
            return 1 / item

        async def run() -> None:
            async for _ in worked(batches, fail, 3):
                pass

        with pytest.raises(ZeroDivisionError):
            asyncio.run(run())


class TestBounds:
    def test_as_many_run_at_once_as_there_are_threads(self, batches: BatchScheduler) -> None:
        lock, running, most = threading.Lock(), 0, 0

        def work(_item: int) -> None:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.002)
            with lock:
                running -= 1

        async def run() -> None:
            async def one() -> None:
                async for _ in worked(batches, work, 20):
                    pass

            await asyncio.gather(one(), one(), one())

        asyncio.run(run())

        assert most == THREADS

    def test_a_slow_listener_is_waited_for(self, batches: BatchScheduler) -> None:
        begun: list[int] = []

        async def run() -> int:
            async with aclosing(worked(batches, begun.append, 100)) as results:
                await anext(results)
                await asyncio.sleep(0.1)
                return len(begun)

        assert asyncio.run(run()) <= batches.window + 1

    def test_no_batch_has_an_image_in_the_queue(
        self, compute: ComputePool, batches: BatchScheduler
    ) -> None:
        most = 0

        def work(_item: int) -> None:
            nonlocal most
            most = max(most, compute.in_flight)
            time.sleep(0.001)

        async def run() -> None:
            async def one() -> None:
                async for _ in worked(batches, work, 40):
                    pass

            await asyncio.gather(one(), one(), one())

        asyncio.run(run())

        assert most == THREADS


class TestLeaving:
    def test_nothing_more_is_begun_and_what_runs_has_ended(self, batches: BatchScheduler) -> None:
        begun: list[int] = []
        ended: list[int] = []
        leaving = threading.Event()

        def work(item: int) -> int:
            begun.append(item)
            if item:
                assert leaving.wait(WAIT_LIMIT_S)
                time.sleep(0.01)
            ended.append(item)
            return item

        async def run() -> tuple[list[int], list[int]]:
            async with aclosing(worked(batches, work, 100)) as results:
                await anext(results)
                leaving.set()
            return sorted(begun), sorted(ended)

        at_the_end = asyncio.run(run())

        assert at_the_end[0] == at_the_end[1] == sorted(begun)
        assert len(begun) <= 1 + THREADS

    def test_a_cancelled_listener_leaves_nothing_running(self, batches: BatchScheduler) -> None:
        begun = threading.Event()
        ended = threading.Event()

        def work(_item: int) -> None:
            begun.set()
            time.sleep(0.05)
            ended.set()

        async def listen() -> None:
            async with aclosing(worked(batches, work, 100)) as results:
                async for _ in results:
                    pass

        async def run() -> bool:
            task = asyncio.create_task(listen())
            await asyncio.to_thread(begun.wait, WAIT_LIMIT_S)
            task.cancel()
            await asyncio.wait([task])
            return ended.is_set()

        assert asyncio.run(run())
