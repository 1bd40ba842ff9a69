"""Real processes: a server, mostly of two workers, its files in a folder apart.

It serves the shipped model, or the tests' small checkpoint, with which a retraining takes a few
seconds, where it does not matter how good the model is.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
import requests
from playwright.sync_api import BrowserContext, FilePayload, Page

from api.jobs.trainer_process import TRAINER
from benchmarks.screen.browser import chromium
from tests.e2e import browsing, doubting_trainer, shown_trainer
from tests.streamlit_app import gentle_trainer
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.support.ports import unused_port as unused_port

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
LABELS = ("COVID-19", "Normal", "Pneumonia-Bacterial", "Pneumonia-Viral")
DEADLINE_S = 500
TRAINERS = {TRAINER, gentle_trainer.NAME, shown_trainer.NAME, doubting_trainer.NAME}


def until(question: Callable[[], T | None], what: str) -> T:
    """Ask until the answer is something; a test that waits for ever helps nobody."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {DEADLINE_S} s")


@dataclass
class Server:
    """A running `uvicorn api.main:app`; a `gentle` one retrains as `tests.e2e.gentle_app` says.

    It serves the shipped model, compiled into the folder `model`, or a small checkpoint; each start
    is on another port, unless one is asked for.
    """

    folder: Path
    model: Path | TinyCheckpoint
    gentle: bool = False
    fixed_port: int | None = None
    workers: int = 2
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @staticmethod
    def wait(question: Callable[[], T], what: str) -> T:
        """See `until`."""
        return until(question, what)

    def start(self) -> None:
        """Start, and wait until a worker has answered a real inference."""
        self.port = self.fixed_port or unused_port()
        state = self.folder / "state"
        state.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {
            "ROENTGEN_STATE_DIR": str(state),
            "ROENTGEN_MODELS_DIR": str(self.folder / "models"),
            "ROENTGEN_RETRAIN_DIR": str(self.folder / "retrain_data"),
            gentle_trainer.TASKS: str(self.folder / "tasks"),
        }
        environment |= self.environment
        if isinstance(self.model, TinyCheckpoint):
            environment["ROENTGEN_DEFAULT_MODEL"] = str(self._install(self.model))
        elif not (state / "compiled").exists():
            # Compiling the shipped model takes seconds: once a session is enough.
            (state / "compiled").symlink_to(self.model, target_is_directory=True)
        if self.gentle and not (self.folder / "tasks").exists():
            gentle_trainer.write_gentle_task(self.folder / "tasks", epochs=1)
        app = "tests.e2e.gentle_app:app" if self.gentle else "api.main:app"
        command = ["-m", "uvicorn", app, "--port", str(self.port)]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command, "--workers", str(self.workers)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )
        until(self.all_ready, "readiness of all workers")

    def _install(self, small: TinyCheckpoint) -> Path:
        """Put a checkpoint and its compiled model where this server looks; returns the weights."""
        weights, compiled = self.folder / "models/default.h5", self.folder / "state/compiled"
        if not weights.exists():
            copy_checkpoint(small.weights, weights)
            compiled.mkdir()
            shutil.copyfile(small.compiled, compiled / small.compiled.name)
        return weights

    def all_ready(self) -> bool:
        """Whether every worker serves a model."""
        try:
            workers = self.get("/status")["workers"]
        except requests.RequestException:
            return False
        return len(workers) == self.workers and all(w["model_version"] for w in workers)

    def stop(self, number: int = signal.SIGINT) -> None:
        """Send a signal to the server and wait for it; -9 takes its workers along."""
        if self.process is None:
            return
        if number == signal.SIGKILL:
            for child in psutil.Process(self.process.pid).children(recursive=True):
                if not is_trainer(child):
                    child.kill()
        self.process.send_signal(number)
        self.process.wait(timeout=30)
        self.process = None

    def get(self, path: str) -> Any:
        """A GET that must succeed, as JSON."""
        answer = self.session.get(self.url + path, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def phantom(self, label: str, seed: int) -> bytes:
        """A generated film."""
        path = f"/phantoms/{label}.png?seed={seed}"
        return self.session.get(self.url + path, timeout=30).content

    def upload(self, per_class: int, *, first_seed: int = 0) -> None:
        """Upload generated films of every class; others for another `first_seed`."""
        for label in LABELS:
            files = [
                ("files", (f"{label}-{seed}.png", self.phantom(label, seed)))
                for seed in range(first_seed, first_seed + per_class)
            ]
            answer = self.session.post(
                self.url + "/upload-data", data={"label": label}, files=files, timeout=60
            )
            assert answer.json()["stored"] == per_class, answer.text

    def class_folders(self, *, per_class: int) -> FilePayload:
        """A ZIP with generated films, a folder for each class."""
        films = {
            f"{label}/{seed}.png": self.phantom(label, seed)
            for label in LABELS
            for seed in range(per_class)
        }
        name, kind = "films.zip", "application/zip"
        return {"name": name, "mimeType": kind, "buffer": images.zipped(films)}

    def retrain(self) -> str:
        """Start a retraining; returns the job's URL."""
        answer = self.session.post(self.url + "/retrain", timeout=30)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["url"])

    def finished(self, job_url: str) -> Any:
        """Wait for a job's end; returns the job."""

        def ended() -> Any:
            job = self.get(job_url)
            return job if job["finished_at"] else None

        return until(ended, f"the end of {job_url}")

    def in_phase(self, job_url: str, phase: str) -> None:
        """Wait until a job is there; it must not end before."""

        def is_there() -> bool:
            job = self.get(job_url)
            assert job["finished_at"] is None, job
            return bool(job["phase"] == phase)

        until(is_there, f"the phase {phase}")

    def half_made(self) -> list[str]:
        """What is not a version yet, nor a compiled form."""
        folders = (self.folder / "models", self.folder / "state" / "compiled")
        return [path.name for folder in folders for path in folder.glob("**/.tmp-*")]

    def running_trainer(self) -> psutil.Process:
        """The trainer, which is there."""
        found = self.trainer()
        assert found is not None
        return found

    def another_trainer(self, killed: psutil.Process) -> psutil.Process:
        """Wait for the trainer that comes after one that was killed."""

        def successor() -> psutil.Process | None:
            # Looking through all processes of a machine takes its time.
            time.sleep(0.2)
            found = self.trainer()
            return found if found and found.pid != killed.pid else None

        return until(successor, "another trainer's start")

    def trainer(self) -> psutil.Process | None:
        """The trainer that works for this server, whoever is its parent."""
        for process in psutil.process_iter():
            try:
                environment = process.environ() if is_trainer(process) else {}
            except psutil.Error:
                continue
            if environment.get("ROENTGEN_STATE_DIR") == str(self.folder / "state"):
                return process
        return None


