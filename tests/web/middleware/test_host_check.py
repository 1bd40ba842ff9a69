"""A page on the web whose name points to this machine (DNS rebinding) reads nothing here."""

import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from api.web.middleware.host_check import KnownHosts, host_name
from tests.conftest import settings_below
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.support.waiting import wait_until
from tests.web.response_checks import answer, from_address, problem
from tests.web.server_process import Process, server_process

OURS = [
    "localhost",
    "localhost:8000",
    "LocalHost:8000",
    "localhost.",
    "localhost.:8000",
    "a.localhost",
    "127.0.0.1:8000",
    "127.1:8000",
    "0.0.0.0:8000",
    "192.168.1.5",
    "[::1]",
    "[::1]:8000",
    "[fe80::1%25eth0]:8000",
    "[::ffff:127.0.0.1]:8000",
    "",
    socket.gethostname(),
]
FOREIGN = [
    "evil.example",
    "evil.example:8000",
    "EVIL.example.:8000",
    "localhost.evil.example",
    "evil-localhost",
    "127.0.0.1.evil.example",
    "127.0.0.1.nip.io:8000",
    "evil",
    "[evil.example]:8000",
    "evil.example:8000:8000",
    "xn--lcalhost-54a",
    "localhost evil.example",
    "localhost,evil.example",
]
# What an application answers that was not started.
NEEDS_NOTHING = "/docs"
PATHS = ("/status", "/predictions", "/samples/export.zip", "/docs", "/openapi.json", "/nothing")


def client_of(settings: Settings, host: str, **changes: Any) -> TestClient:
    app = create_app(settings.model_copy(update=changes))
    return TestClient(app, client=(host, 50000), raise_server_exceptions=False)


@pytest.fixture
def local(shared_client: TestClient) -> TestClient:
    """A client on the server's own machine."""
    return from_address(shared_client, "127.0.0.1")


