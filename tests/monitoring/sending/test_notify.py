"""Apprise, against a real server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.errors import DeliveryFailed, StorageFailed
from api.monitoring.sending.destinations import Destinations, notify_urls
from api.monitoring.sending.notify import NotifySender
from api.monitoring.sending.texts import shown
from tests.monitoring.sending.receiver import Receiver, receiving
from tests.support.checkpoints import run_python

ALARM: dict[str, Any] = {
    "id": "e1",
    "type": "alarm",
    "created_at": "2026-03-01T00:00:00+00:00",
    "task": "pneumonia",
    "data": {
        "alert": "errors", "status": "firing", "severity": "critical", "says": "Requests fail",
        "do": "Look.", "when": "error_rate > 0.05", "value": 0.1, "shown": "10.0 %",
        "since": "2026-02-28T23:55:00+00:00",
    },
}  # fmt: skip


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def sender(*urls: str) -> tuple[NotifySender, list[str]]:
    setting = "[" + ",".join(f'"{url}"' for url in urls) + "]"
    to = Destinations(webhooks=(), notify=setting)
    return NotifySender(to.notify), list(to.notify())


class TestSending:
    def test_title_and_text_say_what_is_wrong_and_what_to_do(self, receiver: Receiver) -> None:
        send, (name,) = sender(receiver.url.replace("http", "json", 1))

        send(name, ALARM)

        (got,) = receiver.received
        assert got.json["title"] == "Roentgen, critical: Requests fail (pneumonia)"
        assert got.json["message"] == (
            "errors: 10.0 % (error_rate > 0.05), since 2026-02-28T23:55:00+00:00.\nLook."
        )
        assert got.json["type"] == "failure"

    def test_a_refusal_is_a_failure_without_the_url(self, receiver: Receiver) -> None:
        send, (name,) = sender(receiver.url.replace("http://", "json://user:pass@"))
        receiver.statuses = [500]

        with pytest.raises(DeliveryFailed, match="did not take the message") as caught:
            send(name, ALARM)

        assert "pass" not in caught.value.message

    def test_a_service_that_apprise_does_not_know_is_a_failure(self) -> None:
        send, (name,) = sender("carrier-pigeon://loft")

        with pytest.raises(DeliveryFailed, match="Apprise does not know the URL"):
            send(name, ALARM)

    def test_nothing_is_imported_before_something_is_sent(self) -> None:
        program = "import sys, api.main; print('apprise' in sys.modules)"

        assert run_python("-c", program).strip() == "False"


class TestTheFile:
    def test_it_is_read_anew_and_while_it_cannot_be_what_it_said_holds(
        self, tmp_path: Path
    ) -> None:
        file = tmp_path / "people"
        file.write_text("# the ward\njson://one\n\n  slack://A/B/C\n")
        to = Destinations(webhooks=(), notify=str(file))

        assert list(to.notify().values()) == ["json://one", "slack://A/B/C"]
        file.write_text("json://two\n")
        assert list(to.notify().values()) == ["json://two"]
        file.unlink()
        assert list(to.notify().values()) == ["json://two"]
        with pytest.raises(StorageFailed, match="cannot be read"):
            notify_urls(str(file))


class TestValues:
    @pytest.mark.parametrize(
        ("value", "unit", "text"),
        [
            (0.0834, "ratio", "8.3 %"),
            (1.9e9, "bytes", "1.9 GB"),
            (2.345, "seconds", "2.3 s"),
            (90_000, "seconds", "25.0 h"),
            (0.345, "distance", "0.34"),
            (3.0, "count", "3"),
            (None, "count", "no value"),
        ],
    )
    def test_they_have_their_unit(self, value: float | None, unit: str, text: str) -> None:
        assert shown(value, unit) == text
