"""What `make run` starts: both servers, both addresses, nothing left behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import psutil
import pytest
import requests

from tests.e2e.conftest import until

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def starter(folder: Path, compiled: Path, **ports: str) -> Iterator[subprocess.Popen[str]]:
    """The starter as `make run` calls it."""
    (folder / "state").mkdir()
    (folder / "state/compiled").symlink_to(compiled, target_is_directory=True)
    environment = (
        os.environ
        | ports
        | {
            "ROENTGEN_STATE_DIR": str(folder / "state"),
            "ROENTGEN_MODELS_DIR": str(folder / "models"),
            "ROENTGEN_RETRAIN_DIR": str(folder / "retrain_data"),
        }
    )
    process = subprocess.Popen(
        [sys.executable, "deploy/local.py"],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def lines_until(stream: IO[str] | None, sign: str) -> list[str]:
    """What is printed up to the line with `sign` in it."""
    assert stream is not None
    lines: list[str] = []
    for line in stream:
        lines.append(line.rstrip())
        if sign in line:
            return lines
    raise AssertionError(f"'{sign}' was never printed, but {lines}")


def ask(api: str) -> Any:
    """What the shipped model says of an example film, once it is ready."""
    until(lambda: requests.get(f"{api}/health/ready", timeout=10).ok, "a model was ready")
    image = (ROOT / "docs/examples/bacterial-pneumonia-child.jpg").read_bytes()
    return requests.post(f"{api}/predict", files={"file": image}, timeout=30).json()


class TestStarting:
    def test_both_addresses_are_printed_and_answer_and_ctrl_c_leaves_nothing(
        self, tmp_path: Path, compiled: Path, free_port: int
    ) -> None:
        # Given out one after the other, the port above a free one is free almost always.
        api, ui = free_port, free_port + 1

        with starter(tmp_path, compiled, API_PORT=str(api), UI_PORT=str(ui)) as process:
            printed = lines_until(process.stdout, "Ctrl-C")
            family = psutil.Process(process.pid).children(recursive=True)
            assert any(f"http://127.0.0.1:{api}" in line for line in printed)
            assert any(f"http://127.0.0.1:{ui}" in line for line in printed)
            answered = ask(f"http://127.0.0.1:{api}")
            assert (answered["label"], answered["decision"]) == ("Pneumonia-Bacterial", "positive")
            assert "<title>" in requests.get(f"http://127.0.0.1:{ui}", timeout=10).text

            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 0

        assert len(family) >= 2
        assert [child for child in family if child.is_running()] == []

    def test_a_busy_port_is_one_sentence_and_an_exit_code(
        self, tmp_path: Path, compiled: Path
    ) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]

            with starter(tmp_path, compiled, API_PORT=str(port)) as process:
                _, errors = process.communicate(timeout=30)

        assert process.returncode == 1
        assert errors.startswith(f"Error: Port {port} is in use")
        assert errors.count("\n") == 1

    @pytest.mark.parametrize("port", ["eight", "0", "70000", "-1"])
    def test_a_port_that_is_none_is_one_sentence_and_an_exit_code(
        self, tmp_path: Path, compiled: Path, port: str
    ) -> None:
        with starter(tmp_path, compiled, UI_PORT=port) as process:
            _, errors = process.communicate(timeout=30)

        assert process.returncode == 1
        assert errors.startswith(f"Error: UI_PORT is '{port}'")
