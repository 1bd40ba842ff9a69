"""Compute processes of one kind: each call borrows one, one that dies is replaced."""

import contextlib
import hashlib
import logging
import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from api.errors import AppError, DecoderFailed, ModelNotReady
from api.records.servers.error_summary import RemoteError
from api.serving.processes.forks import Forks
from api.serving.processes.process import GRACE_S, ComputeProcess, raise_expected
from api.serving.processes.requests import Model, Start
from api.serving.processes.wire import UNEXPECTED, ConnectionLost, NotReceived, Reply

logger = logging.getLogger(__name__)

# An image of 50 megapixels and 16 bits takes about 450 MB to decode.
EXTRA_MEMORY_BYTES = 900_000_000
# Pauses between attempts to replace a process, the last one for ever.
RETRY_PAUSES_S = (0.0, 0.1, 0.5, 2.0)
# While processes are at images that take longer than this, others are started beside them.
SLOW_S = 1.5
LOOK_S = 0.25


@dataclass(slots=True)
class Counts:
    """Since the start: images that ended their process, images that took too long, and processes
    that were replaced."""

    crashes: int = 0
    timeouts: int = 0
    restarts: int = 0


@dataclass(slots=True)
class _Places:
    """The processes of a pool: those that nobody uses now, and since when the others are in use."""

    idle: list[ComputeProcess] = field(default_factory=list)
    busy: dict[int, float] = field(default_factory=dict)
    # Places whose process is being started.
    starting: set[int] = field(default_factory=set)
    closed: bool = False

    @property
    def taken(self) -> set[int]:
        return {process.index for process in self.idle} | self.busy.keys() | self.starting

    def close(self) -> None:
        """Closing a connection ends its process; those in use end when their call does."""
        self.closed = True
        while self.idle:
            self.idle.pop().connection.close()


