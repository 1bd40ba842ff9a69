"""What counts while the server works: requests, answers, and how the process itself is."""

import contextlib
from collections.abc import Mapping, Sequence

import psutil

from api.decision.decide import POOR, UNCERTAIN, UNLIKE
from api.decision.stream_shift.answer import UNFAMILIAR_SITE
from api.monitoring.metrics import definitions as m
from api.monitoring.metrics.counters import Counters, Histogram, MetricKey, Series
from api.records.answers.predictions import PredictionRecord
from api.tasks.decisions import Decided

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD, NO_METHOD = "(other)", "(none)"
CONNECTION = "(connection)"
# Counted from 0 on: an increase of a series that begins at 1 is none.
CAUSES = (UNCERTAIN, UNLIKE, POOR, UNFAMILIAR_SITE)


class RequestCounts:
    """Counts requests; their series are looked up once each."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._known: dict[tuple[str, str, int], tuple[Series, Histogram]] = {}

    def answered(self, route: str, method: str, status: int, *, seconds: float) -> None:
        """A request of a route, as its template, has its answer."""
        found = self._known.get((route, method, status))
        if found is None:
            shown = method if method in METHODS else OTHER_METHOD
            found = (
                self._counters.series(m.HTTP_REQUESTS, route, shown, str(status)),
                self._counters.histogram(m.HTTP_SECONDS, route, shown),
            )
            # Others come from clients, in any number.
            if shown == method:
                self._known[route, method, status] = found
        requests, durations = found
        requests.add()
        durations.observe(seconds)

    def refused(self, status: int) -> None:
        """A connection was answered before there was a request."""
        self._counters.series(m.HTTP_REQUESTS, CONNECTION, NO_METHOD, str(status)).add()


class AnswerCounts:
    """Counts answers as they are committed."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._tasks: set[str] = set()
        self._failures = counters.series(m.RECORD_WRITE_FAILURES)

    def committed(self, task: str, records: Sequence[PredictionRecord], *, seconds: float) -> None:
        """A group of answers of one task is stored."""
        self._counters.histogram(m.RECORD_WRITE_SECONDS).observe(seconds)
        if task not in self._tasks:
            self._tasks.add(task)
            for cause in CAUSES:
                self._counters.series(m.REFERRALS, task, cause)
        for record in records:
            self._answered(task, record)

    def failed(self) -> None:
        """A group could not be stored."""
        self._failures.add()

    def _answered(self, task: str, record: PredictionRecord) -> None:
        count, observe = self._counters.series, self._counters.histogram
        labels = (task, record.model_version, record.decision, record.label)
        count(m.PREDICTIONS, *labels).add()
        if record.decision == Decided.REFER:
            for cause in record.causes:
                count(m.REFERRALS, task, cause).add()
        if record.unlikeness is not None:
            observe(m.OOD_SCORE, task).observe(record.unlikeness)
        if record.site_distance is not None:
            observe(m.SITE_DISTANCE, task).observe(record.site_distance)


def publish_process(
    counters: Counters,
    *,
    waiting: int,
    crashes: int,
    timeouts: int,
    restarts: int,
    compute_pids: Sequence[int],
) -> None:
    """Say how this worker is now.

    Args:
        crashes, timeouts, restarts: since it started.
    """
    for metric, value in (
        (m.QUEUE_WAITING, waiting),
        (m.COMPUTE_PROCESSES, len(compute_pids)),
        (m.COMPUTE_CRASHES, crashes),
        (m.COMPUTE_TIMEOUTS, timeouts),
        (m.COMPUTE_RESTARTS, restarts),
    ):
        counters.series(metric).set(value)
    counters.series(m.MEMORY, "worker").set(_resident_bytes(None))
    counters.series(m.MEMORY, "compute").set(sum(map(_resident_bytes, compute_pids)))


def compute_processes(values: Mapping[MetricKey, float]) -> int:
    """How many there are, of the figures of all workers."""
    return int(sum(n for key, n in values.items() if key.metric == m.COMPUTE_PROCESSES.name))


def _resident_bytes(pid: int | None) -> int:
    """Of a process; of one that has ended, nothing."""
    with contextlib.suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0
