"""The compiled form of a checkpoint: made once by a child process, kept by the weights' hash."""

import logging
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

from api.errors import InvalidCheckpoint, StorageFailed
from api.files import storage_errors, write_atomic
from api.registry.store import (
    Checkpoint,
    compiled_path,
    shipped_compiled_path,
    verify_weights,
)
from api.settings import ROOT

logger = logging.getLogger(__name__)

COMPILER = "api.training.compile"
TIMEOUT_S = 300


@dataclass(slots=True)
class Compiler:
    """Gives each checkpoint its LiteRT model; owns the TensorFlow process that makes one.

    `folder` is where compiled models are kept, for all workers; `environment` is the child's.
    """

    folder: Path
    environment: dict[str, str]
    _child: subprocess.Popen[str] | None = None
    _closed: bool = False
    _discarded: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def compiled(self, checkpoint: Checkpoint) -> Path:
        """The checkpoint's LiteRT model; made by a short-lived process if there is none.

        Raises: InvalidCheckpoint if weights and card disagree or the weights do not compile;
            StorageFailed.
        """
        verify_weights(checkpoint)
        path = compiled_path(self.folder, checkpoint.card.weights_sha256)
        if path.is_file():
            return path
        with storage_errors(path):
            self.folder.mkdir(parents=True, exist_ok=True)
        # Several workers start at once; one compiles, the others wait for its file.
        with storage_errors(path), FileLock(path.with_suffix(".lock")):
            if not path.is_file() and not self._take_shipped(checkpoint, path):
                self._compile(checkpoint, path)
        return path

    def discard(self, checkpoint: Checkpoint) -> bool:
        """Forget a compiled model that does not do what the card says; False the second time.

        The file may have rotted; weights and card may also really disagree, and compiling those
        again and again would help nobody.
        """
        sha256 = checkpoint.card.weights_sha256
        if sha256 in self._discarded:
            return False
        self._discarded.add(sha256)
        with storage_errors(self.folder):
            compiled_path(self.folder, sha256).unlink(missing_ok=True)
        return True

    def close(self) -> None:
        """End a compilation that is under way; nothing half-made is left."""
        with self._lock:
            self._closed = True
            if self._child is not None:
                self._child.kill()

    def _take_shipped(self, checkpoint: Checkpoint, path: Path) -> bool:
        """Use the compiled form that lies beside the weights; False if there is none, or it did not
        do what the card says."""
        shipped = shipped_compiled_path(checkpoint.weights)
        if checkpoint.card.weights_sha256 in self._discarded or not shipped.is_file():
            return False
        write_atomic(path, shipped.read_bytes())
        return True

    def _compile(self, checkpoint: Checkpoint, path: Path) -> None:
        logger.info("compiling version=%s", checkpoint.version)
        command = [sys.executable, "-m", COMPILER, str(checkpoint.weights.resolve()), str(path)]
        with self._start(command) as child:
            try:
                _, message = child.communicate(timeout=TIMEOUT_S)
            except subprocess.TimeoutExpired as exc:
                child.kill()
                raise StorageFailed(
                    f"Compiling '{checkpoint.version}' took longer than {TIMEOUT_S} s; it is tried "
                    "again shortly."
                ) from exc
        if child.returncode != 0 or not path.is_file():
            reason = (message.strip().splitlines() or [f"exit code {child.returncode}"])[-1]
            raise InvalidCheckpoint(f"Version '{checkpoint.version}' does not compile: {reason}")

    def _start(self, command: list[str]) -> subprocess.Popen[str]:
        with self._lock:
            if self._closed:
                raise InvalidCheckpoint("The server is stopping; nothing is compiled any more.")
            try:
                self._child = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            except OSError as exc:
                raise StorageFailed(f"The model compiler could not run: {exc}") from exc
            return self._child