class ProcessPool:
    """`size` compute processes that do the same, twice as many while some are slow; thread-safe.

    A pool that nobody refers to any more ends its processes: a predictor is dropped by dropping
    its reference, when its last request is answered.
    """

    def __init__(
        self,
        forks: Forks,
        *,
        size: int,
        max_image_seconds: float,
        at_rest: int | None = None,
        model: Model | None = None,
        niceness: int = 0,
        counts: Counts | None = None,
    ) -> None:
        """Start the processes.

        Args:
            at_rest: how many of them; the others when somebody waits for one. Default: all.

        Raises: StorageFailed; what loading the model raises.
        """
        self._forks, self._size, self._seconds = forks, size, max_image_seconds
        self._model, self._niceness = model, niceness
        self.counts = counts or Counts()
        self._changed = threading.Condition()
        self._places = _Places()
        weakref.finalize(self, self._places.close)
        started: list[ComputeProcess] = []
        try:
            # All of them load at the same time.
            started += (self._fork(index) for index in range(at_rest or size))
            for process in started:
                process.await_start(max_image_seconds=max_image_seconds)
        except BaseException:
            for process in started:
                process.connection.close()
            raise
        self._places.idle += started

    def call(self, request: object, content: bytes = b"") -> Reply:
        """What a process answers about the content of a file.

        Raises: DecoderFailed if the process ended over it; ModelNotReady if no process is free
            within the bound; the AppError that the process raised.
        """
        while (reply := self._asked(request, content)) is None:
            pass
        raise_expected(reply)
        if unexpected := reply.values.get(UNEXPECTED):
            logger.error("compute process failed sha256=%s\n%s", _digest(content), unexpected)
            raise RemoteError(
                f"A compute process failed: {unexpected.splitlines()[-1]}", unexpected
            )
        return reply

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the processes that are idle; each of them is, but while it is asked."""
        return tuple(process.pid for process in list(self._places.idle))

    def close(self) -> None:
        """End the processes; those in use end when their call does."""
        with self._changed:
            self._places.close()
            self._changed.notify_all()

    def _asked(self, request: object, content: bytes) -> Reply | None:
        """A reply; None if the process died before it read the request: another one is asked."""
        with self._borrowed() as process:
            try:
                return process.ask(request, content, seconds=self._seconds)
            except NotReceived:
                process.connection.close()
                return None
            except ConnectionLost as exc:
                self._forks.kill(process.pid)
                process.connection.close()
                status = self._forks.status_of(process.pid)
                raise self._failure(status, _digest(content)) from exc

    def _failure(self, status: int | None, sha256: str) -> DecoderFailed:
        number = os.WTERMSIG(status) if status is not None and os.WIFSIGNALED(status) else None
        if number == signal.SIGALRM:
            self.counts.timeouts += 1
            logger.error("image took too long sha256=%s limit_s=%g", sha256, self._seconds)
            return DecoderFailed(
                f"Reading this file took longer than {self._seconds:g} s, so it was given up; "
                "export the image again, as JPEG or PNG."
            )
        self.counts.crashes += 1
        name = signal.Signals(number).name if number else f"status {status}"
        logger.error("compute process ended over an image sha256=%s by=%s", sha256, name)
        return DecoderFailed(
            f"The decoder of this format crashed on this file ({name}); export the image again, "
            "as JPEG or PNG. Other requests are not affected."
        )

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[ComputeProcess]:
        process = self._take()
        try:
            yield process
        finally:
            self._give_back(process)

    def _take(self) -> ComputeProcess:
        """The idle process of the lowest index: the first one has the interpreter with all cores.

        Raises: ModelNotReady.
        """
        deadline = time.monotonic() + self._seconds + GRACE_S
        with self._changed:
            while not self._places.closed and time.monotonic() < deadline:
                if process := self._first_idle():
                    self._places.busy[process.index] = time.monotonic()
                    return process
                self._changed.wait(timeout=LOOK_S)
                self._relieve()
        raise ModelNotReady("No compute process is free; try again in a few seconds.")

    def _first_idle(self) -> ComputeProcess | None:
        while self._places.idle:
            process = min(self._places.idle, key=lambda process: process.index)
            self._places.idle.remove(process)
            if not process.has_ended:
                return process
            self._discard(process)
        return None

    def _relieve(self) -> None:
        """Start one process more if one is at a slow image."""
        moment, places = time.monotonic(), self._places
        slow = sum(moment - since > SLOW_S for since in places.busy.values())
        taken = places.taken
        if not places.idle and len(taken) < self._size + min(slow, self._size):
            self._start_later(next(index for index in range(2 * self._size) if index not in taken))

    def _give_back(self, process: ComputeProcess) -> None:
        with self._changed:
            self._places.busy.pop(process.index, None)
            self._places.starting.discard(process.index)
            if self._places.closed:
                process.connection.close()
            elif process.is_given_up:
                self._discard(process)
            else:
                self._places.idle.append(process)
                self._drop_extra()
            self._changed.notify()

    def _drop_extra(self) -> None:
        if len(self._places.idle) > 1 and len(self._places.taken) > self._size:
            last = max(self._places.idle, key=lambda process: process.index)
            self._places.idle.remove(last)
            last.connection.close()

    def _discard(self, process: ComputeProcess) -> None:
        """One that ended; another takes its place."""
        process.connection.close()
        self.counts.restarts += 1
        self._start_later(process.index)

    def _start_later(self, index: int) -> None:
        if self._places.closed:
            return
        self._places.starting.add(index)
        # It must not keep the pool alive that it works for.
        pool = weakref.ref(self)
        threading.Thread(target=_start, args=(pool, index), name="start", daemon=True).start()

    def start(self, index: int) -> bool:
        """Start a process in a place that is empty; False if that is not possible now."""
        try:
            process = self._fork(index)
            try:
                process.await_start(max_image_seconds=self._seconds)
            except BaseException:
                process.connection.close()
                raise
        except AppError as exc:
            logger.warning("compute process not started reason=%r", exc.message)
            return False
        self._give_back(process)
        return True

    def _fork(self, index: int) -> ComputeProcess:
        """A process that is on its way to be ready."""
        pool = weakref.ref(self)
        pid, connection = self._forks.fork(lambda _pid: _drop_dead(pool))
        process = ComputeProcess(index, pid, connection)
        model = self._model
        if model and index:
            # One interpreter with all cores is enough for all processes.
            model = replace(model, wide_threads=1)
        process.begin(Start(model, self._niceness, EXTRA_MEMORY_BYTES))
        return process

    def drop_dead(self) -> None:
        """Replace processes that ended while nobody used them."""
        with self._changed:
            for process in [process for process in self._places.idle if process.has_ended]:
                self._places.idle.remove(process)
                self._discard(process)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest() if content else "-"


def _drop_dead(reference: "weakref.ref[ProcessPool]") -> None:
    pool = reference()
    if pool is not None:
        pool.drop_dead()


def _start(reference: "weakref.ref[ProcessPool]", index: int) -> None:
    attempt = 0
    while True:
        time.sleep(RETRY_PAUSES_S[min(attempt, len(RETRY_PAUSES_S) - 1)])
        pool = reference()
        if pool is None or pool._places.closed or pool.start(index):
            return
        del pool
        attempt += 1


def are_possible() -> bool:
    """Whether this system can fork processes and hand them connections."""
    return hasattr(os, "fork") and sys.platform != "win32"
