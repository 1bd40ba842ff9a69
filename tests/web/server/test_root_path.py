"""Behind a proxy that puts the server below a path, the addresses that it gives lead back to it."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.support import images
from tests.support.waiting import wait_until
from tests.web.response_checks import answer, problem

ROOT = "/xray"


@pytest.fixture
def below(settings: Settings) -> Iterator[TestClient]:
    """A client that asks as Uvicorn's `--root-path` passes it on: root and path together."""
    app = create_app(
        settings.model_copy(update={"keep_images": "all", "max_upload_bytes": 2_000_000})
    )
    with TestClient(app, root_path=ROOT, raise_server_exceptions=False) as client:
        wait_until(lambda: client.get(ROOT + "/health/ready").is_success, "it was ready")
        yield client


def addresses_in(value: Any) -> list[str]:
    """Every string in it that looks like a path."""
    if isinstance(value, dict):
        return [each for inner in value.values() for each in addresses_in(inner)]
    if isinstance(value, list):
        return [each for inner in value for each in addresses_in(inner)]
    return [value] if isinstance(value, str) and value.startswith("/") else []


def upload(client: TestClient, count: int) -> Any:
    for label, first in (("Normal", 0), ("Pneumonia-Viral", 100)):
        files = [("files", (f"{n}.png", images.png(seed=first + n))) for n in range(count)]
        body = answer(client.post(ROOT + "/upload-data", data={"label": label}, files=files))
    return body


class TestAddresses:
    def test_those_of_an_answer_lead_back(self, below: TestClient) -> None:
        sent = below.post(ROOT + "/predict?explain=true", files={"file": ("a.png", images.png())})
        found = addresses_in(answer(sent))
        found += addresses_in(answer(below.get(ROOT + "/review")))
        sha256 = upload(below, 1)["files"][0]["sha256"]
        found += addresses_in(answer(below.get(f"{ROOT}/samples/{sha256}")))

        assert len(found) == 3
        for address in found:
            assert address.startswith(ROOT + "/")
            assert below.get(address).status_code == 200

    def test_those_of_a_job_do_too(self, below: TestClient) -> None:
        upload(below, 8)

        started = below.post(ROOT + "/retrain")
        refused = below.post(ROOT + "/retrain")
        status = answer(below.get(ROOT + "/status"))
        job = answer(started, 202)
        below.delete(job["url"])

        assert job["url"].startswith(ROOT + "/retrain/")
        assert started.headers["Location"] == refused.headers["Location"] == job["url"]
        assert refused.json()["job"] == status["running_job"] == job["url"]

    @pytest.mark.parametrize("page", ["/docs", "/redoc"])
    def test_a_page_loads_from_there(self, below: TestClient, page: str) -> None:
        text = below.get(ROOT + page).text

        assert f'"{ROOT}/docs/assets/' in text
        assert f"{ROOT}/openapi.json" in text


class TestLimits:
    def test_each_path_has_its_own_as_it_has_at_the_root(self, below: TestClient) -> None:
        files = {"files": ("a.png", bytes(3_100_000))}

        problem(below.post(ROOT + "/upload-data", files=files), 413, "3 MB")
