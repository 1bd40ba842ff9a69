"""The compute threads, and the queue before them that tells how long it is."""

import contextvars
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from api.errors import Overloaded

T = TypeVar("T")

# Until the first films were measured.
GUESSED_SERVICE_S = 0.02
# Share of the newest film in the mean, and in the mean distance from it (Jacobson 1988).
NEWEST = 0.1
# A film whose body is on its way has its place in the queue for so long; a slow body loses it, so
# that nobody can keep others out with films that never come.
ARRIVING_S = 0.25


class ComputePool:
    """Runs work on as many threads as there are interpreters, first come, first served.

    Work that would wait longer than the bound is refused at once: an answer that comes too late
    is worth nothing, and what nobody waits for any more must not keep others waiting.
    """

    def __init__(
        self,
        threads: int,
        *,
        max_wait_s: float,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.threads = threads
        self._max_wait_s, self._clock = max_wait_s, clock
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="compute")
        self._lock = threading.Lock()
        self._in_flight = 0
        self._arriving: dict[object, float] = {}
        self._service_s, self._deviation_s = GUESSED_SERVICE_S, 0.0

    @property
    def in_flight(self) -> int:
        """Work that waits or runs."""
        return self._in_flight

    @property
    def waiting(self) -> int:
        """Work that waits for a thread."""
        return max(0, self._in_flight - self.threads)

    @property
    def drain_rate(self) -> float:
        """Pieces of work a second that the threads get done, as measured lately."""
        return self.threads / self._service_s

    @property
    def expected_wait_s(self) -> float:
        """How long work that comes now waits until it begins, if none before it is quick.

        At its mean, half of those let in last would wait longer than was said.
        """
        return self._wait_s(self._in_flight)

    def check(self) -> None:
        """Raises: Overloaded if work that comes now would wait too long."""
        self._check(self._in_flight)

    def announce(self) -> Callable[[], None]:
        """Work that will come once its body is here takes its place among what comes before
        others: in a flood many bodies are on their way at once, and to refuse them when they are
        here would cost as much as to take them. For one thread, the event loop's.

        Returns: what to call when it is here, or will not come.

        Raises: Overloaded if it would wait too long.
        """
        moment, place = self._clock(), object()
        while self._arriving and moment - next(iter(self._arriving.values())) > ARRIVING_S:
            del self._arriving[next(iter(self._arriving))]
        self._check(self._in_flight + len(self._arriving))
        self._arriving[place] = moment

        def come() -> None:
            self._arriving.pop(place, None)

        return come

    def _check(self, films: int) -> None:
        expected = self._wait_s(films)
        if expected > self._max_wait_s:
            raise Overloaded(
                f"There are {films} films before this one, about {expected:.1f} s of work; send it "
                "again later.",
                retry_after_s=math.ceil(expected),
            )

    def _wait_s(self, films: int) -> float:
        before = max(0, films - self.threads + 1)
        return before * (self._service_s + self._deviation_s) / self.threads

    def submit(self, work: Callable[[], T], *, patient: bool = False) -> Future[T]:
        """Queue work; it runs in the caller's context. Cancelling what waits gives its place free.

        Args:
            patient: never refused, for callers that bound by themselves what they submit.

        Raises: Overloaded.
        """
        if not patient:
            self.check()
        with self._lock:
            self._in_flight += 1
        future = self._executor.submit(contextvars.copy_context().run, self._timed, work)
        future.add_done_callback(self._done)
        return future

    def close(self) -> None:
        """Let what runs end; what waits is dropped."""
        self._executor.shutdown(cancel_futures=True)

    def _timed(self, work: Callable[[], T]) -> T:
        started = self._clock()
        try:
            return work()
        finally:
            taken = self._clock() - started
            with self._lock:
                off = taken - self._service_s
                self._service_s += NEWEST * off
                self._deviation_s += NEWEST * (abs(off) - self._deviation_s)

    def _done(self, _: Future[T]) -> None:
        with self._lock:
            self._in_flight -= 1
