"""The configuration for nginx, in front of a real server."""

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from tests.deploy.nginx_process import API_NAME, Nginx, nginx_process
from tests.support.checkpoints import TinyCheckpoint
from tests.support.waiting import wait_until
from tests.web.server_process import Process, server_process

# Not what this machine calls itself: so the log tells whether the client was found.
CLIENT = "127.0.0.5"
PROXY = "127.0.0.2"
API = "127.0.0.1:8000"


@pytest.fixture(scope="module")
def server(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("behind_nginx")
    settings = {
        "trusted_proxies": json.dumps([PROXY]),
        "allowed_hosts": json.dumps([API_NAME]),
        "log_level": "INFO",
    }
    with server_process(tiny, folder, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def nginx(server: Process, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    changes = {"client_header_timeout 10s": "client_header_timeout 1s"}
    folder = tmp_path_factory.mktemp("nginx")
    with nginx_process(folder, nodes={API: server.port}, changes=changes) as running:
        yield running


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """Without an API behind it, and with few requests for each address."""
    changes = {
        "rate=100r/s": "rate=1r/s",
        "zone=roentgen_requests burst=400": "zone=roentgen_requests burst=2",
    }
    with nginx_process(
        tmp_path_factory.mktemp("alone"), nodes={API: 9}, changes=changes
    ) as running:
        yield running


def ask(
    nginx: Nginx, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    context = ssl.create_default_context(cafile=str(nginx.certificate))
    connection = http.client.HTTPSConnection(
        "127.0.0.1", nginx.https, timeout=60, context=context, source_address=(CLIENT, 0)
    )
    named = {"Host": API_NAME} | {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


def problem(answer: tuple[http.client.HTTPResponse, bytes], status: int) -> dict[str, Any]:
    response, content = answer
    assert response.status == status
    assert response.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(content)
    assert body["status"] == status
    return body


class TestInFront:
    def test_what_is_not_encrypted_is_sent_on(self, nginx: Nginx) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", nginx.http, timeout=60)
        connection.request("GET", "/status", headers={"Host": API_NAME})
        response = connection.getresponse()

        assert response.status == 301
        assert response.headers["Location"] == f"https://{API_NAME}/status"
        connection.close()

    def test_the_server_is_told_who_asks_whatever_the_client_says(
        self, nginx: Nginx, server: Process
    ) -> None:
        response, _ = ask(nginx, "GET", "/health/live", X_Forwarded_For="203.0.113.9")

        assert response.status == 200
        assert "max-age" in response.headers["Strict-Transport-Security"]
        wait_until(lambda: f"client={CLIENT}" in server.log, "the log names the client")
        assert "203.0.113.9" not in server.log

    def test_a_large_body_is_refused_before_it_is_sent(self, nginx: Nginx) -> None:
        context = ssl.create_default_context(cafile=str(nginx.certificate))
        with (
            socket.create_connection(("127.0.0.1", nginx.https), timeout=60) as plain,
            context.wrap_socket(plain, server_hostname=API_NAME) as connection,
        ):
            head = f"POST /predict HTTP/1.1\r\nHost: {API_NAME}\r\nContent-Length: 90000000\r\n\r\n"
            connection.sendall(head.encode())
            answer = connection.recv(65536)

        assert answer.startswith(b"HTTP/1.1 413")
        assert b"application/problem+json" in answer

    def test_half_sent_headers_end_there(self, nginx: Nginx, server: Process) -> None:
        context = ssl.create_default_context(cafile=str(nginx.certificate))
        held = []
        for _ in range(30):
            plain = socket.create_connection(("127.0.0.1", nginx.https), timeout=60)
            connection = context.wrap_socket(plain, server_hostname=API_NAME)
            connection.sendall(b"GET /status HTTP/1.1\r\nHost: ")
            held.append(connection)

        assert ask(nginx, "GET", "/health/live")[0].status == 200
        assert all(connection.recv(65536)[:12] in (b"", b"HTTP/1.1 408") for connection in held)
        for connection in held:
            connection.close()

    def test_its_logs_name_no_study_and_no_source(self, nginx: Nginx) -> None:
        study = "1.2.840.99.77412987"
        ask(nginx, "POST", f"/dicom-web/studies/{study}?source=Quillon", b"x")
        ask(nginx, "POST", f"/tasks/none/dicom-web/studies/{study}", b"x")
        ask(nginx, "GET", f"/studies/{study}")
        ask(nginx, "GET", "/status?source=Quillon")
        log = nginx.folder / "roentgen.log"
        wait_until(lambda: "GET /status 200" in log.read_text(), "nginx logged the request")

        logged = log.read_text() + (nginx.folder / "error.log").read_text()

        assert logged.count("POST (dicom-web)") == 2
        assert study not in logged
        assert "Quillon" not in logged


class TestAlone:
    def test_an_api_that_is_away_is_said_so(self, alone: Nginx) -> None:
        answer = ask(alone, "GET", "/status")

        assert "does not answer" in problem(answer, 503)["detail"]
        assert answer[0].headers["Retry-After"] == "5"

    def test_too_many_requests_are_refused_with_a_time_to_come_back(self, alone: Nginx) -> None:
        answers = [ask(alone, "GET", "/status") for _ in range(6)]

        refused = [each for each in answers if each[0].status == 429]
        assert refused
        assert "Too many requests" in problem(refused[0], 429)["detail"]
        assert refused[0][0].headers["Retry-After"] == "1"

    def test_its_log_of_errors_names_no_study(self, alone: Nginx) -> None:
        for _ in range(4):
            ask(alone, "POST", "/dicom-web/studies/1.2.840.99.77412987", b"x")

        assert "77412987" not in (alone.folder / "error.log").read_text()
        assert "POST (dicom-web)" in (alone.folder / "roentgen.log").read_text()
