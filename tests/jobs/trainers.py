"""Trainers that are no processes: a test decides when each does its next step, and what befalls it.

Each does to records and files what `api.training.pipelines.retrain` does, in its order, but
learns nothing.
"""

import contextlib
import itertools
import signal
import subprocess
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from api.errors import AppError, StorageFailed
from api.files import sha256_of, staged
from api.jobs.launcher import SILENT_FOR, Presence, Sighting
from api.model_card.card_file import write_card
from api.model_card.promotion_policy import Check, Verdict
from api.records.retrainings import jobs
from api.records.retrainings.job_holder import HOST, Holder
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import JobOutcome, JobPhase, JobState
from api.registry.store import CARD_NAME, WEIGHTS_NAME, compiled_path
from api.settings import Settings
from api.training.data.sample_set import read_samples
from api.training.pipelines.publish import conclude, discard_old_versions
from api.training.pipelines.retraining_setup import prepare
from tests.support.cards import card

FAILED, STOPPED, CRASHED = 1, 130, -signal.SIGSEGV
VERDICT = Verdict.of([Check("better", True, "It is better.")])
REFUSAL = Verdict.of([Check("better", False, "It is worse.")])


class Ended(Exception):
    """The job was ended from outside."""


@dataclass(eq=False)
class Trainer:
    """One of them; alive until it has a return code."""

    job_id: str
    pid: int
    database: Engine
    settings: Settings
    verdict: Verdict = VERDICT
    returncode: Any = None
    hangs: bool = False
    is_publishing: bool = False
    moment: str = "spawned"
    held: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._steps = self._work()

    @property
    def holder(self) -> Holder:
        """As its job's row has it."""
        return Holder(HOST, self.pid)

    @property
    def is_alive(self) -> bool:
        return self.returncode is None

    def poll(self) -> int | None:
        return None if self.returncode is None else int(self.returncode)

    def wait(self, timeout: float | None = None) -> int:
        """Nobody really waits."""
        if self.returncode is None:
            raise subprocess.TimeoutExpired("trainer", timeout or 0.0)
        return int(self.returncode)

    def kill(self) -> None:
        """SIGKILL."""
        self.die(-signal.SIGKILL)

    def step(self) -> None:
        """Do one thing."""
        if self.is_alive and not self.hangs:
            try:
                self.moment = next(self._steps)
            except StopIteration as stop:
                self.returncode = stop.value
            except Ended:
                self._leave(FAILED)
            except AppError as exc:
                self.fail(exc.message)

    def beat(self) -> None:
        """What its second thread does every second."""
        if self.is_alive and not self.hangs and self.moment != "spawned":
            jobs.progress(self.database, self.job_id, by=self.holder, task="pneumonia")

    def fail(self, reason: str) -> None:
        """End by an error that it writes down."""
        self._leave(FAILED)
        self._end(JobOutcome(JobState.FAILED, reason))

    def die(self, returncode: int) -> None:
        """Be gone in the middle of whatever it was at; what it had open stays as it is."""
        if self.is_alive:
            self.returncode = returncode

    def terminate(self) -> None:
        """Get SIGTERM, and be killed where that does not help."""
        if self.hangs:
            self.die(-signal.SIGKILL)
        elif self.is_alive and not self.is_publishing:
            self._leave(STOPPED)
            self._end(JobOutcome(JobState.INTERRUPTED, "Stopped."))

    def _end(self, outcome: JobOutcome) -> None:
        jobs.end(self.database, self.job_id, outcome, task="pneumonia", by=self.holder)

    def _leave(self, returncode: int) -> None:
        for opened in reversed(self.held):
            opened.__exit__(None, None, None)
        self.held = []
        self.returncode = returncode

    def _open(self, context: Any) -> Path:
        """Held open by hand: a generator that is dropped would tidy up, a killed process cannot."""
        path: Path = context.__enter__()
        self.held.append(context)
        return path

    def _tell(self, phase: JobPhase) -> str:
        if not jobs.progress(
            self.database, self.job_id, by=self.holder, phase=phase, task="pneumonia"
        ):
            raise Ended
        return phase

    def _work(self) -> Generator[str, None, int]:
        if not jobs.start(self.database, self.job_id, by=self.holder, task="pneumonia"):
            return FAILED
        yield "starting"
        setup = prepare(self.settings, self.database)
        workspace = self._open(setup.store.workspace(self.job_id))
        yield self._tell(JobPhase.READING)
        folder = self.settings.retrain_dir / setup.task.name
        read_samples(self.database, folder, setup.task, learned=set(), held_out=set())
        yield self._tell(JobPhase.FEATURES)
        yield self._tell(JobPhase.TAIL)
        yield self._tell(JobPhase.EVALUATING)
        yield self._tell(JobPhase.COMPILING)
        version = setup.store.next_version()
        weights = workspace / WEIGHTS_NAME
        weights.write_bytes(b"half")
        yield "compiling"
        weights.write_bytes(f"weights of {self.job_id}".encode())
        yield "compiling"
        made = card(version=version, weights_sha256=sha256_of(weights))
        write_card(workspace / CARD_NAME, made.model_copy(update={"parent": setup.parent.version}))
        target = compiled_path(self.settings.compiled_dir, made.weights_sha256)
        ready = self._open(staged(target, b"compiled", owner=self.job_id))
        yield "compiling"
        if not jobs.claim_finish(
            self.database,
            self.job_id,
            version=version,
            verdict=self.verdict,
            task="pneumonia",
            by=self.holder,
        ):
            raise Ended
        self.is_publishing = True
        yield "finishing"
        setup.store.publish(workspace, version)
        yield "finishing"
        ready.replace(target)
        yield "finishing"
        half = setup.store.folder / ".tmp-half-an-alias"
        half.write_bytes(b"[")
        yield "finishing"
        half.unlink(missing_ok=True)
        outcome = conclude(setup, version, self.verdict, self.job_id)
        yield "finishing"
        self._end(outcome)
        yield "done"
        discard_old_versions(self.database, self.settings)
        return 0


@dataclass
class Trainers:
    """The processes of a machine, as `jobs.process` shows them."""

    database: Engine
    settings: Settings
    all: list[Trainer] = field(default_factory=list)
    verdict: Verdict = VERDICT
    has_room: bool = True
    ends_with_server: bool = True
    _pids: Iterator[int] = field(default_factory=lambda: itertools.count(100))

    def spawn(
        self, job_id: str, *, log: Path, environment: dict[str, str], trainer: str
    ) -> Trainer:
        """Raises: StorageFailed while there is no room for a log."""
        if not self.has_room:
            raise StorageFailed("The log could not be written.")
        self.all.append(
            Trainer(job_id, next(self._pids), self.database, self.settings, self.verdict)
        )
        return self.all[-1]

    def find(self, job: JobRecord) -> Trainer | None:
        """The living trainer of a job."""
        return next(
            (t for t in self.alive() if (t.pid, t.job_id) == (job.pid, job.id)), None
        )  # fmt: skip

    def look(self, job: JobRecord) -> Sighting:
        """All are on this machine."""
        presence = Presence.ALIVE if self.find(job) else Presence.GONE
        return Sighting(presence, lost_after=SILENT_FOR)

    def stop(self, job: JobRecord, *, timeout_s: float) -> None:
        """It is gone afterwards."""
        with contextlib.suppress(AttributeError):
            self.find(job).terminate()  # type: ignore[union-attr]

    def alive(self) -> list[Trainer]:
        """Those that are no zombies."""
        return [trainer for trainer in self.all if trainer.is_alive]
