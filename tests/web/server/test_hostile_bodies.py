"""Bodies that nobody sends by mistake, against a server process: each is refused in words or cut
off, and nothing of it stays: no traceback, no file, no memory, nobody else kept waiting."""

import contextlib
import json
import socket
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import pytest
import requests

from tests.support import images
from tests.support.checkpoints import TinyCheckpoint
from tests.support.waiting import wait_until
from tests.web.server_process import Process, server_process

BOUNDARY = b"x"
FORM = "Content-Type: multipart/form-data; boundary=x"
JSON = "Content-Type: application/json"
# Anything but an answer as if all were well, or as if something of ours had broken.
REFUSALS = frozenset({400, 404, 408, 409, 411, 413, 415, 422})
FORMS = ("/predict", "/predict/batch", "/upload-data", "/evaluate")
OBJECTS = ("/retrain", "/predictions/none/feedback", "/models/v1/promote")
# More than any limit here, and than what is read on of a body that was refused.
ENDLESS_BYTES = 400_000_000


@pytest.fixture(scope="module")
def server(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    small = {"max_upload_bytes": "3000000", "max_batch_bytes": "3000000"}
    folder = tmp_path_factory.mktemp("hostile")
    with server_process(tiny, folder, max_file_bytes="2000000", **small) as running:
        yield running


@pytest.fixture(autouse=True)
def _nothing_stays(server: Process) -> Iterator[None]:
    before = server.rss
    yield
    image = requests.post(server.url + "/predict", files={"file": images.png()}, timeout=60)
    assert image.status_code == 200, image.text
    wait_until(lambda: not server.left_behind(), f"{server.left_behind()} were gone")
    assert "Traceback" not in server.log
    assert "status=500" not in server.log
    assert server.rss - before < 60_000_000


def is_refused(answer: bytes) -> bool:
    """A problem in words (or the parser's own 400), or no answer at all; never anything else."""
    if not answer:
        return True
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    if status == 400 and b"text/plain" in head:
        return body == b"Invalid HTTP request received."
    problem = json.loads(body)
    assert status in REFUSALS, answer
    return b"application/problem+json" in head and problem["status"] == status


def request(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


def part(name: str, content: bytes, *, filename: str | None = "a.png", more: bytes = b"") -> bytes:
    named = f'; filename="{filename}"' if filename else ""
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"{named}\r\n'
    return head.encode() + more + b"\r\n" + content + b"\r\n"


def field_of(path: str) -> str:
    return "file" if path in ("/predict", "/evaluate") else "files"


def sized(path: str, body: bytes, kind: str = FORM) -> bytes:
    return request(path, kind, f"Content-Length: {len(body)}") + body


class TestEndless:
    @pytest.mark.parametrize("path", [*FORMS, *OBJECTS])
    def test_chunks_without_an_end_are_cut_off(self, server: Process, path: str) -> None:
        kind = FORM if path in FORMS else JSON
        first = part(field_of(path), b"", more=b"")[:-2] if path in FORMS else b'{"reason": "'
        zeros = chunk(b"0" * 100_000)
        head = request(path, kind, "Transfer-Encoding: chunked") + chunk(first)

        assert is_refused(server.send([head, *repeat(zeros, 300)]))
        assert server.is_cut_off(chain([head], repeat(zeros, ENDLESS_BYTES // len(zeros))))

    @pytest.mark.parametrize("path", [*FORMS, *OBJECTS])
    def test_ten_gigabytes_that_are_announced_are_refused_at_once(
        self, server: Process, path: str
    ) -> None:
        answer = server.send([request(path, FORM, "Content-Length: 10000000000"), b"--x\r\n"])

        assert is_refused(answer)
        assert b"connection: close" in answer.lower()

    @pytest.mark.parametrize("path", [*FORMS, *OBJECTS])
    def test_who_asks_first_is_told_before_the_body_is_sent(
        self, server: Process, path: str
    ) -> None:
        expectation = ("Content-Length: 9000000", "Expect: 100-continue")
        answer = server.send([request(path, FORM, *expectation)])

        assert is_refused(answer)
        assert b" 413 " in answer[:20]
        assert b"connection: close" in answer.lower()


class TestLies:
    @pytest.mark.parametrize(
        "lengths",
        [
            ("Content-Length: -1",),
            ("Content-Length: abc",),
            ("Content-Length: 1e9",),
            ("Content-Length: 5", "Content-Length: 500"),
            ("Content-Length: 99999999999999999999999999",),
            ("Content-Length: 5", "Transfer-Encoding: chunked"),
            ("Transfer-Encoding: gzip",),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("path", ["/predict", "/upload-data", "/models/v1/promote"])
    def test_lengths_that_cannot_be_are_refused(
        self, server: Process, path: str, lengths: tuple[str, ...]
    ) -> None:
        assert is_refused(server.send([request(path, FORM, *lengths), b"--x\r\n"]))

    @pytest.mark.parametrize("path", FORMS)
    def test_less_than_the_body_is_a_form_cut_short(self, server: Process, path: str) -> None:
        body = part(field_of(path), images.png()) + b"--x--\r\n"

        answer = server.send([request(path, FORM, "Content-Length: 200"), body])

        assert is_refused(answer)

    @pytest.mark.parametrize("path", FORMS)
    def test_a_client_that_leaves_in_the_middle_leaves_nothing(
        self, server: Process, path: str
    ) -> None:
        body = part(field_of(path), images.png())
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                connection.sendall(request(path, FORM, "Content-Length: 1900000") + body)

    @pytest.mark.parametrize("bad", [b"zz\r\nabc\r\n", b"-5\r\nabc\r\n", b"fffffffffffffffff\r\n"])
    def test_chunks_of_no_size_are_refused(self, server: Process, bad: bytes) -> None:
        assert is_refused(
            server.send([request("/predict", FORM, "Transfer-Encoding: chunked"), bad])
        )


class TestForms:
    @pytest.mark.parametrize("count", [1001, 10_000])
    @pytest.mark.parametrize("filename", ["a.png", None], ids=["files", "fields"])
    @pytest.mark.parametrize("path", FORMS)
    def test_more_parts_than_anybody_needs_are_refused(
        self, server: Process, path: str, filename: str | None, count: int
    ) -> None:
        body = part(field_of(path), b"0", filename=filename) * count + b"--x--\r\n"

        assert is_refused(server.send([sized(path, body)]))

    @pytest.mark.parametrize(
        "more",
        [
            b"X-Long: " + b"0" * 1_000_000 + b"\r\n",
            b"X-Short: 0\r\n" * 80_000,
            b"0" * 1_000_000 + b": x\r\n",
        ],
        ids=["one line", "many lines", "a name"],
    )
    @pytest.mark.parametrize("path", FORMS)
    def test_a_megabyte_of_headers_of_a_part_is_refused(
        self, server: Process, path: str, more: bytes
    ) -> None:
        body = part(field_of(path), images.png(), more=more) + b"--x--\r\n"

        assert is_refused(server.send([sized(path, body)]))

    @pytest.mark.parametrize(
        "kind",
        [
            "Content-Type: multipart/form-data",
            "Content-Type: multipart/form-data; boundary=",
            "Content-Type: multipart/form-data; boundary=other",
            "Content-Type: multipart/form-data; boundary=" + "x" * 20_000,
            "Content-Type: multipart/mixed; boundary=x",
            "Content-Type: \xff\xfe",
            "X-None: 0",
        ],
        ids=lambda kind: kind[:60],
    )
    @pytest.mark.parametrize("path", FORMS)
    def test_a_boundary_that_is_not_there_is_refused(
        self, server: Process, path: str, kind: str
    ) -> None:
        body = part(field_of(path), images.png()) + b"--x--\r\n"

        assert is_refused(server.send([sized(path, body, kind)]))

    @pytest.mark.parametrize("path", FORMS)
    def test_a_form_within_a_form_is_no_image(self, server: Process, path: str) -> None:
        inner = b"--y\r\nContent-Disposition: file\r\n\r\n" + images.png() + b"\r\n--y--"
        more = b"Content-Type: multipart/mixed; boundary=y\r\n"
        body = part(field_of(path), inner, more=more) + b"--x--\r\n"

        answer = server.send([sized(path, body, FORM + "\r\nConnection: close")])

        # Where each file has a result of its own, the form is fine and the film is refused.
        assert b'"refused":1' in answer or b'"rejected":1' in answer or is_refused(answer)

    def test_a_boundary_split_over_chunks_is_found(self, server: Process) -> None:
        body = part("file", images.png()) + b"--x--\r\n"
        pieces = [chunk(body[at : at + 7]) for at in range(0, len(body), 7)]

        head = request("/predict", FORM, "Transfer-Encoding: chunked")
        answer = server.send([head, *pieces, b"0\r\n\r\n"])

        assert answer.startswith(b"HTTP/1.1 200")


class TestOthersMeanwhile:
    def test_they_are_served_while_bodies_come_drop_by_drop(self, server: Process) -> None:
        with contextlib.ExitStack() as stack:
            drops = [
                stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
                for _ in range(100)
            ]
            for number, drop in enumerate(drops):
                drop.sendall(request(FORMS[number % 4], FORM, "Content-Length: 100000") + b"-")

            answers = [_predicted(server) for _ in range(3)]
            alive = requests.get(server.url + "/health/live", timeout=60)

        assert [answer["filename"] for answer in answers] == ["file"] * 3
        assert alive.ok

    def test_requests_behind_a_refused_one_are_answered_or_cut_off(self, server: Process) -> None:
        image = sized("/predict", part("file", images.png()) + b"--x--\r\n")
        bad = sized("/predict", b"no form", JSON)
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            connection.sendall(bad + image)
            received = b""
            while b"model_version" not in received:
                received += connection.recv(65536)

        assert received.startswith(b"HTTP/1.1 4")
        assert received.count(b"HTTP/1.1 200") == 1


def _predicted(server: Process) -> Any:
    files = {"file": ("file", images.png())}
    return requests.post(server.url + "/predict", files=files, timeout=60).json()
