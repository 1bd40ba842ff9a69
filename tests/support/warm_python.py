"""Runs programs in processes that need not import TensorFlow: forks of one that has.

Each is a process of its own, with its own priority, signals and limits; only the four seconds of
importing are shared. Nothing of TensorFlow may have run before a fork, so that no thread of it is
missing afterwards.
"""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.settings import ROOT

READY = "ready"


@dataclass(frozen=True, slots=True)
class WarmPython:
    """The process that is forked, and where its forks print to."""

    process: subprocess.Popen[str]
    folder: Path

    def run(self, program: str, *, environment: dict[str, str]) -> str:
        """What a program printed. Raises: AssertionError with its errors if it did not end well."""
        output, errors = self.folder / "stdout", self.folder / "stderr"
        self._write(
            {
                "program": program,
                "environment": environment,
                "files": [str(output), str(errors)],
            }
        )
        returncode = int(self._line())
        assert returncode == 0, errors.read_text()
        return output.read_text()

    def _write(self, request: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def warm_python(folder: Path) -> Iterator[WarmPython]:
    """Started now, stopped afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        warm = WarmPython(process, folder)
        assert warm._line() == READY
        yield warm
        assert process.stdin is not None
        process.stdin.close()


def serve() -> None:
    """Fork for every line on stdin, and answer with the fork's exit code."""
    from api import import_pause

    # isort: split
    import api.training.pipelines.kinds  # noqa: F401

    import_pause.end()
    _answer(READY)
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _run(request)
        _, status = os.waitpid(pid, 0)
        _answer(str(os.waitstatus_to_exitcode(status)))


def _answer(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _run(request: dict[str, Any]) -> None:
    """Run a program, and end this process without what its parent would tidy up."""
    returncode = 1
    try:
        for number, path in enumerate(request["files"], start=1):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.environ.update(request["environment"])
        exec(request["program"], {"__name__": "__main__"})
        returncode = 0
    finally:
        if returncode:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(returncode)


if __name__ == "__main__":
    serve()
