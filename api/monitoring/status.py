"""The state of the service, from the stores that all workers share."""

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from api.errors import AppError
from api.files import free_bytes
from api.records.servers.workers import WorkerRecord


@dataclass(frozen=True, slots=True)
class Health:
    """Whether one part works, and what there is to say about it."""

    ok: bool
    detail: str


def uptime_seconds(alive: list[WorkerRecord], moment: datetime) -> float:
    """How long the service has been answering: the age of its oldest living worker."""
    started = min((worker.started_at for worker in alive), default=moment)
    return round((moment - started).total_seconds(), 1)


def check_folder(folder: Path) -> Health:
    """Whether files can be written there, or could be once it exists."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK):
        return Health(False, f"'{folder.name}' cannot be written; fix its permissions.")
    free = free_bytes(existing)
    return Health(free > 0, f"{free / 1e9:.1f} GB free")


def check(question: Callable[[], str]) -> Health:
    """Ask a part; its refusal is its state."""
    try:
        return Health(True, question())
    except AppError as exc:
        return Health(False, exc.message)


def memory_mb(pids: Sequence[int]) -> float | None:
    """What these processes have in memory for themselves alone; None if there are none.

    Args:
        pids: process ids; those that have ended meanwhile count nothing.
    """
    sizes = []
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            sizes.append(psutil.Process(pid).memory_full_info().uss)
    return round(sum(sizes) / 1e6, 1) if sizes else None
