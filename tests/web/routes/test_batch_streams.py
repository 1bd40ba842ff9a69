"""`POST /predict/batch`: its forms, one version for all, and streams that break off."""

import csv
import io
import threading
from collections.abc import AsyncGenerator, Callable

import anyio
import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from api.settings import Settings
from api.web.responses.batch_stream import CancellableStream
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, add_version
from tests.support.waiting import wait_until
from tests.web.response_checks import answer, problem
from tests.web.routes.asgi_calls import streamed
from tests.web.routes.batches import (
    CSV,
    NDJSON,
    WAIT_LIMIT_S,
    batch,
    lines,
    some,
    watched,
)


class TestForms:
    def test_lines_hold_the_results_of_the_whole(self, client: TestClient) -> None:
        response = batch(client, *some(3), ("notes.txt", b"text"), accept=NDJSON)

        results = lines(response)
        assert response.headers["content-type"] == NDJSON
        assert [result["filename"] for result in results] == [
            "0.png",
            "1.png",
            "2.png",
            "notes.txt",
        ]
        assert results[0].keys() == {"filename", "prediction", "problem"}

    def test_a_table_has_a_row_for_every_image(self, client: TestClient) -> None:
        response = batch(
            client, *some(1), ("=cmd.png", images.png(1)), ("-text", b"text"), accept=CSV
        )

        first, second, third = csv.DictReader(io.StringIO(response.text, newline=""))
        assert response.headers["content-type"] == "text/csv; charset=utf-8"
        stored = answer(client.get(f"/predictions/{first['id']}"))
        assert first["label"] == stored["label"]
        for name, probability in stored["probabilities"].items():
            assert float(first[name]) == pytest.approx(probability, abs=1e-6)
        assert (first["model_version"], first["status"], first["error"]) == ("v1", "200", "")
        assert (second["filename"], third["filename"]) == ("'=cmd.png", "'-text")
        assert (third["status"], third["label"]) == ("415", "")
        assert "not an image" in third["error"]

    def test_another_form_is_refused(self, client: TestClient) -> None:
        problem(batch(client, *some(1), accept="text/html"), 406, "text/csv")

        assert answer(client.get("/status"))["num_predictions"] == 0


class TestOneVersion:
    def test_a_swap_half_way_changes_nothing_for_the_batch(
        self, client: TestClient, settings: Settings, tiny: TinyCheckpoint
    ) -> None:
        add_version(settings.models_dir, tiny, "v2")

        swapped = threading.Event()

        def swap(number: int) -> None:
            if number == 0:
                answer(client.post("/models/v2/promote", json={"reason": "better here"}))
                wait_until(
                    lambda: client.get("/status").json()["model_version"] == "v2", "v2 serves"
                )
                swapped.set()
            assert swapped.wait(WAIT_LIMIT_S)

        watched(client, swap)

        results = answer(batch(client, *some(12)))["results"]

        assert [result["prediction"]["model_version"] for result in results] == ["v1"] * 12
        again = answer(batch(client, *some(1)))["results"]
        assert again[0]["prediction"]["model_version"] == "v2"


class TestStreaming:
    """The application is called as a server calls it: pieces are seen when they are sent."""

    COUNT = 40

    def post(
        self, client: TestClient, on_piece: Callable[[bytes], bool], accept: str = NDJSON
    ) -> bool:
        """Send a batch; `on_piece` says whether the client stays after each piece it gets.

        Gives whether the answer was brought to its end.
        """
        return streamed(
            client,
            "/predict/batch",
            [("files", named) for named in some(self.COUNT)],
            on_piece,
            accept=accept,
        )

    @pytest.mark.parametrize("accept", [NDJSON, CSV, "application/json"])
    def test_a_result_is_sent_before_the_last_image_is_read(
        self, client: TestClient, accept: str
    ) -> None:
        first_sent, in_time = threading.Event(), []
        pieces: list[bytes] = []

        def wait_for_the_first(number: int) -> None:
            if number == self.COUNT - 1:
                in_time.append(first_sent.wait(WAIT_LIMIT_S))

        def note(piece: bytes) -> bool:
            pieces.append(piece)
            if b".png" in piece:
                first_sent.set()
            return True

        watched(client, wait_for_the_first)

        assert self.post(client, note, accept)

        assert in_time == [True]
        assert b"".join(pieces).count(b".png") >= self.COUNT

    def test_a_client_that_leaves_stops_the_work(self, client: TestClient) -> None:
        got: list[bytes] = []
        watcher = watched(client)
        services = client.app.state.services  # type: ignore[attr-defined]

        def leave_after_two(piece: bytes) -> bool:
            got.append(piece)
            return len(got) < 2

        self.post(client, leave_after_two)

        read = watcher.count
        assert read <= 2 + services.serving.batches.window < self.COUNT
        assert 1 <= answer(client.get("/status"))["num_predictions"] <= read
        assert answer(batch(client, *some(2)))["answered"] == 2

    def test_a_server_that_stops_breaks_off_instead_of_ending_well(
        self, client: TestClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        services = client.app.state.services  # type: ignore[attr-defined]
        watched(client, lambda number: services.serving.shutdown.set() if number == 5 else None)
        got: list[bytes] = []

        def note(piece: bytes) -> bool:
            got.append(piece)
            return True

        with caplog.at_level("INFO", "api.web"):
            ended = self.post(client, note, "application/json")

        assert not ended
        assert 0 < len(got) < self.COUNT
        assert not got[-1].endswith(b"}\n")
        assert "batch broken off reason='The server is being stopped" in caplog.text
        assert "unexpected" not in caplog.text
        assert answer(client.get("/status/activity"))["errors"] == []

    def test_a_client_that_stops_reading_ends_the_work(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        closed, sent = [], []

        async def pieces() -> AsyncGenerator[str, None]:
            try:
                for number in range(self.COUNT):
                    yield str(number)
            finally:
                closed.append(True)

        async def receive() -> Message:
            await anyio.sleep_forever()
            raise AssertionError

        async def send(message: Message) -> None:
            sent.append(message.get("body"))
            if len(sent) > 3:
                await anyio.sleep_forever()

        stream = CancellableStream(pieces())
        stream.timeout_s = 0
        with caplog.at_level("INFO", "api.web"):
            anyio.run(stream, {"type": "http"}, receive, send)

        assert sent == [None, b"0", b"1", b"2"]
        assert closed == [True]
        assert "has stopped reading" in caplog.text
