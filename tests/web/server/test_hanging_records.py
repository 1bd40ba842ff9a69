"""The database hangs, or the network to it swallows everything: each request is told so in time."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from api.records.servers.write_health import SILENT_S
from api.worker.background import HEARTBEAT_S
from tests.conftest import ready_client, settings_below
from tests.records.test_hanging_postgres import Hang, cut_off
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.support.database_relay import Way, relayed
from tests.support.databases import postgres
from tests.support.postgres import PostgresServer, programs
from tests.support.waiting import wait_until
from tests.web.response_checks import Documented, answer, problem

pytestmark = pytest.mark.skipif(
    programs() is None and not os.environ.get("CI"), reason="PostgreSQL is not installed"
)
# As docs/run/scale.md states it.
ANSWERED_S, READY_AGAIN_S = 12.0, 5.0
# On a machine that does other things too.
ROOM_S = 8.0


@pytest.fixture(scope="module")
def behind(
    tiny: TinyCheckpoint, documented: Documented, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestClient, Way, PostgresServer]]:
    """A server whose records are behind a network."""
    folder, server = tmp_path_factory.mktemp("behind"), postgres()
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    url = server.create()
    with relayed(server, url) as (relay, way):
        settings = settings_below(folder, tiny).model_copy(
            update={"database_url": relay, "database_timeout_s": 5.0}
        )
        with ready_client(settings, documented) as client:
            yield client, way, server
    server.drop(url)


@pytest.fixture(params=["frozen", "cut off"])
def hang(request: pytest.FixtureRequest, behind: tuple[TestClient, Way, PostgresServer]) -> Hang:
    _, way, server = behind
    return server.frozen if request.param == "frozen" else lambda: cut_off(way)


def test_every_request_is_told_in_time_and_the_node_is_out_until_it_answers(
    behind: tuple[TestClient, Way, PostgresServer], hang: Hang
) -> None:
    client = behind[0]
    sent = {"data": {"label": "Normal"}, "files": [("files", images.png(2))]}
    requests: list[Callable[[], httpx.Response]] = [
        lambda: client.post("/predict", files={"file": images.png(1)}),
        lambda: client.post("/upload-data", **sent),  # type: ignore[arg-type]
        lambda: client.get("/status"),
        lambda: client.get("/predictions"),
        lambda: client.get("/status/activity"),
    ]
    # The pool ends after the hang: a test that fails does not wait for what it has stopped.
    with ThreadPoolExecutor(2 * len(requests)) as pool, hang():
        answered = list(pool.map(timed, requests * 2, timeout=2 * ANSWERED_S))
        wait_until(lambda: not is_ready(client), "the node is out of ready", wait_limit_s=1)
        for response, seconds in answered:
            problem(response, 503, "database server")
            assert int(response.headers["Retry-After"]) > 0
            assert seconds < ANSWERED_S + ROOM_S

    wait_until(lambda: is_ready(client), "the node is ready", wait_limit_s=READY_AGAIN_S + ROOM_S)
    answer(client.post("/predict", files={"file": images.png(1)}))


def test_the_node_is_out_of_ready_while_the_database_hangs(
    behind: tuple[TestClient, Way, PostgresServer], hang: Hang
) -> None:
    client = behind[0]
    wait_until(lambda: is_ready(client), "the node is ready", wait_limit_s=READY_AGAIN_S + ROOM_S)
    with hang():
        limit_s = HEARTBEAT_S + SILENT_S
        wait_until(lambda: not is_ready(client), "it is out", wait_limit_s=limit_s + ROOM_S)
        response, seconds = timed(lambda: client.get("/health/ready"))
        problem(response, 503, "atabase")
        assert seconds < SILENT_S
        answer(client.get("/health/live"))
    wait_until(lambda: is_ready(client), "the node is ready", wait_limit_s=READY_AGAIN_S + ROOM_S)


def timed(ask: Callable[[], httpx.Response]) -> tuple[httpx.Response, float]:
    begun = time.monotonic()
    return ask(), time.monotonic() - begun


def is_ready(client: TestClient) -> bool:
    return client.get("/health/ready").status_code == 200
