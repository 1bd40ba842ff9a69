"""Starting and stopping what is measured: this project, and peers in their own environments."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from benchmarks.serving.peers.peer_environments import PEERS, python_of
from benchmarks.support.local_server import server

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 20


class NotMeasured(Exception):
    """A contender that cannot run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What all contenders are given: the checkpoint, its compiled network, and the machine."""

    weights: Path
    card: Path
    network: Path
    peers_dir: Path | None
    cores: int


Start = Callable[[Setting], AbstractContextManager[str]]


def roentgen(workers: int, *, precision: str = "fp32", compiled: bool = True) -> Start:
    """This project, with fresh records; `compiled`: the network was compiled before."""

    @contextmanager
    def start(setting: Setting) -> Iterator[str]:
        with tempfile.TemporaryDirectory() as state:
            if compiled:
                (Path(state) / "compiled").mkdir()
                shutil.copy(setting.network, Path(state) / "compiled")
            with server(workers, state_dir=state, precision=precision) as url:
                yield url

    return start


def peer(
    name: str | None, *command: str, ready: str, variables: Mapping[str, str] | None = None
) -> Start:
    """Another server, in the environment of that name (None: this one).

    Args:
        command: with `{python}`, `{bin}`, `{peers}` and `{port}`.
        ready: a path that answers 200 when all workers are ready.
        variables: environment variables, with `{port}`, `{port_2}`, `{port_3}` and `{cores}`.
    """

    @contextmanager
    def start(setting: Setting) -> Iterator[str]:
        python = _python(setting, name)
        words = {
            **{"python": str(python), "bin": str(python.parent), "peers": str(PEERS)},
            **{key: str(port) for key, port in free_ports("port", "port_2", "port_3").items()},
            "cores": str(setting.cores),
        }
        with tempfile.TemporaryDirectory() as folder:
            own = {key: value.format_map(words) for key, value in (variables or {}).items()}
            process = _popen(
                [part.format_map(words) for part in command],
                Path(folder),
                _environment(setting, words["port"], folder) | own,
            )
            try:
                url = f"http://127.0.0.1:{words['port']}"
                _wait_ready(process, url + ready, Path(folder))
                yield url
            finally:
                stop_server(process)

    return start


def _python(setting: Setting, name: str | None) -> Path:
    if name is None:
        return Path(sys.executable)
    if setting.peers_dir is None:
        raise NotMeasured("no environment; --peers-dir DIR --install makes it")
    python = python_of(setting.peers_dir, name)
    if not python.exists():
        raise NotMeasured(f"no environment in {setting.peers_dir.name}/{name}; --install makes it")
    return python.absolute()


def _environment(setting: Setting, port: str, folder: str) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{PEERS}",
        "PEER_WEIGHTS": str(setting.weights),
        "PEER_CARD": str(setting.card),
        "PEER_NETWORK": str(setting.network),
        "PEER_WORKERS": str(setting.cores),
        "PEER_PORT": port,
        # Peers report to nobody, and leave nothing behind.
        "BENTOML_DO_NOT_TRACK": "True",
        "RAY_USAGE_STATS_ENABLED": "0",
        "BENTOML_HOME": folder,
        "PYTRITON_HOME": folder,
        "RAY_TMPDIR": folder,
    }


def free_ports(*names: str) -> dict[str, int]:
    """As many ports that nobody listens on, by these names."""
    probes = [socket.socket() for _ in names]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return dict(zip(names, ports, strict=True))


def _popen(
    command: list[str], folder: Path, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )


def _wait_ready(process: subprocess.Popen[bytes], url: str, folder: Path) -> None:
    until = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < until:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)
    log_lines = (folder / "log").read_text(errors="replace").strip().splitlines() or ["nothing"]
    raise NotMeasured(f"not ready; the last it said: {log_lines[-1]}")


def stop_server(process: subprocess.Popen[bytes]) -> None:
    """The server and all that it started; what does not end by itself is killed."""
    if process.poll() is not None:
        return
    server = psutil.Process(process.pid)
    family = [server, *server.children(recursive=True)]
    process.terminate()
    for left in psutil.wait_procs(family, timeout=STOP_TIMEOUT_S)[1]:
        left.kill()
    process.wait()
