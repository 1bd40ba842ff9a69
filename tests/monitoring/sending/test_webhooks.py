"""Signed webhooks against real servers."""

import hashlib
import hmac
import re
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from api.errors import DeliveryFailed
from api.monitoring.sending.destinations import Destinations
from api.monitoring.sending.webhooks import WebhookSender, signature
from tests.docs.pages import guide
from tests.monitoring.sending.receiver import Receiver, receiving

SECRET = "0123456789abcdef"
PAYLOAD = {"id": "e1", "type": "promoted", "task": "pneumonia", "data": {"reason": "größer"}}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def sender(*urls: str, **changes: object) -> tuple[WebhookSender, list[str]]:
    named = Destinations(webhooks=urls, notify="").webhooks
    made = WebhookSender(named, SECRET, **changes)  # type: ignore[arg-type]
    return made, list(named)


class TestSending:
    def test_the_body_is_the_payload_and_its_signature_fits(self, receiver: Receiver) -> None:
        send, (name,) = sender(f"{receiver.url}/a/b?key=1", clock=lambda: 1_700_000_000.9)

        send(name, PAYLOAD)

        (got,) = receiver.received
        assert got.path == "/a/b?key=1"
        assert got.json == PAYLOAD
        assert got.headers["X-Roentgen-Event"] == "promoted"
        expected = hmac.new(SECRET.encode(), b"1700000000." + got.body, hashlib.sha256).hexdigest()
        assert got.headers["X-Roentgen-Signature"] == f"t=1700000000,v1={expected}"

    def test_names_hold_no_secret_and_tell_urls_of_a_host_apart(self) -> None:
        _, names = sender("https://hook.example/a?token=1", "https://hook.example/a?token=2")

        assert all(re.fullmatch(r"https://hook\.example#[0-9a-f]{8}", name) for name in names)
        assert len(set(names)) == 2

    @pytest.mark.parametrize("status", [400, 404, 410, 500, 503])
    def test_a_refusal_is_a_failure(self, receiver: Receiver, status: int) -> None:
        send, (name,) = sender(receiver.url)
        receiver.statuses = [status]

        with pytest.raises(DeliveryFailed, match=f"answered {status}"):
            send(name, PAYLOAD)

    def test_a_redirect_is_not_followed(self, receiver: Receiver) -> None:
        send, (name,) = sender(f"{receiver.url}/first")
        receiver.statuses, receiver.location = [307], f"{receiver.url}/second"

        with pytest.raises(DeliveryFailed, match="answered 307; redirects are not followed"):
            send(name, PAYLOAD)

        assert [each.path for each in receiver.received] == ["/first"]

    def test_nobody_there_is_a_failure(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        send, (name,) = sender(f"http://127.0.0.1:{port}/")

        with pytest.raises(DeliveryFailed, match="cannot be reached"):
            send(name, PAYLOAD)

    def test_an_address_that_the_settings_name_no_more_is_a_failure(self) -> None:
        send, _ = sender()

        with pytest.raises(DeliveryFailed, match="not among ROENTGEN_WEBHOOKS any more"):
            send("https://gone#12345678", PAYLOAD)

    def test_an_answer_that_comes_byte_by_byte_is_cut_off(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=_drip, args=(server,), daemon=True).start()
            port = server.getsockname()[1]
            send, (name,) = sender(f"http://127.0.0.1:{port}/", total_timeout_s=0.3)

            with pytest.raises(DeliveryFailed, match=r"no answer within 0\.3 s"):
                send(name, PAYLOAD)


class TestTheDocumentedReceiver:
    """The code in docs/run/alerts.md, as a receiver would copy it."""

    @pytest.fixture
    def verify(self) -> object:
        (code,) = [block for block in guide("alerts.md").blocks("python") if "def verify" in block]
        scope: dict[str, object] = {}
        exec(compile(code, "docs/run/alerts.md", "exec"), scope)
        return scope["verify"]

    def test_it_accepts_ours_and_nothing_else(self, verify: object) -> None:
        assert callable(verify)
        body, now = b'{"id": "e1"}', int(time.time())
        ours = signature(body, secret=SECRET, timestamp=now)

        assert verify(body, ours, SECRET)
        assert not verify(body + b" ", ours, SECRET)
        assert not verify(body, ours, SECRET + "x")
        assert not verify(body, ours.replace("t=", "t=1"), SECRET)
        assert not verify(body, signature(body, secret=SECRET, timestamp=now - 3600), SECRET)
        assert not verify(body, "nonsense", SECRET)


def _drip(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while True:
                connection.sendall(b"x")
                time.sleep(0.02)
        except OSError:
            return
