"""What a retraining starts from and how it ends: which champion, promoted or kept, tidied up."""

import logging
import signal
from dataclasses import asdict, dataclass
from typing import Any

from api.errors import AppError, Conflict
from api.inputs.preprocessing import PreprocessingSpec
from api.registry.champion import Alias, champion_of
from api.registry.gate import Check, Verdict
from api.registry.retention import discard_expired
from api.registry.store import Checkpoint, Store, verify_weights
from api.settings import Settings
from api.tasks.task import Task, load_task

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Setup:
    """What a retraining starts from."""

    settings: Settings
    task: Task
    store: Store
    alias: Alias
    parent: Checkpoint

    @property
    def spec(self) -> PreprocessingSpec:
        return self.parent.card.preprocessing


@dataclass(frozen=True, slots=True)
class Ending:
    """What the job's row says in the end."""

    state: str
    reason: str
    version: str
    verdict: dict[str, Any]
    phase: str = "done"
    progress: float = 1.0


def prepare(settings: Settings) -> Setup:
    """Find the champion that is to be improved. Raises: InvalidCheckpoint, NotFound."""
    task = load_task(settings.task)
    folder = settings.models_dir / task.name
    store = Store(folder, settings.default_model, task.name)
    alias = Alias(folder)
    parent = champion_of(store, alias)
    verify_weights(parent)
    return Setup(settings=settings, task=task, store=store, alias=alias, parent=parent)


def conclude(setup: Setup, version: str, verdict: Verdict, job_id: str) -> Ending:
    """Promote a published version, or keep it as a challenger, as the gate said."""
    if verdict.promoted:
        verdict = _promote(setup, version, verdict, job_id)
    logger.info("judged version=%s promoted=%s", version, verdict.promoted)
    return Ending(
        state="promoted" if verdict.promoted else "kept",
        reason=verdict.reason,
        version=version,
        verdict=told_of(verdict),
    )


def told_of(verdict: Verdict) -> dict[str, Any]:
    """A verdict as it is kept in the records."""
    return {
        "promoted": verdict.promoted,
        "reason": verdict.reason,
        "checks": [asdict(check) for check in verdict.checks],
    }


def ignore_signals() -> None:
    """From here on the version is published and judged whoever is stopped; it takes a second."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def tidy(settings: Settings) -> None:
    """Remove versions that nobody needs; whatever goes wrong, the retraining has ended well."""
    folder = settings.models_dir / settings.task
    store = Store(folder, settings.default_model, settings.task)
    try:
        discard_expired(
            store, Alias(folder), keep=settings.keep_versions, compiled=settings.compiled_dir
        )
    except AppError as exc:
        logger.warning("old versions were not removed reason=%r", exc.message)


def _promote(setup: Setup, version: str, verdict: Verdict, job_id: str) -> Verdict:
    """Move the alias, unless somebody moved it since the comparison began."""
    try:
        setup.alias.move(
            version,
            previous=setup.parent.version,
            by=f"retraining {job_id}",
            reason=verdict.reason,
            only_if_champion=setup.store,
        )
    except Conflict as exc:
        detail = (
            f"{exc.message} The new version was compared with {setup.parent.version} only; start "
            "the retraining again, or promote it by hand."
        )
        return Verdict((*verdict.checks, Check("same champion", False, detail)))
    return verdict
