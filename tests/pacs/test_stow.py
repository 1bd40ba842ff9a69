"""Results on their way to a DICOMweb service, against a real server."""

import json
from collections.abc import Iterator
from email.parser import BytesParser
from typing import Any

import pytest

from api.errors import DeliveryFailed, NothingToDeliver
from api.pacs.destinations import destinations_of
from api.pacs.stow import StowSender
from tests.monitoring.sending.receiver import Receiver, receiving

PAYLOAD = {"type": "results", "prediction": "p1", "task": "pneumonia"}
FILES = (b"DICM one\r\n--", b"DICM two")
LOGIN = "user:word:with colon"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def sender(url: str, login: str = "", files: tuple[bytes, ...] = FILES) -> tuple[StowSender, str]:
    host = url.split("/")[2]
    known = destinations_of([url], {host: login} if login else {})
    return StowSender(known, lambda _: files), next(iter(known)).destination


def failed(*reasons: int) -> bytes:
    items = [{"00081197": {"vr": "US", "Value": [reason]}} for reason in reasons]
    return json.dumps({"00081198": {"vr": "SQ", "Value": items}}).encode()


class TestSending:
    def test_a_service_gets_both_in_one_request(self, receiver: Receiver) -> None:
        send, name = sender(f"{receiver.url}/dicom-web/", LOGIN)

        send(name, PAYLOAD)

        (got,) = receiver.received
        assert got.path == "/dicom-web/studies"
        assert got.headers["Authorization"] == "Basic dXNlcjp3b3JkOndpdGggY29sb24="
        head = f"Content-Type: {got.headers['Content-Type']}\r\n\r\n".encode()
        parts: Any = BytesParser().parsebytes(head + got.body).get_payload()
        assert [part.get_content_type() for part in parts] == ["application/dicom"] * 2
        assert all(file in got.body for file in FILES)

    def test_a_token_is_sent_as_it_is(self, receiver: Receiver) -> None:
        send, name = sender(receiver.url, "Bearer abc")

        send(name, PAYLOAD)

        assert receiver.received[0].headers["Authorization"] == "Bearer abc"

    def test_what_it_has_already_is_no_failure(self, receiver: Receiver) -> None:
        send, name = sender(receiver.url)
        receiver.statuses, receiver.answer = [409], failed(45070, 45070)

        send(name, PAYLOAD)

    @pytest.mark.parametrize(
        ("status", "answer", "words"),
        [
            (401, b"", "answered 401"),
            (302, b"", "redirects are not followed"),
            (202, failed(0x0110), "0x0110"),
            (200, failed(45070, 0xA700), "0xA700"),
            (409, b"no json", "answered 409"),
        ],
    )
    def test_what_is_not_stored_is_tried_again(
        self, receiver: Receiver, status: int, answer: bytes, words: str
    ) -> None:
        send, name = sender(receiver.url)
        receiver.statuses, receiver.answer = [status], answer

        with pytest.raises(DeliveryFailed, match=words) as refused:
            send(name, PAYLOAD)

        assert not isinstance(refused.value, NothingToDeliver)

    def test_nobody_there_is_said_without_the_address(self) -> None:
        send, name = sender("http://127.0.0.1:9/secret-path", LOGIN)

        with pytest.raises(DeliveryFailed, match="cannot be reached") as refused:
            send(name, PAYLOAD)

        assert "secret-path" not in refused.value.message
        assert "word" not in refused.value.message + repr(send)

    def test_one_that_the_settings_name_no_more_is_given_up(self, receiver: Receiver) -> None:
        send, _ = sender(receiver.url)

        with pytest.raises(NothingToDeliver, match="ROENTGEN_DESTINATIONS"):
            send("http://gone#1", PAYLOAD)
