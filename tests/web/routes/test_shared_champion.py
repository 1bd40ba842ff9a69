"""A server whose champion is a row of the records, which another node moves too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.champions import open_alias
from api.records.database import open_database
from api.registry.champion import Alias
from api.settings import Settings
from api.web.middleware import champion_order
from tests.conftest import ready_client
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, add_version, damage
from tests.support.waiting import wait_until
from tests.web.response_checks import Documented, answer, problem
from tests.web.routes.model_versions import BECAUSE, serving


@pytest.fixture
def shared(settings: Settings) -> Settings:
    return settings.model_copy(update={"champion": "records", "node": "one"})


@pytest.fixture
def client(shared: Settings, documented: Documented, second: Path) -> Iterator[TestClient]:
    with ready_client(shared, documented) as client:
        yield client


@pytest.fixture
def another(shared: Settings) -> Iterator[Alias]:
    """The row, as another node has it."""
    engine: Engine = open_database(shared.records_url, timeout_s=5)
    yield open_alias(shared, shared.models_dir / "pneumonia", engine)
    engine.dispose()


def of_node(client: TestClient) -> dict[str, object]:
    (node,) = answer(client.get("/status"))["nodes"]
    return {name: node[name] for name in ("node", "state", "version", "sequence", "reason")}


class TestSharedChampion:
    def test_what_another_node_promotes_serves_here_in_its_order(
        self, client: TestClient, another: Alias, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert serving(client) == "v1"
        another.move("v2", by="another node", reason="r", previous="v1")

        image = {"file": images.png()}
        seen = client.post("/predict", files=image, headers={"X-Champion-At-Least": "1"})

        assert answer(seen)["model_version"] == "v2"
        assert seen.headers["X-Champion-Sequence"] == "1"
        wait_until(lambda: of_node(client)["sequence"] == 1, "the node said so")
        assert of_node(client) == {
            "node": "one", "state": "serving", "version": "v2", "sequence": 1, "reason": "",
        }  # fmt: skip
        assert answer(client.get("/status"))["champion_sequence"] == 1

        monkeypatch.setattr(champion_order, "WAIT_S", 0.1)
        ahead = client.post("/predict", files=image, headers={"X-Champion-At-Least": "2"})
        assert "another node may answer it" in problem(ahead, 503)["detail"]
        assert ahead.headers["Retry-After"]
        wrong = client.post("/predict", files=image, headers={"X-Champion-At-Least": "two"})
        assert "has to be a number" in problem(wrong, 422)["detail"]

    def test_one_that_cannot_serve_it_is_not_ready_and_says_why(
        self, client: TestClient, another: Alias, second: Path
    ) -> None:
        damage(second)
        another.move("v2", by="another node", reason="r", previous="v1")
        wait_until(lambda: client.get("/health/ready").status_code == 503, "it was out")

        assert "weights of 'v2'" in problem(client.get("/health/ready"), 503)["detail"]
        problem(client.post("/predict", files={"file": images.png()}), 503)
        wait_until(lambda: of_node(client)["state"] == "refused", "the node said so")
        assert "weights of 'v2'" in str(of_node(client)["reason"])

        assert client.post("/models/rollback").status_code == 200
        assert serving(client) == "v1"

    def test_what_was_promoted_as_a_file_goes_on_serving(
        self, shared: Settings, tiny: TinyCheckpoint, documented: Documented
    ) -> None:
        add_version(shared.models_dir, tiny, "v2")
        file = Alias(shared.models_dir / "pneumonia")
        file.move("v2", by="ann", reason="before there were nodes", previous="v1")

        with ready_client(shared, documented) as client:
            assert serving(client) == "v2"
            answer(client.post("/models/v1/promote", json=BECAUSE))
            history = answer(client.get("/models"))["history"]

        assert [move["reason"] for move in history][1:] == ["before there were nodes"]
        assert file.current() == "v2"
