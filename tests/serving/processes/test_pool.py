"""An image costs one process at most, and never the server or another request."""

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import psutil
import pytest
from PIL import Image

from api.errors import DecoderFailed, ModelNotReady, UnreadableImage
from api.inputs.images.decoding import Limits
from api.inputs.images.preprocessing import PreprocessingSpec
from api.serving.processes.forks import Forks
from api.serving.processes.pool import SLOW_S, ProcessPool
from api.serving.processes.requests import Describe, Thumbnail
from tests.support import images
from tests.support.waiting import wait_until

READ = Thumbnail(Limits(), side_px=32)
DESCRIBE = Describe(Limits(), PreprocessingSpec())
# An image that takes any machine a while.
SLOW = Thumbnail(Limits(max_pixels=10**9, max_bytes=10**9), side_px=32)
LARGE = images.encoded(Image.new("L", (12_000, 12_000)), "PNG", compress_level=1)


def pool_of(forks: Forks, size: int = 1, *, max_image_seconds: float = 30) -> ProcessPool:
    return ProcessPool(forks, size=size, max_image_seconds=max_image_seconds)


def pids(pool: ProcessPool) -> set[int]:
    return {process.pid for process in pool._places.idle}


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid)


class Busy:
    """A process of a pool that is in the middle of an image."""

    def __init__(self, pool: ProcessPool) -> None:
        before = {process.index: process.pid for process in pool._places.idle}
        self.answer = started(lambda: pool.call(SLOW, LARGE))
        wait_until(lambda: bool(before.keys() & pool._places.busy.keys()), "an image was sent")
        self.pid = before[min(before.keys() & pool._places.busy.keys())]
        process = psutil.Process(self.pid)
        rested = process.cpu_times().user
        wait_until(lambda: process.cpu_times().user > rested, "the image was being read")

    def send(self, number: int) -> None:
        os.kill(self.pid, number)


def started(work: Callable[[], object]) -> "Future[object]":
    """Work that runs in a thread of its own."""
    future: Future[object] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as exc:  # noqa: BLE001 (the test looks at it)
            future.set_exception(exc)

    threading.Thread(target=run, daemon=True).start()
    return future


class TestReading:
    def test_an_image_is_read_in_another_process(self, forks: Forks) -> None:
        pool = pool_of(forks)

        reply = pool.call(READ, images.png())

        assert reply.arrays["png"].tobytes().startswith(b"\x89PNG")
        assert os.getpid() not in pids(pool)

    def test_a_refusal_keeps_its_class_and_its_sentence(self, forks: Forks) -> None:
        with pytest.raises(UnreadableImage, match="damaged"):
            pool_of(forks).call(READ, images.jpeg()[:500])

    def test_more_callers_than_processes_take_turns(self, forks: Forks) -> None:
        pool = pool_of(forks, 2)

        with ThreadPoolExecutor(8) as threads:
            replies = list(threads.map(lambda seed: pool.call(READ, images.png(seed)), range(24)))

        assert len({reply.arrays["png"].tobytes() for reply in replies}) == 24
        assert (pool.counts.crashes, pool.counts.restarts) == (0, 0)


