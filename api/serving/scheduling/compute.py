"""The compute threads, and the queue before them that tells how long it is."""

import contextvars
import math
import queue
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from api.errors import Overloaded

T = TypeVar("T")

# Until the first films were measured.
INITIAL_SERVICE_S = 0.02
# Share of the newest film in the mean, and in the mean distance from it (Jacobson 1988).
SMOOTHING = 0.1
# A film whose body is on its way has its place in the queue for so long; a slow body loses it, so
# that nobody can keep others out with films that never come.
ARRIVING_S = 0.25
# Work that takes longer keeps others waiting for nothing: another thread takes its place.
SLOW_S = 2.0
# How often running work is looked at.
WATCH_S = 0.25


@dataclass(slots=True, eq=False)
class _Run:
    """Work that a thread does now."""

    started: float
    is_slow: bool = False


Waiting = tuple[Future[Any], Callable[[], Any]]


class ComputePool:
    """Runs work on as many threads as there are interpreters, first come, first served.

    Work has a share: that of the default task, or of another one (`ComputeShare`). Shares that
    have work waiting take turns, so that a flood of one task keeps no other waiting for longer
    than as much of its own would.

    Work that is slow gives its place to the next: a film that takes ten seconds costs its sender
    ten seconds, and nobody else more than two. At most as many are slow at once as there are
    threads.

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
        # A ticket for each piece of work that waits, None for a thread to end.
        self._tickets: queue.SimpleQueue[bool | None] = queue.SimpleQueue()
        self._queues: dict[str, deque[Waiting]] = {}
        # Shares that have something waiting, in the order of their turns.
        self._turns: deque[str] = deque()
        self._runs: set[_Run] = set()
        self._slow = 0
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._in_flight = 0
        self._in_flight_of: dict[str, int] = {}
        self._arriving: dict[str, OrderedDict[object, float]] = {}
        self._service_s, self._deviation_s = INITIAL_SERVICE_S, 0.0
        self._threads: list[threading.Thread] = []
        for _ in range(threads):
            self._start(self._work, name="compute")
        self._start(self._watch, name="compute watch")

    @property
    def in_flight(self) -> int:
        """Work that waits or runs."""
        return self._in_flight

    @property
    def waiting(self) -> int:
        """Work that waits for a thread."""
        return max(0, self._in_flight - self._slow - self.threads)

    @property
    def drain_rate(self) -> float:
        """Pieces of work a second that the threads get done, as measured lately."""
        return self.threads / self._service_s

    def check(self, *, share: str = "") -> None:
        """Raises: Overloaded if work that comes now would wait too long."""
        self._check(self._before(share))

    def announce(self, *, share: str = "") -> Callable[[], None]:
        """Work that will come once its body is here takes its place among what comes before
        others: in a flood many bodies are on their way at once, and to refuse them when they are
        here would cost as much as to take them. For one thread, the event loop's.

        Returns: what to call when it is here, or will not come.

        Raises: Overloaded if it would wait too long.
        """
        moment, place = self._clock(), object()
        arriving = self._arriving.setdefault(share, OrderedDict())
        while arriving and moment - next(iter(arriving.values())) > ARRIVING_S:
            arriving.popitem(last=False)
        self._check(self._before(share) + len(arriving))
        arriving[place] = moment

        def come() -> None:
            arriving.pop(place, None)

        return come

    def _before(self, share: str) -> int:
        """Pieces of work whose turn comes before that of a new one."""
        ours = self._in_flight_of.get(share, 0)
        if ours == self._in_flight:
            return ours
        others = [n for other, n in list(self._in_flight_of.items()) if other != share]
        return ours + sum(min(number, ours + self.threads) for number in others)

    def _check(self, images: int) -> None:
        expected = self._wait_s(images)
        if expected > self._max_wait_s:
            raise Overloaded(
                f"There are {images} films before this one, about {expected:.1f} s of work; send "
                "it again later.",
                retry_after_s=math.ceil(expected),
            )

    def _wait_s(self, images: int) -> float:
        """Longer than the mean, after which half of those let in last would still wait."""
        before = max(0, images - self._slow - self.threads + 1)
        return before * (self._service_s + self._deviation_s) / self.threads

    def submit(self, work: Callable[[], T], *, patient: bool = False, share: str = "") -> Future[T]:
        """Queue work; it runs in the caller's context. Cancelling what waits gives its place free.

        Args:
            patient: never refused, for callers that bound by themselves what they submit.

        Raises: Overloaded.
        """
        if not patient:
            self.check(share=share)
        future: Future[T] = Future()
        future.add_done_callback(partial(self._done, share))
        item = (future, partial(contextvars.copy_context().run, work))
        with self._lock:
            self._in_flight += 1
            self._in_flight_of[share] = self._in_flight_of.get(share, 0) + 1
            waiting = self._queues.setdefault(share, deque())
            if not waiting:
                self._turns.append(share)
            waiting.append(item)
        self._tickets.put(True)
        return future

    def close(self) -> None:
        """Let what runs end; what waits is dropped."""
        self._closed.set()
        with self._lock:
            dropped = [future for waiting in self._queues.values() for future, _ in waiting]
            self._queues.clear()
            self._turns.clear()
        for future in dropped:
            future.cancel()
        for _ in self._threads:
            self._tickets.put(None)
        for thread in self._threads:
            thread.join()

    def _start(self, work: Callable[[], None], *, name: str) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads = [thread for thread in self._threads if thread.is_alive()] + [thread]
        thread.start()

    def _work(self) -> None:
        """A thread's life: until the end, or until another one has taken its place."""
        while self._tickets.get():
            if (item := self._next()) is None:
                continue
            future, work = item
            if future.set_running_or_notify_cancel() and self._run(future, work).is_slow:
                return

    def _next(self) -> Waiting | None:
        """The work whose turn it is; None where what waited was dropped."""
        with self._lock:
            if not self._turns:
                return None
            share = self._turns.popleft()
            waiting = self._queues[share]
            item = waiting.popleft()
            if waiting:
                self._turns.append(share)
            return item

    def _run(self, future: Future[Any], work: Callable[[], Any]) -> _Run:
        run = _Run(self._clock())
        with self._lock:
            self._runs.add(run)
        try:
            result = work()
        except BaseException as exc:  # noqa: BLE001 (it is the caller's)
            self._note(run)
            future.set_exception(exc)
        else:
            self._note(run)
            future.set_result(result)
        return run

    def _note(self, run: _Run) -> None:
        with self._lock:
            self._runs.discard(run)
            taken = self._clock() - run.started
            if run.is_slow:
                self._slow -= 1
                # From there on it kept nobody waiting.
                taken = min(taken, SLOW_S)
            off = taken - self._service_s
            self._service_s += SMOOTHING * off
            self._deviation_s += SMOOTHING * (abs(off) - self._deviation_s)

    def _watch(self) -> None:
        while not self._closed.wait(WATCH_S):
            self.relieve()

    def relieve(self) -> None:
        """Start another thread for each that is at slow work; called by a watching thread."""
        moment = self._clock()
        with self._lock:
            for run in self._runs:
                is_new = not run.is_slow and moment - run.started > SLOW_S
                if is_new and self._slow < self.threads:
                    run.is_slow = True
                    self._slow += 1
                    self._start(self._work, name="compute")

    def _done(self, share: str, _: Future[Any]) -> None:
        with self._lock:
            self._in_flight -= 1
            self._in_flight_of[share] -= 1


@dataclass(frozen=True, slots=True)
class ComputeShare:
    """The pool as work of one task other than the default one sees it."""

    pool: ComputePool
    name: str

    @property
    def in_flight(self) -> int:
        """Work of all tasks that waits or runs."""
        return self.pool.in_flight

    def check(self) -> None:
        """Raises: Overloaded."""
        self.pool.check(share=self.name)

    def announce(self) -> Callable[[], None]:
        """See `ComputePool.announce`. Raises: Overloaded."""
        return self.pool.announce(share=self.name)

    def submit(self, work: Callable[[], T], *, patient: bool = False) -> Future[T]:
        """See `ComputePool.submit`. Raises: Overloaded."""
        return self.pool.submit(work, patient=patient, share=self.name)
