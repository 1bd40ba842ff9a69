"""Two real serving processes that listen on every address: who is let in, and what they share."""

from collections.abc import Iterator

import psutil
import pytest
import requests
from typer.testing import CliRunner

from api.cli import app as command_line
from tests.support.accounts import PASSWORD, bearer
from tests.support.checkpoints import TinyCheckpoint
from tests.support.waiting import wait_until
from tests.web.server_process import Process, server_process


@pytest.fixture(scope="module")
def server(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("who-asks")
    options = ("--host", "0.0.0.0", "--workers", "2")
    with server_process(tiny, folder, *options, auth="auto", compute="threads") as running:
        yield running


@pytest.fixture
def other_address() -> str:
    """One of this machine that is not loopback, as other machines use it."""
    found = [
        each.address
        for addresses in psutil.net_if_addrs().values()
        for each in addresses
        if each.family.name == "AF_INET" and not each.address.startswith("127.")
    ]
    if not found:
        pytest.skip("this machine has no address but loopback")
    return found[0]


def status_of(url: str, **headers: str) -> int:
    return requests.get(url, headers=headers, timeout=60).status_code


class TestWithoutUsers:
    def test_the_start_says_what_is_open_to_whom(self, server: Process) -> None:
        assert "open to this machine itself" in server.log
        token = (server.folder / "state/first-user-token").read_text().strip()
        assert f"POST /auth/first-user: {token}" in server.log

    def test_this_machine_itself_is_let_in(self, server: Process) -> None:
        assert status_of(f"{server.url}/status") == 200
        assert status_of(f"http://localhost:{server.port}/predictions") == 200

    @pytest.mark.parametrize("forwarded", ["10.0.0.7", "127.0.0.1"])
    def test_a_proxy_on_it_is_not(self, server: Process, forwarded: str) -> None:
        headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"}

        assert status_of(f"{server.url}/status", **headers) == 401
        assert status_of(f"{server.url}/health/live", **headers) == 200

    def test_nor_is_whoever_comes_by_another_address(
        self, server: Process, other_address: str
    ) -> None:
        refused = requests.get(f"http://{other_address}:{server.port}/status", timeout=60)

        assert refused.status_code == 401
        assert "python -m api user add" in refused.json()["detail"]
        assert status_of(f"http://{other_address}:{server.port}/status", Host="localhost") == 401


class TestTwoProcesses:
    def test_a_user_and_a_key_of_the_command_line_are_known_to_both_and_gone_for_both(
        self, server: Process, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ROENTGEN_STATE_DIR", str(server.folder / "state"))
        run = CliRunner().invoke
        added = run(command_line, ["key", "add", "pacs", "--right", "read"])
        key = bearer(added.stdout.strip())
        from_outside = key | {"X-Forwarded-For": "10.0.0.7"}

        # More requests than there are processes: each has had to answer some.
        assert {status_of(f"{server.url}/status", **from_outside) for _ in range(20)} == {200}
        assert run(command_line, ["key", "revoke", "pacs"]).exit_code == 0

        def is_gone() -> bool:
            return {status_of(f"{server.url}/status", **from_outside) for _ in range(20)} == {401}

        wait_until(is_gone, "both knew of it")

    def test_guessing_is_counted_by_both_together(
        self, server: Process, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ROENTGEN_STATE_DIR", str(server.folder / "state"))
        add = ["user", "add", "maria", "--role", "admin"]
        assert CliRunner().invoke(command_line, add, input=f"{PASSWORD}\n").exit_code == 0
        sent = {"name": "maria", "password": "wrong but long"}

        statuses = [
            requests.post(f"{server.url}/auth/login", json=sent, timeout=60).status_code
            for _ in range(7)
        ]

        assert statuses == [401] * 5 + [429] * 2
