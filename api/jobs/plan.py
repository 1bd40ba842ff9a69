"""What the next retraining would learn, what is new in it, and how long it may take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from api.kinds.by_name import kind_of
from api.records.retrainings import jobs
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import ACTIVE_STATES, JobState
from api.records.training_images import samples
from api.records.training_images.corrections import Corrections, corrected_since
from api.registry.sites.site_names import no_site_notice
from api.tasks.task import Task

# Of jobs that have learned from what there was, or do.
LEARNING = frozenset({JobState.PROMOTED, JobState.PROMOTED_FOR_SITE, JobState.KEPT, *ACTIVE_STATES})
EPOCH_START = datetime.fromtimestamp(0, UTC)
# What `python -m benchmarks.retraining.many_images` measured (docs/use/retraining.md): most is
# TensorFlow and the network; of films only what a batch reads lies in memory, the rest on the disk.
MEMORY_MB, MEMORY_MB_A_THOUSAND = 1600.0, 14.0
DISK_MB, DISK_MB_A_THOUSAND = 10.0, 55.0


@dataclass(frozen=True, slots=True)
class Need:
    """About what a trainer takes while it runs: of memory, and of the disk for activations."""

    memory_mb: float
    disk_mb: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to learn.

    Attributes:
        sources: samples by source; '' for those without one.
        new: samples added since `since`, when the newest retraining began that learned something
            (None: none has).
        corrections: what people changed since then about samples that were there.
        disputed: samples that await a decision.
        no_site: what to do about samples that name no site; empty where each names one, or no site
            can have a version of its own.
        expected_seconds: None where no retraining has finished yet.
        need: what the trainer takes; None where that was not measured, as for rows.
    """

    sources: dict[str, int]
    new: int
    since: datetime | None
    corrections: Corrections
    disputed: int
    expected_seconds: float | None
    need: Need | None
    no_site: str = ""


def planned(database: Engine, task: Task, *, is_one_site: bool = False) -> Plan:
    """As things are now.

    Args:
        is_one_site: all samples are of one site, whatever they name.

    Raises: StoreBusy, StorageFailed.
    """
    found = jobs.newest(database, task=task.name)
    learned = [job for job in found if job.state in LEARNING]
    since = (learned[0].started_at or learned[0].created_at) if learned else None
    sources = samples.sources(database, task=task.name)
    new = samples.added_since(database, since or EPOCH_START, task.known_labels, task=task.name)
    sums = samples.sums(database, task=task.name)
    has_sites = task.retraining.max_forgotten_site is not None and not is_one_site
    return Plan(
        sources=sources,
        new=new,
        since=since,
        corrections=(corrected_since(database, since, task=task.name) if since else Corrections()),
        disputed=sum(of_class.disputed for of_class in sums.values()),
        expected_seconds=_expected(learned, total=sum(sources.values())),
        need=_need(sum(sources.values())) if kind_of(task.kind).has_pictures else None,
        no_site=no_site_notice(sources.get("", 0), sum(sources.values())) if has_sites else "",
    )


def _expected(learned: Sequence[JobRecord], *, total: int) -> float | None:
    """As long as the newest that finished; in proportion where there is more to learn now."""
    for job in learned:
        if job.finished_at and job.started_at:
            took = (job.finished_at - job.started_at).total_seconds() - (job.paused_seconds or 0.0)
            return round(took * max(1.0, total / max(sum(job.samples.values()), 1)), 1)
    return None


def _need(images: int) -> Need:
    thousands = images / 1000
    return Need(
        memory_mb=round(MEMORY_MB + MEMORY_MB_A_THOUSAND * thousands, -1),
        disk_mb=round(DISK_MB + DISK_MB_A_THOUSAND * thousands, -1),
    )
