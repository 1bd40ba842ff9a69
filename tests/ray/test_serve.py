"""The API on two nodes by Ray Serve: `deploy/ray/serve_app.py` as its documentation starts it."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

pytest.importorskip("ray", reason="make test-ray has it")

from benchmarks.cluster.serve_nodes import ServeNodes, serve_nodes, settings_of
from benchmarks.support.versions import add_version
from tests.deploy.nginx_process import API_NAME
from tests.support import images
from tests.support.waiting import wait_until

TIMEOUT_S = 300
HOST = {"Host": API_NAME}


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServeNodes]:
    """Two, on the same records; a replica takes two requests at once, and two wait at a proxy."""
    folder = tmp_path_factory.mktemp("serve")
    add_version(folder / "models" / "pneumonia" / "v2", "v2")
    shared = {"models_dir": f"{folder}/models", "compute_threads": "1", "champion": "records"}
    settings = [settings_of(folder) | shared | {"node": name} for name in ("one", "two")]
    with serve_nodes(settings, ongoing=2, queued=2) as nodes:
        yield nodes


def ask(port: int) -> requests.Response:
    return requests.post(
        f"http://127.0.0.1:{port}/predict",
        files={"file": images.png()},
        headers=HOST,
        timeout=TIMEOUT_S,
    )


class TestServe:
    def test_each_proxy_answers_with_one_request_id(self, nodes: ServeNodes) -> None:
        for port in nodes.ports:
            answer = ask(port)

            assert answer.status_code == 200, answer.text
            assert answer.json()["model_version"] == "v1"
            assert "," not in answer.headers["X-Request-ID"]

    def test_a_full_queue_is_a_problem_that_says_when_to_come_again(
        self, nodes: ServeNodes
    ) -> None:
        with ThreadPoolExecutor(40) as pool:
            answers = [*pool.map(lambda _: ask(nodes.ports[0]), range(40))]

        statuses = Counter(answer.status_code for answer in answers)
        assert statuses[200] > 0
        refused = [answer for answer in answers if answer.status_code == 503]
        assert refused
        for answer in refused:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert int(answer.headers["Retry-After"]) > 0
            assert "send the request again" in answer.json()["detail"]

    def test_a_new_champion_answers_on_each_node_without_a_deployment(
        self, nodes: ServeNodes
    ) -> None:
        url = f"http://127.0.0.1:{nodes.ports[0]}"
        promoted = requests.post(
            f"{url}/models/v2/promote", json={"reason": "r"}, headers=HOST, timeout=TIMEOUT_S
        )
        assert promoted.status_code == 200, promoted.text

        def versions() -> set[str]:
            return {ask(port).json()["model_version"] for port in nodes.ports}

        wait_until(lambda: versions() == {"v2"}, "both nodes follow", wait_limit_s=60)

    def test_a_node_that_is_killed_leaves_the_other_one_answering(self, nodes: ServeNodes) -> None:
        stop, seen = threading.Event(), Counter[int]()

        def send() -> None:
            while not stop.is_set():
                seen[ask(nodes.ports[0]).status_code] += 1

        thread = threading.Thread(target=send)
        thread.start()
        nodes.kill(head=False)
        before = seen[200]
        wait_until(
            lambda: seen[200] > before + 5, "the other node answered", wait_limit_s=TIMEOUT_S
        )
        stop.set()
        thread.join(timeout=TIMEOUT_S)

        assert set(seen) <= {200, 503}
