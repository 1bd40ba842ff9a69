"""`HEAD` is answered where `GET` is."""

import pytest
from starlette.testclient import TestClient

from tests.support import images
from tests.web.response_checks import answer, predict

SAME = ("content-type", "content-length", "cache-control", "x-content-type-options")


class TestHead:
    @pytest.mark.parametrize(
        "path",
        [
            "/status",
            "/status/activity",
            "/health/live",
            "/health/ready",
            "/models",
            "/models/v1/card",
            "/models/v1/model.h5",
            "/predictions",
            "/samples",
            "/samples/export.zip",
            "/samples/summary",
            "/review",
            "/retrain",
            "/phantoms/Normal.png",
            "/docs",
            "/openapi.json",
            "/nothing",
            "/predict",
        ],
    )
    def test_it_has_the_headers_of_get_and_no_body(
        self, shared_client: TestClient, path: str
    ) -> None:
        got = shared_client.get(path)

        response = shared_client.head(path)

        assert (response.status_code, response.content) == (got.status_code, b"")
        for name in SAME:
            if path not in ("/status", "/health/ready", "/nothing", "/predict"):
                assert response.headers.get(name) == got.headers.get(name), name
        assert response.headers["X-Request-ID"]

    def test_it_does_not_wait_for_a_stream_to_end(self, shared_client: TestClient) -> None:
        for _ in range(6):
            name = "films.png"
            answer(
                shared_client.post(
                    "/upload-data",
                    data={"label": "Normal"},
                    files={"files": (name, images.png())},
                )
            )

        response = shared_client.head("/samples/export.zip")

        assert response.headers["content-type"] == "application/zip"
        assert response.content == b""

    def test_a_heat_map_has_it_too(self, shared_client: TestClient) -> None:
        found = answer(predict(shared_client, images.png()))

        response = shared_client.head(f"/predictions/{found['id']}/heatmap.png")

        assert (response.status_code, response.content) == (200, b"")
        assert response.headers["content-type"] == "image/png"
