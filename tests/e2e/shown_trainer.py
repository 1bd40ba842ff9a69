"""Stands in for `api.training.run` where a page is to show a retraining.

It goes through the phases, learns nothing, stays with the epochs until it is told to go on, with
half a version and half a compiled form on the disk, and keeps a version of the same weights. What
a real one does is tested in `test_journey.py` and `tests/training/test_run.py`.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.files import staged
from api.model_card.card import Epoch
from api.model_card.promotion_policy import Check, Verdict
from api.records.database import open_database
from api.records.retrainings import jobs
from api.records.retrainings.job_states import JobOutcome, JobPhase, JobState
from api.registry.store import WEIGHTS_NAME, Store, compiled_path
from api.settings import Settings, from_environment
from api.training.fitting.progress import Progress
from api.training.fitting.progress_reporter import ProgressReporter
from api.training.fitting.throttle import throttle_for_servers
from tests.support.checkpoints import TinyCheckpoint, add_version

NAME = "tests.e2e.shown_trainer"
# Environment variables: which trainer `gentle_app` starts, and the folder of the checkpoint that is
# served.
TRAINER, CHECKPOINT = "GENTLE_APP_TRAINER", "SHOWN_TRAINER_CHECKPOINT"
# The file in the state folder whose existence ends the epochs.
GO_ON = "shown-trainer-goes-on"
EPOCHS, VERSION = 3, "v2"


def environment(served: TinyCheckpoint) -> dict[str, str]:
    """What `gentle_app` has to find to start this trainer beside that checkpoint."""
    return {TRAINER: NAME, CHECKPOINT: str(served.folder)}


def let_go_on(state_dir: Path) -> None:
    """End the epochs of whichever trainer works there, now or later."""
    (state_dir / GO_ON).touch()


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--job", required=True)
    job_id, settings = parser.parse_args().job, from_environment()
    database = open_database(settings.records_url, timeout_s=60, task=settings.task)
    jobs.start(database, job_id, task=settings.task)
    throttle = throttle_for_servers(database, bound_ms=settings.retrain_pause_p99_ms)
    with ProgressReporter(database, job_id, throttle, task=settings.task) as reporter:
        reporter.phase(JobPhase.READING, parent="v1")
        reporter.phase(JobPhase.FEATURES)
        with _half_made(settings, job_id):
            _show_epochs(reporter, settings.state_dir / GO_ON)
        reporter.phase(JobPhase.EVALUATING)
        _publish(settings)
        verdict = Verdict.of([Check("better", False, "It has learned nothing.")])
        outcome = JobOutcome(
            JobState.KEPT, verdict.reason, version=VERSION, verdict=verdict, is_done=True
        )
    jobs.end(database, job_id, outcome, task=settings.task)
    return 0


@contextmanager
def _half_made(settings: Settings, job_id: str) -> Iterator[None]:
    """What a trainer leaves that is killed meanwhile; else it is gone afterwards."""
    store = Store(settings.models_dir / settings.task, settings.default_model, settings.task)
    compiled = compiled_path(settings.compiled_dir, "0" * 64)
    with store.workspace(job_id) as workspace, staged(compiled, b"half", owner=job_id):
        (workspace / WEIGHTS_NAME).write_bytes(b"half")
        yield


def _publish(settings: Settings) -> None:
    """The version is there at once and whole."""
    made = add_version(
        settings.state_dir / "made", TinyCheckpoint(Path(os.environ[CHECKPOINT])), VERSION
    ).parent
    target = settings.models_dir / made.parent.name / VERSION
    target.parent.mkdir(parents=True, exist_ok=True)
    made.rename(target)


def _show_epochs(reporter: ProgressReporter, until: Path) -> None:
    reporter.phase(JobPhase.TAIL)
    for number in range(1, EPOCHS + 1):
        loss = 1 / number
        reporter.epoch(
            Epoch(
                phase="tail",
                epoch=number,
                loss=loss,
                accuracy=1 - loss / 2,
                val_loss=loss,
                val_accuracy=1 - loss / 2,
            )
        )
    while not until.exists():
        reporter.step(Progress(JobPhase.TAIL, EPOCHS, EPOCHS, 1, 2))
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
