"""Two servers on one state folder: each film has one writer at a time."""

import hashlib
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.support import images
from tests.support.checkpoints import TinyCheckpoint
from tests.web.server_process import Process, another_server, server_process

PAIRS = 40
TIMEOUT_S = 120


@dataclass
class Both:
    """The servers, and what is asked of them."""

    servers: tuple[Process, Process]

    def send(self, server: int, method: str, path: str, **body: Any) -> requests.Response:
        url = self.servers[server].url + path
        return requests.request(method, url, timeout=TIMEOUT_S, **body)

    def samples(self) -> dict[str, str]:
        """The class of each sample."""
        found = self.send(0, "GET", "/samples?limit=500").json()["samples"]
        return {sample["sha256"]: sample["label"] for sample in found}

    def files(self) -> dict[str, str]:
        """The folder of each file among the training films."""
        folder = self.servers[0].folder / "retrain_data" / "pneumonia"
        return {path.stem: path.parent.name for path in folder.glob("*/*.png")}


@pytest.fixture(scope="module")
def both(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """For all tests, of which the last removes their records."""
    folder = tmp_path_factory.mktemp("both")
    # Nothing here is about compute processes: they would cost each server a second.
    patient = {"database_timeout_s": "60", "max_wait_ms": "60000", "compute": "threads"}
    with (
        server_process(tiny, folder, **patient) as first,
        another_server(first, **patient) as second,
    ):
        yield Both((first, second))


class TestOneWriter:
    def test_of_pairs_that_delete_and_relabel_nothing_comes_back_and_nothing_is_lost(
        self, both: Both
    ) -> None:
        contents = [images.noise(seed) for seed in range(PAIRS + 1)]
        hashes = [hashlib.sha256(content).hexdigest() for content in contents]
        upload = [("files", content) for content in contents]
        both.send(0, "POST", "/upload-data", data={"label": "Normal"}, files=upload)
        assert len(both.samples()) == PAIRS + 1
        doomed, survivor = hashes[:-1], hashes[-1]
        asked = [("DELETE", h) for h in doomed] + [("PATCH", h) for h in (*doomed, survivor)]
        random.Random(1).shuffle(asked)

        def ask(number: int) -> tuple[str, int]:
            method, sha256 = asked[number]
            body = {"json": {"label": "COVID-19"}} if method == "PATCH" else {}
            response = both.send(number % 2, method, f"/samples/{sha256}", **body)
            return method, response.status_code

        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(ask, range(len(asked))))

        assert {status for method, status in results if method == "DELETE"} == {204}
        assert {status for method, status in results if method == "PATCH"} <= {200, 404}
        assert both.samples() == both.files() == {survivor: "COVID-19"}
        # A retraining looks at the folder first.
        both.send(1, "POST", "/retrain")
        assert both.samples() == both.files() == {survivor: "COVID-19"}

    def test_one_image_sent_to_both_at_once_is_stored_once(self, both: Both) -> None:
        content, before = images.png(1), both.files()

        def send(number: int) -> Any:
            label = ("Normal", "COVID-19")[number // 2 % 2]
            return both.send(
                number % 2,
                "POST",
                "/upload-data",
                data={"label": label},
                files=[("files", content)],
            ).json()

        with ThreadPoolExecutor(8) as pool:
            memory_budget = list(pool.map(send, range(12)))

        assert sum(body["stored"] for body in memory_budget) == 1
        assert sum(body["conflict"] for body in memory_budget) == 6
        assert both.samples() == both.files()
        assert len(both.files()) == len(before) + 1

    def test_the_records_removed_under_both_make_both_refuse(self, both: Both) -> None:
        state = both.servers[0].folder / "state"
        state.rename(state.with_name("elsewhere"))

        for server in (0, 1):
            assert both.send(server, "GET", "/health/ready").status_code == 507
            image = {"file": images.png()}
            assert both.send(server, "POST", "/predict", files=image).status_code == 507
            assert both.send(server, "GET", "/health/live").status_code == 200
