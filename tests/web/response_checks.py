"""How a film is sent, and what every answer must be like, good or bad."""

import re
from typing import Any

import httpx2 as httpx
from starlette.testclient import TestClient

# A task's paths are documented as those of the default task.
OF_TASK = re.compile(r"^/tasks/[^/]+(?=/)")
PROBLEM_FIELDS = {"type", "title", "status", "detail", "instance", "request_id"}


def from_address(client: TestClient, host: str) -> TestClient:
    """Another client of an application that runs: one on a machine with this address."""
    other = TestClient(client.app, client=(host, 50000), raise_server_exceptions=False)
    other.portal = client.portal
    return other


def predict(client: TestClient, content: bytes, name: str = "film.png") -> httpx.Response:
    """Send it as a form does."""
    return client.post("/predict", files={"file": (name, content)})


def problem(response: httpx.Response, status: int, *words: str) -> dict[str, Any]:
    """The body of a problem, after checking that it is one and says `words`."""
    body: dict[str, Any] = response.json()
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert body.keys() >= PROBLEM_FIELDS
    assert body["status"] == status
    assert body["instance"] == response.request.url.path
    assert body["request_id"] == response.headers["X-Request-ID"]
    assert "Traceback" not in response.text
    assert ".py" not in body["detail"]
    for word in words:
        assert word in body["detail"], body["detail"]
    return body


def answer(response: httpx.Response, status: int = 200) -> Any:
    """The body of a good answer."""
    assert response.status_code == status, response.text
    assert response.headers["X-Request-ID"]
    return response.json()


class Documented:
    """A hook of the client: every status that is seen must be in the OpenAPI document."""

    def __init__(self, openapi: dict[str, Any]) -> None:
        self._routes = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operations)
            for path, operations in openapi["paths"].items()
        ]

    def __call__(self, response: httpx.Response) -> None:
        method = response.request.method.lower()
        statuses = self.statuses(method, response.request.url.path)
        if statuses and response.status_code != 400:
            assert str(response.status_code) in statuses, (
                f"{method} {response.request.url.path} answered {response.status_code}, "
                "which its documentation does not name"
            )

    def statuses(self, method: str, path: str) -> set[str]:
        """Of the first route that fits; none for an unknown route or method."""
        path, is_of_task = OF_TASK.subn("", path)
        for pattern, operations in self._routes:
            if pattern.fullmatch(path) and method in operations:
                # There may be no such task, or it has no model; the document's description says so.
                of_task = {"404", "503"} if is_of_task else set()
                return set(operations[method]["responses"]) | of_task
        return set()
