"""Web pages of other origins may not change anything."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from tests.conftest import settings_below
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.web.response_checks import answer, problem

UI = "https://ui.example"
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver.evil.example"},
    {"Origin": "http://testserver:8080"},
    # A page's own name that points here (DNS rebinding), and what no browser would send.
    {"Origin": "http://evil.example:8000", "Host": "evil.example:8000"},
    {"Origin": "http://["},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]
OWN: list[dict[str, str]] = [
    {},
    {"Origin": "http://localhost:8000", "Host": "localhost:8000"},
    {"Origin": "http://127.0.0.1:8000", "Host": "127.0.0.1:8000"},
    {"Origin": "http://[::1]:8000", "Host": "[::1]:8000"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
]


@pytest.fixture(scope="module")
def shared(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server whose settings allow one other origin."""
    folder = tmp_path_factory.mktemp("origins")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    settings = settings_below(folder, tiny).model_copy(update={"allowed_origins": (UI,)})
    with TestClient(create_app(settings)) as client:
        yield client


def stored(client: TestClient) -> tuple[object, ...]:
    """What a change would change."""
    status = answer(client.get("/status"))
    jobs = answer(client.get("/retrain"))["jobs"]
    return status["num_predictions"], status["samples"], status["model_version"], jobs


class TestForeignOrigins:
    @pytest.mark.parametrize("headers", FOREIGN, ids=str)
    def test_nothing_is_changed_for_them(
        self, shared_client: TestClient, headers: dict[str, str]
    ) -> None:
        before = stored(shared_client)

        upload = shared_client.post(
            "/upload-data", data={"label": "Normal"}, files={"files": images.png()}, headers=headers
        )
        problem(upload, 403, "ROENTGEN_ALLOWED_ORIGINS")
        problem(shared_client.post("/retrain", headers=headers), 403)
        problem(shared_client.post("/predict", files={"file": images.png()}, headers=headers), 403)
        problem(shared_client.delete("/retrain/x", headers=headers), 403)
        problem(shared_client.post("/models/rollback", headers=headers), 403)

        assert stored(shared_client) == before

    @pytest.mark.parametrize("headers", OWN, ids=str)
    def test_own_pages_and_scripts_may(
        self, shared_client: TestClient, headers: dict[str, str]
    ) -> None:
        answer(shared_client.post("/predict", files={"file": images.png()}, headers=headers))

    def test_reading_is_not_a_change(self, shared_client: TestClient) -> None:
        answer(shared_client.get("/status", headers=FOREIGN[0]))


class TestSharing:
    def test_by_default_no_origin_may_read_answers(self, shared_client: TestClient) -> None:
        response = shared_client.get("/status", headers={"Origin": UI})

        assert not [name for name in response.headers if name.startswith("access-control")]

    def test_an_allowed_origin_may_read_and_change(self, shared: TestClient) -> None:
        response = shared.post("/retrain", headers={"Origin": UI})

        problem(response, 422)
        assert response.headers["access-control-allow-origin"] == UI
        assert "X-Request-ID" in response.headers["access-control-expose-headers"]

    def test_it_may_read_every_header_that_the_document_names(self, shared: TestClient) -> None:
        paths = shared.get("/openapi.json").json()["paths"]
        named = {
            header
            for operations in paths.values()
            for operation in operations.values()
            for response in operation["responses"].values()
            for header in response.get("headers", {})
        }

        response = shared.get("/status", headers={"Origin": UI})

        exposed = response.headers["access-control-expose-headers"].split(", ")
        assert "X-Batch-Films" in named <= set(exposed)

    def test_it_may_use_every_method_that_there_is(self, shared: TestClient) -> None:
        paths = shared.get("/openapi.json").json()["paths"]
        methods = {method.upper() for operations in paths.values() for method in operations}

        assert methods >= {"GET", "POST", "PATCH", "DELETE"}
        for method in methods | {"HEAD"}:
            asked = {"Origin": UI, "Access-Control-Request-Method": method}
            response = shared.options("/samples/x", headers=asked)
            assert response.status_code == 200, method
            assert method in response.headers["access-control-allow-methods"]

    def test_an_allowed_origin_may_ask_first(self, shared: TestClient) -> None:
        response = shared.options(
            "/retrain/x", headers={"Origin": UI, "Access-Control-Request-Method": "DELETE"}
        )

        assert response.status_code == 200
        assert "DELETE" in response.headers["access-control-allow-methods"]

    def test_others_are_still_refused(self, shared: TestClient) -> None:
        response = shared.post("/retrain", headers=FOREIGN[0])

        problem(response, 403)
        assert "access-control-allow-origin" not in response.headers
