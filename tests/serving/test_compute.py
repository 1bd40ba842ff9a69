"""First come, first served, and nobody is kept waiting for an answer that comes too late."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextvars import ContextVar
from functools import partial

import pytest

from api.errors import Overloaded
from api.serving.scheduling.compute import (
    ARRIVING_S,
    INITIAL_SERVICE_S,
    SLOW_S,
    SMOOTHING,
    ComputePool,
    ComputeShare,
)
from tests.support.clock import Clock
from tests.support.waiting import wait_until


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Work that waits for it is let go at the end of the test."""
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.fixture
def pool(clock: Clock, gate: threading.Event) -> Iterator[ComputePool]:
    pool = ComputePool(2, max_wait_s=0.1, clock=clock)
    yield pool
    gate.set()
    pool.close()


def fill(pool: ComputePool, gate: threading.Event, count: int) -> list[Future[bool]]:
    return [pool.submit(gate.wait, patient=True) for _ in range(count)]


class TestRunning:
    def test_work_gives_its_result_or_its_error(self, pool: ComputePool) -> None:
        def fails() -> None:
            raise ValueError("no")

        assert pool.submit(lambda: 7).result() == 7
        with pytest.raises(ValueError, match="no"):
            pool.submit(fails).result()
        wait_until(lambda: pool.in_flight == 0, "nothing was in flight")

    def test_no_more_runs_at_once_than_there_are_threads(
        self, pool: ComputePool, gate: threading.Event
    ) -> None:
        begun: list[int] = []

        def work(number: int) -> Callable[[], bool]:
            return lambda: begun.append(number) or gate.wait()  # type: ignore[func-returns-value]

        futures = [pool.submit(work(number), patient=True) for number in range(6)]
        wait_until(lambda: len(begun) == 2, "two had begun")

        assert (pool.in_flight, pool.waiting) == (6, 4)
        assert begun == [0, 1]
        gate.set()
        assert all(future.result() for future in futures)
        assert sorted(begun) == list(range(6))

    def test_work_begins_in_the_order_in_which_it_came(self, gate: threading.Event) -> None:
        pool = ComputePool(1, max_wait_s=1)
        begun: list[int] = []
        first = pool.submit(gate.wait)
        for number in range(20):
            last = pool.submit(lambda number=number: begun.append(number), patient=True)  # type: ignore[misc]
        gate.set()
        first.result()
        last.result()
        pool.close()

        assert begun == list(range(20))

    def test_it_runs_in_the_callers_context(self, pool: ComputePool) -> None:
        who: ContextVar[str] = ContextVar("who")
        who.set("request 7")

        assert pool.submit(who.get).result() == "request 7"

    def test_work_that_is_called_off_before_it_begins_gives_its_place_free(
        self, pool: ComputePool, gate: threading.Event
    ) -> None:
        fill(pool, gate, 2)
        waiting = pool.submit(gate.wait, patient=True)

        assert waiting.cancel()

        assert pool.in_flight == 2


class TestSlowWork:
    def test_it_gives_its_place_to_the_next(
        self, pool: ComputePool, gate: threading.Event, clock: Clock
    ) -> None:
        slow = fill(pool, gate, 2)
        wait_until(lambda: all(future.running() for future in slow), "both had begun")
        waiting = pool.submit(lambda: 7, patient=True)

        clock.now += SLOW_S + 1
        pool.relieve()

        assert waiting.result(timeout=60) == 7
        assert not any(future.done() for future in slow)
        assert pool.waiting == 0

    def test_no_more_gives_its_place_than_there_are_threads(
        self, pool: ComputePool, gate: threading.Event, clock: Clock
    ) -> None:
        begun: list[Future[bool]] = []
        for _ in range(2):
            begun += (more := fill(pool, gate, 2))
            wait_until(more[1].running, "they had begun")
            clock.now += SLOW_S + 1
            pool.relieve()
        begun += fill(pool, gate, 2)
        last = pool.submit(lambda: 7, patient=True)
        clock.now += SLOW_S + 1
        pool.relieve()

        assert [future.running() for future in begun] == [True] * 4 + [False] * 2
        gate.set()
        assert last.result(timeout=60) == 7

    def test_afterwards_as_many_run_at_once_as_before(
        self, pool: ComputePool, gate: threading.Event, clock: Clock
    ) -> None:
        slow = fill(pool, gate, 2)
        wait_until(lambda: all(future.running() for future in slow), "both had begun")
        clock.now += SLOW_S + 1
        pool.relieve()
        gate.set()
        wait_until(lambda: pool.in_flight == 0, "nothing was in flight")
        again = threading.Event()

        futures = fill(pool, again, 6)

        wait_until(lambda: sum(future.running() for future in futures) == 2, "two had begun")
        assert sum(future.running() for future in futures) == 2
        again.set()

    def test_it_says_little_of_how_quickly_others_get_done(
        self, pool: ComputePool, gate: threading.Event, clock: Clock
    ) -> None:
        slow = fill(pool, gate, 1)
        wait_until(slow[0].running, "it had begun")
        clock.now += 1000
        pool.relieve()
        gate.set()
        slow[0].result()
        wait_until(lambda: pool.in_flight == 0, "nothing was in flight")

        assert pool.drain_rate >= 2 / (INITIAL_SERVICE_S + SMOOTHING * SLOW_S)


