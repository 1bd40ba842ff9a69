"""The process of a check: what is told of it while it runs, and its end."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.errors import Conflict
from api.evaluation_runs.check_process import Ended, WatchedCheck, run
from tests.support.waiting import wait_until

READS_ON = """
import os, sys, time
print("a warning", file=sys.stderr)
print("2/7", file=sys.stderr, flush=True)
print(os.getpid(), flush=True)
time.sleep(600)
"""


def ran(script: str, folder: Path, watched: WatchedCheck) -> Ended:
    command = [sys.executable, "-c", script]
    return run(command, environment=dict(os.environ), folder=folder, watched=watched)


class TestACheck:
    def test_its_end_is_told_without_its_steps(self, tmp_path: Path) -> None:
        script = "import sys; print('{}'); print('1/1\\nError: no', file=sys.stderr); sys.exit(3)"

        ended = ran(script, tmp_path, WatchedCheck())

        assert (ended.code, ended.report.strip(), ended.messages.strip()) == (3, "{}", "Error: no")

    def test_while_it_runs_it_says_how_far_it_is_and_can_be_stopped(self, tmp_path: Path) -> None:
        watched = WatchedCheck()

        with ThreadPoolExecutor(1) as pool:
            result = pool.submit(ran, READS_ON, tmp_path, watched)
            wait_until(lambda: watched.total is not None, "a step was told")
            assert (watched.done, watched.total) == (2, 7)
            watched.stopped.set()
            with pytest.raises(Conflict, match="was stopped"):
                result.result(timeout=30)

        number = int((tmp_path / "report.json").read_text())
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)
