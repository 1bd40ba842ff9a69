"""The figures of all workers of a machine: a file each in one folder, and those of the dead kept.

A worker holds a lock as long as it lives, which the system lets go whichever way it ends. Its
counters stay in the sum. The first worker of a new start begins at 0, as every counter may.
"""

import contextlib
import json
import logging
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from api.errors import AppError
from api.files import write_atomic
from api.monitoring.metrics.counters import Counters, MetricKey, parse_key, read_values
from api.monitoring.metrics.definitions import METRICS

logger = logging.getLogger(__name__)

SUFFIX, LOCK, ENDED, TURN = ".figures", ".lock", "ended.json", "folder.lock"
# Whoever has the turn reads or writes a few small files.
TURN_TIMEOUT_S = 5.0
GAUGES = frozenset(metric.name for metric in METRICS if metric.kind == "gauge")

Values = dict[MetricKey, float]


@dataclass(slots=True)
class WorkerMetrics:
    """This worker's figures among those of the others."""

    folder: Path
    counters: Counters
    id: str
    _alive: FileLock | None = field(default=None, repr=False)

    def totals(self) -> Values:
        """The sum over all workers; of what is, not what was counted, over those that live.

        Where the folder cannot be read, this worker's own.
        """
        own = self.counters.values()
        # A lock would make a folder anew that somebody has removed.
        if self._alive is None or not self.folder.is_dir():
            return own
        try:
            with _turn(self.folder):
                ended = _read_ended(self.folder)
                others = [
                    (path, _is_alive(path))
                    for path in sorted(self.folder.glob(f"*{SUFFIX}"))
                    if path.stem != self.id and path.stem not in ended.workers
                ]
                values = [ended.values, *(_values(path, alive) for path, alive in others)]
        except (OSError, Timeout) as exc:
            logger.warning("metrics of other workers not read reason=%r", str(exc))
            return own
        return _sum([*values, own])

    def close(self) -> None:
        """This worker ends; what it counted stays in the sum."""
        self.counters.close()
        if self._alive is not None:
            self._alive.release()


def open_metrics(folder: Path) -> WorkerMetrics:
    """A worker's figures in a folder that all of a machine share; in memory where it has none."""
    worker = uuid.uuid4().hex
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _turn(folder):
            _tidy(folder)
            alive = FileLock(folder / f"{worker}{LOCK}", thread_local=False)
            alive.acquire(blocking=False)
            return WorkerMetrics(folder, Counters(folder / f"{worker}{SUFFIX}"), worker, alive)
    except (OSError, Timeout, AppError) as exc:
        logger.warning("metrics of this worker are its own only reason=%r", str(exc))
        return WorkerMetrics(folder, Counters(None), worker)


@dataclass(frozen=True, slots=True)
class _Ended:
    """What workers had counted that are gone, and their names: their files may still be there."""

    workers: frozenset[str] = frozenset()
    values: Values = field(default_factory=dict)


def _tidy(folder: Path) -> None:
    """Add up what the dead have counted; forget it where nobody lives. Raises: OSError."""
    files = sorted(folder.glob(f"*{SUFFIX}"))
    dead = [path for path in files if not _is_alive(path)]
    if len(dead) == len(files):
        (folder / ENDED).unlink(missing_ok=True)
    elif dead:
        former = _read_ended(folder)
        new = [path for path in dead if path.stem not in former.workers]
        values = _sum([former.values, *(_values(path, alive=False) for path in new)])
        _write_ended(folder, _Ended(former.workers | {path.stem for path in dead}, values))
    for path in dead:
        path.unlink(missing_ok=True)
        path.with_suffix(LOCK).unlink(missing_ok=True)


def _is_alive(path: Path) -> bool:
    """Whether the worker of a file holds its lock."""
    lock = FileLock(path.with_suffix(LOCK))
    try:
        with lock.acquire(blocking=False):
            return False
    except Timeout:
        return True


def _values(path: Path, alive: bool) -> Values:
    """Of a worker that is gone only what it counted; of one whose file is none, nothing."""
    try:
        values = read_values(path)
    except (OSError, ValueError) as exc:
        logger.warning("metrics of a worker not read file=%s reason=%r", path.name, str(exc))
        return {}
    return {key: value for key, value in values.items() if alive or key.metric not in GAUGES}


def _sum(parts: list[Values]) -> Values:
    total: Counter[MetricKey] = Counter()
    for values in parts:
        for key, value in values.items():
            total[key] += value  # type: ignore[assignment]
    return dict(total)


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Nobody else adds up or removes. Raises: OSError, Timeout."""
    with FileLock(folder / TURN).acquire(timeout=TURN_TIMEOUT_S):
        yield


def _read_ended(folder: Path) -> _Ended:
    try:
        stored = json.loads((folder / ENDED).read_bytes())
        values = {parse_key(text): float(value) for text, value in stored["values"].items()}
        return _Ended(frozenset(stored["workers"]), values)
    except FileNotFoundError:
        return _Ended()
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        logger.warning("metrics of former workers not read reason=%r", str(exc))
        return _Ended()


def _write_ended(folder: Path, ended: _Ended) -> None:
    content = {
        "workers": sorted(ended.workers),
        "values": {key.dumps(): value for key, value in ended.values.items()},
    }
    write_atomic(folder / ENDED, json.dumps(content).encode())