@pytest.fixture(scope="module")
def server(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A real server, for what Uvicorn makes of a request."""
    with server_process(tiny, tmp_path_factory.mktemp("host"), compute="threads") as running:
        yield running


class TestRequestsFromThisMachine:
    @pytest.mark.parametrize("path", PATHS)
    def test_a_foreign_name_reads_nothing(self, local: TestClient, path: str) -> None:
        response = local.get(path, headers={"Host": "evil.example:8000"})

        body = problem(response, 403, "evil.example", "ROENTGEN_ALLOWED_HOSTS")
        assert "ROENTGEN_TRUSTED_PROXIES" in body["detail"]

    @pytest.mark.parametrize("host", FOREIGN)
    def test_every_foreign_name_is_refused(self, local: TestClient, host: str) -> None:
        problem(local.get("/status", headers={"Host": host}), 403)
        assert local.head("/status", headers={"Host": host}).status_code == 403
        asked = {"Host": host, "Origin": "http://a", "Access-Control-Request-Method": "GET"}
        problem(local.options("/status", headers=asked), 403)

    @pytest.mark.parametrize("host", OURS)
    def test_every_name_of_ours_is_answered(self, local: TestClient, host: str) -> None:
        answer(local.get("/status", headers={"Host": host}))

    def test_of_two_names_none_may_be_foreign(self, local: TestClient) -> None:
        headers = [("Host", "localhost"), ("Host", "evil.example")]

        problem(local.get("/status", headers=headers), 403)

    @pytest.mark.parametrize("address", ["127.8.8.8", "::1", "::ffff:127.0.0.1"])
    def test_all_of_loopback_is_this_machine(self, shared_client: TestClient, address: str) -> None:
        client = from_address(shared_client, address)

        problem(client.get("/status", headers={"Host": "evil.example"}), 403)

    def test_so_is_the_address_that_it_is_asked_at(self) -> None:
        client = TestClient(
            create_app(Settings()), base_url="http://10.1.2.3", client=("10.1.2.3", 50000)
        )

        problem(client.get(NEEDS_NOTHING, headers={"Host": "evil.example"}), 403)
        assert client.get(NEEDS_NOTHING).status_code == 200


class TestSettings:
    @pytest.mark.parametrize(
        ("changes", "host"),
        [
            ({"allowed_hosts": ("xray.example",)}, "xray.example:8000"),
            ({"allowed_hosts": ("XRAY.example:443",)}, "xray.example."),
            ({"allowed_hosts": ("*.hospital.example",)}, "a.b.hospital.example"),
            ({"allowed_hosts": ("*",)}, "evil.example"),
            ({"allowed_origins": ("https://ui.example:8443",)}, "ui.example"),
            ({"trusted_proxies": ("127.0.0.1",)}, "evil.example"),
            ({"trusted_proxies": ("127.0.0.0/8",)}, "evil.example"),
        ],
        ids=str,
    )
    def test_they_allow_names(self, changes: Any, host: str) -> None:
        client = client_of(Settings(), "127.0.0.1", **changes)

        assert client.get(NEEDS_NOTHING, headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize(
        ("changes", "host"),
        [
            ({"allowed_hosts": ("xray.example",)}, "a.xray.example"),
            ({"allowed_hosts": ("*.hospital.example",)}, "evilhospital.example"),
            ({"allowed_origins": ("https://ui.example:8443",)}, "ui.example.evil"),
            ({"trusted_proxies": ("10.0.0.5",)}, "evil.example"),
        ],
        ids=str,
    )
    def test_and_no_others(self, changes: Any, host: str) -> None:
        client = client_of(Settings(), "127.0.0.1", **changes)
        forged = {"Host": host, "X-Forwarded-For": "10.0.0.5"}

        problem(client.get(NEEDS_NOTHING, headers=forged), 403)

    def test_a_page_under_an_allowed_name_may_change_things(self, settings: Settings) -> None:
        with client_of(settings, "127.0.0.1", allowed_hosts=("xray.example",)) as client:
            own = {"Host": "xray.example:8000", "Origin": "http://xray.example:8000"}
            other = own | {"Origin": "http://other.example"}

            assert client.delete("/retrain/x", headers=own).status_code == 404
            problem(client.delete("/retrain/x", headers=other), 403, "ROENTGEN_ALLOWED_ORIGINS")


class TestOtherMachines:
    @pytest.mark.parametrize("address", ["10.0.0.7", "2001:db8::7"])
    def test_their_scripts_use_whatever_name_there_is(
        self, shared_client: TestClient, address: str
    ) -> None:
        client = from_address(shared_client, address)

        answer(client.get("/status", headers={"Host": "xray.hospital.example"}))


@pytest.fixture(scope="module")
def behind_proxies(
    tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """One of the proxies that the settings name."""
    folder = tmp_path_factory.mktemp("proxies")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    settings = settings_below(folder, tiny)
    with client_of(settings, "10.0.0.5", trusted_proxies=("10.0.0.0/29",)) as client:
        yield client


class TestProxies:
    @pytest.mark.parametrize(
        ("forwarded", "client"),
        [
            (["10.9.9.9"], "10.9.9.9"),
            # What is left of the last address that no proxy of ours has was written by a client.
            (["1.1.1.1, 10.9.9.9, 10.0.0.6"], "10.9.9.9"),
            (["1.1.1.1", "10.9.9.9"], "10.9.9.9"),
            (["[2001:db8::1]:8080"], "2001:db8::1"),
            (["spam\n\x1b[31m" + "x" * 500], None),
        ],
        ids=str,
    )
    def test_what_a_named_one_says_of_its_client_counts(
        self,
        behind_proxies: TestClient,
        caplog: pytest.LogCaptureFixture,
        forwarded: list[str],
        client: str | None,
    ) -> None:
        headers = [(b"X-Forwarded-For", each.encode()) for each in forwarded]
        with caplog.at_level(logging.INFO, logger="api"):
            behind_proxies.get("/health/live", headers=headers)

        (line,) = [each.getMessage() for each in caplog.records if "method=" in each.getMessage()]
        assert line.endswith(f"client={client}" if client else "x")
        assert line.isprintable()
        assert len(line) < 300

    def test_what_anybody_else_says_does_not(self, caplog: pytest.LogCaptureFixture) -> None:
        http = client_of(Settings(), "10.9.9.9", trusted_proxies=("10.0.0.5",))
        with caplog.at_level(logging.INFO, logger="api"):
            http.get(NEEDS_NOTHING, headers={"X-Forwarded-For": "1.1.1.1"})

        assert "client=10.9.9.9" in caplog.text
        assert "1.1.1.1" not in caplog.text

    def test_a_setting_that_is_no_address_is_refused(self) -> None:
        with pytest.raises(ValueError, match="proxy"):
            Settings(trusted_proxies=("proxy",))


class TestUnderUvicorn:
    """It believes what anybody on this machine says of the client, unless it is told not to."""

    def test_a_page_cannot_pass_itself_off_as_another_machine(self, server: Process) -> None:
        forged = {
            "Host": "evil.example",
            "X-Forwarded-For": "10.0.0.7",
            "X-Forwarded-Proto": "https",
        }

        response = requests.get(server.url + "/predictions", headers=forged, timeout=60)

        assert response.status_code == 403
        wait_until(lambda: "path='/predictions' status=403" in server.log, "it was in the log")
        assert "client=10.0.0.7" not in server.log

    @pytest.mark.parametrize(
        ("request_line", "host", "status"),
        [
            (b"GET /status HTTP/1.0", b"", 200),
            (b"GET /status HTTP/1.0", b"Host: evil.example\r\n", 403),
            (b"GET /status HTTP/1.1", b"Host:\r\n", 200),
            (b"GET http://localhost/status HTTP/1.1", b"Host: evil.example\r\n", 403),
            (b"GET http://localhost/status HTTP/1.1", b"Host: localhost\r\n", 200),
            (b"GET /status HTTP/1.1", b"host:\tEVIL.example \r\n", 403),
        ],
    )
    def test_odd_requests_are_judged_by_their_host(
        self, server: Process, request_line: bytes, host: bytes, status: int
    ) -> None:
        answer = server.send([request_line + b"\r\n" + host + b"Connection: close\r\n\r\n"])

        assert answer.split()[1] == str(status).encode()


class TestNames:
    @pytest.mark.parametrize(
        ("header", "name"),
        [
            (" Xray.Example.:8000 ", "xray.example"),
            ("[::1%25lo]:80", "::1"),
            ("::1", "::1"),
            ("", ""),
        ],
    )
    def test_a_header_is_a_name(self, header: str, name: str) -> None:
        assert host_name(header) == name

    def test_origins_that_are_none_name_nothing(self) -> None:
        hosts = KnownHosts([], ["null", ""])

        assert not hosts.knows("null")
