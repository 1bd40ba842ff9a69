"""Start the API and the UI on this machine, say where they are, stop both together.

Standard library only: `make run` calls it. Ports come from API_PORT and UI_PORT.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_TIMEOUT_S = 180
STOP_TIMEOUT_S = 15


class StartFailed(Exception):
    """Something is in the way; the message is a sentence for the person at the terminal."""


class Terminated(Exception):
    """Ctrl-C, or a request to end."""


def main() -> int:
    """Run until told to stop; returns the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminate)
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        api_port, ui_port = port_of("API_PORT", 8000), port_of("UI_PORT", 8501)
        for name, port in (("API_PORT", api_port), ("UI_PORT", ui_port)):
            require_free(port, name)
        print("Starting API and UI…", flush=True)
        children["API"] = start_api(api_port)
        children["UI"] = start_ui(ui_port, api_port)
        wait_until_answering(f"http://{HOST}:{api_port}/health/live", children)
        wait_until_answering(f"http://{HOST}:{ui_port}/_stcore/health", children)
        print(
            f"API: http://{HOST}:{api_port}  (documentation: http://{HOST}:{api_port}/docs)\n"
            f"UI:  http://{HOST}:{ui_port}\n"
            "Ctrl-C stops both.",
            flush=True,
        )
        watch(children)
    except StartFailed as exc:
        print(f"Error: {exc}", file=sys.stderr)
        return 1
    except Terminated:
        return 0
    finally:
        stop(children)
    return 1


def port_of(variable: str, default: int) -> int:
    """A port from the environment. Raises: StartFailed."""
    value = os.environ.get(variable, str(default))
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise StartFailed(f"{variable} is '{value}'; it must be a port between 1 and 65535.")
    return int(value)


def require_free(port: int, variable: str) -> None:
    """Raises: StartFailed if something listens there already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as exc:
            raise StartFailed(
                f"Port {port} is in use or not allowed; stop what uses it, or choose another: "
                f"{variable}={port + 100} make run"
            ) from exc


def start_api(port: int) -> subprocess.Popen[bytes]:
    """The API, one worker."""
    command = ["-m", "uvicorn", "api.main:app", "--host", HOST, "--port", str(port)]
    # A line for every request would push the addresses off the screen.
    quiet = {"ROENTGEN_LOG_LEVEL": os.environ.get("ROENTGEN_LOG_LEVEL", "WARNING")}
    shutdown_limit = ["--timeout-graceful-shutdown", "3"]
    return _start([*command, *shutdown_limit, "--log-level", "warning"], quiet)


def start_ui(port: int, api_port: int) -> subprocess.Popen[bytes]:
    """The UI, pointed at the API."""
    command = ["-m", "streamlit", "run", "streamlit_app/app.py"]
    options = ["--server.address", HOST, "--server.port", str(port), "--server.headless", "true"]
    quiet = ["--browser.gatherUsageStats", "false", "--logger.level", "warning"]
    address = os.environ.get("ROENTGEN_API_URL", f"http://{HOST}:{api_port}")
    # Streamlit greets on standard output; what goes wrong it says on standard error.
    return _start(
        [*command, *options, *quiet], {"ROENTGEN_API_URL": address}, stdout=subprocess.DEVNULL
    )


def wait_until_answering(url: str, children: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """Raises: StartFailed if a child ends or nothing answers in time."""
    deadline = time.monotonic() + START_TIMEOUT_S
    # A proxy set in the environment would look for 127.0.0.1 on its own machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline:
        require_running(children)
        try:
            with opener.open(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise StartFailed(f"Nothing answered at {url} within {START_TIMEOUT_S} seconds; see above.")


def watch(children: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """Return never; raise StartFailed when one of them ends by itself."""
    while True:
        require_running(children)
        time.sleep(0.5)


def require_running(children: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """Raises: StartFailed if a child has ended."""
    for name, child in children.items():
        if child.poll() is not None:
            raise StartFailed(f"The {name} ended with code {child.returncode}; see above.")


def stop(children: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """End all children; the API ends a running retraining first."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + STOP_TIMEOUT_S
    for child in children.values():
        try:
            child.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _start(
    arguments: list[str], variables: dict[str, str], *, stdout: int | None = None
) -> subprocess.Popen[bytes]:
    environment = os.environ | variables
    # Nobody types into these; and a question asked at the terminal would hang the start.
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
    )


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise Terminated


if __name__ == "__main__":
    sys.exit(main())