def is_trainer(process: psutil.Process) -> bool:
    """Whether a process is a retraining job's."""
    try:
        return bool(TRAINERS & set(process.cmdline()))
    except psutil.Error:
        return False


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled models, shared by all servers of the session."""
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture
def free_port() -> int:
    """A port that nobody uses just now."""
    return unused_port()


@contextmanager
def running_server(
    folder: Path,
    model: Path | TinyCheckpoint,
    *,
    gentle: bool = False,
    port: int | None = None,
    workers: int = 2,
    environment: dict[str, str] | None = None,
) -> Iterator[Server]:
    """Started in a folder of its own; it and its trainer are gone afterwards."""
    running = Server(folder, model, gentle, port, workers, environment or {})
    running.start()
    yield running
    running.stop()
    survivor = running.trainer()
    if survivor is not None:
        survivor.kill()


@pytest.fixture(scope="module")
def tabs() -> Iterator[BrowserContext]:
    """Headless Chromium; its tabs share what was loaded."""
    with chromium() as browser:
        yield browser.new_context()


@pytest.fixture(scope="module")
def tab(tabs: BrowserContext) -> Page:
    """One for all tests of a file: another window, in which the UI's program is read anew, takes
    two seconds of a processor."""
    return tabs.new_page()


@pytest.fixture
def page(tab: Page) -> Iterator[Page]:
    """The tab as if it were new; afterwards its console must be free of errors."""
    with browsing.without_errors(tab):
        yield tab