class TestRefusing:
    def test_work_is_taken_while_the_wait_is_short_enough(
        self, pool: ComputePool, gate: threading.Event
    ) -> None:
        most = round(0.1 * 2 / INITIAL_SERVICE_S) + 1
        fill(pool, gate, most)

        pool.check()
        fill(pool, gate, 1)
        with pytest.raises(Overloaded, match=f"There are {most + 1} films before this one"):
            pool.submit(lambda: 1)
        assert pool.in_flight == most + 1

    def test_when_it_may_come_again_follows_from_how_quickly_work_gets_done(
        self, pool: ComputePool, gate: threading.Event, clock: Clock
    ) -> None:
        def slow() -> None:
            clock.now += 10.0

        pool.submit(slow).result()
        wait_until(lambda: pool.in_flight == 0, "nothing was in flight")
        mean = INITIAL_SERVICE_S + SMOOTHING * (10.0 - INITIAL_SERVICE_S)
        assert pool.drain_rate == pytest.approx(2 / mean)
        pool.check()

        fill(pool, gate, 8)
        with pytest.raises(Overloaded, match=r"about 7\.1 s") as refused:
            pool.check()

        # Seven before one that comes now can begin, at two in 1.018 s, or twice that: it swings.
        assert refused.value.retry_after_s == 8

    def test_work_that_always_takes_as_long_is_no_reason_for_caution(
        self, pool: ComputePool, gate: threading.Event, clock: Clock
    ) -> None:
        for _ in range(200):
            pool.submit(lambda: setattr(clock, "now", clock.now + 0.05)).result()
        wait_until(lambda: pool.in_flight == 0, "nothing was in flight")

        fill(pool, gate, 4)

        pool.check()
        fill(pool, gate, 2)
        with pytest.raises(Overloaded):
            pool.check()

    def test_a_free_thread_is_no_wait_however_slow_the_work(
        self, pool: ComputePool, gate: threading.Event, clock: Clock
    ) -> None:
        for _ in range(20):
            pool.submit(lambda: setattr(clock, "now", clock.now + 60)).result()
        wait_until(lambda: pool.in_flight == 0, "nothing was in flight")

        fill(pool, gate, 1)

        pool.check()


class TestAnnouncing:
    """Films whose bodies are on their way."""

    MAX_WAITING = round(0.1 * 2 / INITIAL_SERVICE_S) + 2

    def announced(self, pool: ComputePool, count: int) -> list[Callable[[], None]]:
        return [pool.announce() for _ in range(count)]

    def test_each_has_its_place_among_those_before_others(self, pool: ComputePool) -> None:
        self.announced(pool, self.MAX_WAITING)

        with pytest.raises(Overloaded, match=f"There are {self.MAX_WAITING} films before this one"):
            pool.announce()

    def test_one_that_is_here_or_will_not_come_gives_its_place_free(
        self, pool: ComputePool
    ) -> None:
        *_, last = self.announced(pool, self.MAX_WAITING)

        last()
        last()

        pool.announce()
        with pytest.raises(Overloaded):
            pool.announce()

    def test_a_slow_body_loses_it(self, pool: ComputePool, clock: Clock) -> None:
        self.announced(pool, self.MAX_WAITING)
        clock.now += ARRIVING_S * 1.01

        self.announced(pool, self.MAX_WAITING)

        with pytest.raises(Overloaded):
            pool.announce()

    def test_an_image_that_is_here_is_not_refused_for_those_that_are_not(
        self, pool: ComputePool
    ) -> None:
        self.announced(pool, self.MAX_WAITING)

        assert pool.submit(lambda: 1).result() == 1


def test_at_the_end_what_waits_is_dropped(gate: threading.Event) -> None:
    pool = ComputePool(1, max_wait_s=1)
    running, waiting = fill(pool, gate, 2)
    wait_until(running.running, "the first one ran")
    threading.Timer(0.05, gate.set).start()

    pool.close()

    assert running.result()
    assert waiting.cancelled()


class TestShares:
    """Tasks take turns; one's flood is not another's wait."""

    def run_order(self, pool: ComputePool, gate: threading.Event, plan: str) -> str:
        """Who was begun after whom, of work that waited behind the gate."""
        begun: list[str] = []
        held = fill(pool, gate, pool.threads)
        works = [
            pool.submit(partial(begun.append, name), patient=True, share=name) for name in plan
        ]
        gate.set()
        for opened in held:
            opened.result()
        for done in works:
            done.result()
        return "".join(begun)

    def test_those_that_wait_take_turns(self, clock: Clock, gate: threading.Event) -> None:
        pool = ComputePool(1, max_wait_s=0.1, clock=clock)

        assert self.run_order(pool, gate, "aaaabb") == "ababaa"
        pool.close()

    def test_a_flood_of_one_leaves_room_for_another(
        self, pool: ComputePool, gate: threading.Event
    ) -> None:
        other = ComputeShare(pool, "other")
        fill(pool, gate, 50)

        with pytest.raises(Overloaded):
            pool.check()
        with pytest.raises(Overloaded):
            pool.announce()
        other.check()
        come = other.announce()
        come()
        assert other.submit(gate.wait)

    def test_each_is_refused_for_its_own(self, pool: ComputePool, gate: threading.Event) -> None:
        other = ComputeShare(pool, "other")
        for _ in range(50):
            other.submit(gate.wait, patient=True)

        with pytest.raises(Overloaded):
            other.check()
        pool.check()
        assert other.in_flight == pool.in_flight == 50

    def test_what_of_a_share_waits_is_dropped_at_the_end(
        self, pool: ComputePool, gate: threading.Event
    ) -> None:
        fill(pool, gate, 2)
        waits = ComputeShare(pool, "other").submit(gate.wait, patient=True)
        gate.set()
        pool.close()

        assert waits.cancelled() or waits.done()
        assert pool.in_flight == 0
