"""An S3 API of the tests' own: moto's server, one for the session, a prefix for each test."""

import atexit
import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.waiting import wait_until

# Read here: tests see no settings from outside. It may lie in an environment of its own.
PROGRAM = os.environ.get("ROENTGEN_TEST_MOTO_SERVER") or str(
    Path(sys.executable).with_name("moto_server")
)
BUCKET = "films"
HOST = "127.0.0.1"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "tests",
    "AWS_REGION": "us-east-1",
}


@pytest.fixture(params=["folder", "s3"])
def storage_url(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """`ROENTGEN_STORAGE_URL` of an empty store, once of each kind."""
    if request.param == "folder":
        return str(tmp_path / "shared")
    return s3_url(monkeypatch)


def s3_url(monkeypatch: pytest.MonkeyPatch, *, port: int | None = None) -> str:
    """An empty prefix of the bucket, reached at another port where one is given."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    server = s3_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{HOST}:{port or server}")
    return new_prefix()


def new_prefix() -> str:
    """One that nobody has used."""
    return f"s3://{BUCKET}/{uuid.uuid4().hex}"


@cache
def s3_port() -> int:
    """Where the session's server listens; it ends with this process."""
    if shutil.which(PROGRAM) is None:
        reason = "moto_server is not installed"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    opened = contextlib.ExitStack()
    atexit.register(opened.close)
    return opened.enter_context(_running())


@contextlib.contextmanager
def _running() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    with subprocess.Popen(
        [PROGRAM, "-H", HOST, "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            wait_until(lambda: _makes_bucket(port), "the S3 server answered", wait_limit_s=120)
            yield port
        finally:
            server.kill()


def _makes_bucket(port: int) -> bool:
    with contextlib.suppress(OSError):
        connection = http.client.HTTPConnection(HOST, port, timeout=30)
        connection.request("PUT", f"/{BUCKET}")
        return connection.getresponse().status == 200
    return False
