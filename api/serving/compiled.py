"""The compiled form of a checkpoint: made once by a child process, kept by the weights' hash."""

import logging
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from api.errors import InvalidCheckpoint, StorageFailed
from api.files import storage_errors
from api.registry.store import Checkpoint, compiled_path, verify_weights
from api.settings import ROOT

logger = logging.getLogger(__name__)

COMPILER = "api.training.compile"
TIMEOUT_S = 300


def compiled(checkpoint: Checkpoint, folder: Path, environment: dict[str, str]) -> Path:
    """The checkpoint's LiteRT model; made by a short-lived TensorFlow process if there is none.

    Args:
        folder: where compiled models are kept, for all workers.
        environment: of the child process.

    Raises: InvalidCheckpoint if weights and card disagree or the weights do not compile;
        StorageFailed.
    """
    verify_weights(checkpoint)
    path = compiled_path(folder, checkpoint.card.weights_sha256)
    if path.is_file():
        return path
    with storage_errors(path):
        folder.mkdir(parents=True, exist_ok=True)
    # Several workers start at once; one compiles, the others wait for its file.
    with FileLock(path.with_suffix(".lock")):
        if not path.is_file():
            _compile(checkpoint, path, environment)
    return path


def _compile(checkpoint: Checkpoint, path: Path, environment: dict[str, str]) -> None:
    logger.info("compiling version=%s", checkpoint.version)
    command = [sys.executable, "-m", COMPILER, str(checkpoint.weights.resolve()), str(path)]
    try:
        result = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise StorageFailed(f"The model compiler could not run: {exc}") from exc
    if result.returncode != 0 or not path.is_file():
        reason = (result.stderr.strip().splitlines() or ["no message"])[-1]
        raise InvalidCheckpoint(f"Version '{checkpoint.version}' does not compile: {reason}")
