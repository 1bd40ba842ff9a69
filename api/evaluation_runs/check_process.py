"""The process that measures a version: how far it is, and its end when nobody waits any more."""

import re
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from api.errors import Conflict, StorageFailed
from api.settings import ROOT

TIMEOUT_S = 900
LOOK_S = 0.2
# What `--progress` writes among the messages, and in how much of their end it is looked for.
STEP = re.compile(r"^(\d+)/(\d+)$", re.MULTILINE)
TAIL_BYTES = 4096


@dataclass(slots=True)
class WatchedCheck:
    """A check that runs, for whoever waits for it on another thread.

    Attributes:
        done: images that were read.
        total: how many there are; None: not known yet.
        begun: set once it has a thread.
        stopped: set where nobody wants the report any more.
    """

    done: int = 0
    total: int | None = None
    begun: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)

    def require(self) -> None:
        """Raises: Conflict if it was stopped."""
        if self.stopped.is_set():
            raise Conflict("The check was stopped; nothing of it is kept.")


@dataclass(frozen=True, slots=True)
class Ended:
    """How the process ended, and what it wrote."""

    code: int
    report: str
    messages: str


def run(
    command: list[str], *, environment: dict[str, str], folder: Path, watched: WatchedCheck
) -> Ended:
    """Run a command to its end; `folder` is for what it writes.

    Raises: StorageFailed if it takes too long, Conflict if it was stopped.
    """
    report, messages = folder / "report.json", folder / "messages.txt"
    with report.open("wb") as stdout, messages.open("wb") as stderr:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
        )
        try:
            _wait(process, messages, watched)
        finally:
            process.kill()
            process.wait()
    text = messages.read_text(errors="replace")
    return Ended(process.returncode, report.read_text(), STEP.sub("", text))


def _wait(process: "subprocess.Popen[bytes]", messages: Path, watched: WatchedCheck) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            process.wait(LOOK_S)
        except subprocess.TimeoutExpired:
            _look(messages, watched)
            watched.require()
            if time.monotonic() > deadline:
                raise StorageFailed(
                    f"The check took longer than {TIMEOUT_S} s; send fewer films."
                ) from None
        else:
            return


def _look(messages: Path, watched: WatchedCheck) -> None:
    with messages.open("rb") as file:
        file.seek(max(0, messages.stat().st_size - TAIL_BYTES))
        steps = STEP.findall(file.read().decode(errors="replace"))
    if steps:
        watched.done, watched.total = map(int, steps[-1])