class TestCrashing:
    @pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
    def test_a_crash_costs_its_image_and_names_the_signal(
        self, forks: Forks, number: signal.Signals, caplog: pytest.LogCaptureFixture
    ) -> None:
        pool = pool_of(forks)
        busy = Busy(pool)

        busy.send(number)

        with pytest.raises(DecoderFailed, match=f"crashed on this file \\({number.name}\\)"):
            busy.answer.result()
        assert pool.counts.crashes == 1
        assert "sha256=" in caplog.text

    def test_the_process_is_replaced(self, forks: Forks) -> None:
        pool = pool_of(forks)
        busy = Busy(pool)

        busy.send(signal.SIGKILL)
        assert isinstance(busy.answer.exception(), DecoderFailed)

        assert pool.call(READ, images.png()).arrays
        assert busy.pid not in pids(pool)
        assert (pool.counts.crashes, pool.counts.restarts) == (1, 1)

    def test_others_in_flight_are_answered(self, forks: Forks) -> None:
        pool = pool_of(forks, 2)
        first, second = Busy(pool), Busy(pool)

        first.send(signal.SIGKILL)

        assert isinstance(first.answer.exception(), DecoderFailed)
        assert second.answer.exception() is None

    def test_one_that_dies_while_nobody_uses_it_costs_no_image(self, forks: Forks) -> None:
        pool = pool_of(forks, 2)
        before = pids(pool)
        for pid in before:
            os.kill(pid, signal.SIGKILL)

        assert pool.call(READ, images.png()).arrays

        wait_until(lambda: len(pids(pool) - before) == 2, "both were replaced")
        assert pool.counts.crashes == 0

    def test_a_fork_server_that_dies_is_started_again(self) -> None:
        forks = Forks()
        forks.start()
        pool = pool_of(forks)
        server = psutil.Process(next(iter(pids(pool)))).ppid()
        os.kill(server, signal.SIGKILL)
        wait_until(lambda: forks._is_lost, "the fork server was missed")
        for pid in pids(pool):
            os.kill(pid, signal.SIGKILL)

        assert pool.call(READ, images.png()).arrays

        forks.close()


class TestTakingTooLong:
    def test_an_image_over_the_bound_is_given_up(
        self, forks: Forks, caplog: pytest.LogCaptureFixture
    ) -> None:
        pool = pool_of(forks, max_image_seconds=0.001)

        with pytest.raises(DecoderFailed, match=r"longer than 0\.001 s"):
            pool.call(DESCRIBE, images.encoded(images.image(size_px=3000), "PNG"))

        assert pool.counts.timeouts == 1
        assert "took too long sha256=" in caplog.text

    def test_while_all_are_at_slow_images_others_are_started(self, forks: Forks) -> None:
        pool = pool_of(forks)
        busy = Busy(pool)
        busy.send(signal.SIGSTOP)

        assert pool.call(READ, images.png()).arrays

        assert not busy.answer.done()
        busy.send(signal.SIGCONT)
        assert busy.answer.exception() is None
        wait_until(lambda: len(pids(pool)) == 1, "the extra process ended")

    def test_no_more_than_twice_as_many_are_started(self, forks: Forks) -> None:
        pool = pool_of(forks)
        first = Busy(pool)
        first.send(signal.SIGSTOP)
        pool.call(READ, images.png())
        second = Busy(pool)
        second.send(signal.SIGSTOP)

        third = started(lambda: pool.call(READ, images.png()))

        wait_until(lambda: time.monotonic() - pool._places.busy[1] > 2 * SLOW_S, "it is slow too")
        assert pool._places.taken == {0, 1}
        for busy in (first, second):
            busy.send(signal.SIGCONT)
        for answer in (first.answer, second.answer, third):
            assert answer.exception() is None


class TestOutcome:
    def test_a_pool_that_is_closed_ends_its_processes(self, forks: Forks) -> None:
        pool = pool_of(forks, 2)
        before = pids(pool)

        pool.close()

        wait_until(lambda: all(map(is_gone, before)), "the processes had ended")
        with pytest.raises(ModelNotReady):
            pool.call(READ, images.png())

    def test_a_pool_that_nobody_refers_to_ends_its_processes(self, forks: Forks) -> None:
        pool = pool_of(forks)
        before = pids(pool)

        del pool

        wait_until(lambda: all(map(is_gone, before)), "the process had ended")

    def test_processes_end_with_a_server_that_is_killed(self) -> None:
        forks = Forks()
        forks.start()
        pool = pool_of(forks)
        before = pids(pool)

        # What a killed server does to its connections.
        for process in pool._places.idle:
            process.connection.close()
        assert forks._control is not None
        forks._control.close()

        wait_until(lambda: all(map(is_gone, before)), "the process had ended")
        forks.close()
