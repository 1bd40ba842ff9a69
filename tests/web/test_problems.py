"""Every error is a problem, and says no more than it should."""

import inspect

import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from api import errors
from api.errors import AppError, JobAlreadyRunning, Overloaded
from api.main import create_app
from api.settings import Settings
from api.web import problems
from api.web.problem_types import STATUSES, TITLES
from tests.web.response_checks import problem

ERRORS = [
    value
    for _, value in inspect.getmembers(errors, inspect.isclass)
    if issubclass(value, AppError) and value is not AppError
]


def made(kind: type[AppError]) -> AppError:
    if issubclass(kind, JobAlreadyRunning):
        return kind("Something is wrong.", job_id="abc", task="pneumonia")
    if issubclass(kind, Overloaded):
        return kind("Something is wrong.", retry_after_s=3)
    return kind("Something is wrong.")


class TestTheTable:
    @pytest.mark.parametrize("kind", ERRORS)
    def test_every_error_has_a_status(self, kind: type[AppError]) -> None:
        assert 400 <= STATUSES[kind] < 600

    def test_it_holds_nothing_else(self) -> None:
        assert set(STATUSES) == set(ERRORS)
        assert set(TITLES) <= set(ERRORS)

    @pytest.mark.parametrize("kind", ERRORS)
    def test_every_error_becomes_its_problem(self, kind: type[AppError]) -> None:
        app = FastAPI()
        problems.install(app)

        @app.get("/raise")
        def fail() -> None:
            raise made(kind)

        response = TestClient(app, raise_server_exceptions=False).get("/raise")

        problem(response, STATUSES[kind], "Something is wrong.")
        assert ("Retry-After" in response.headers) == (STATUSES[kind] in {429, 503})


class TestTheUnexpected:
    def test_its_text_stays_in_the_log(
        self, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        app = create_app(settings)

        @app.get("/boom")
        def boom(request: Request) -> None:
            raise RuntimeError("the password is hunter2")

        with TestClient(app, raise_server_exceptions=False) as client:
            response = client.get("/boom")
            (stored,) = client.get("/status/activity").json()["errors"]

        body = problem(response, 500, "request id")
        assert body["request_id"] in body["detail"]
        assert "hunter2" not in response.text
        assert "RuntimeError" not in response.text
        assert stored["request_id"] == body["request_id"]
        assert "hunter2" in caplog.text


class TestUnknownPlaces:
    @pytest.mark.parametrize("path", ["/nothing", "/models/v1/other", "/%2e%2e/etc"])
    def test_an_unknown_route_is_a_problem(self, shared_client: TestClient, path: str) -> None:
        problem(shared_client.get(path), 404, "/docs lists what there is")

    @pytest.mark.parametrize(
        ("method", "path"),
        [("GET", "/predict"), ("DELETE", "/predict"), ("PUT", "/status"), ("POST", "/models")],
    )
    def test_a_method_that_is_not_there_is_a_problem(
        self, shared_client: TestClient, method: str, path: str
    ) -> None:
        response = shared_client.request(method, path)

        problem(response, 405, f"{method} is not possible here")
        assert response.headers["Allow"]

    def test_each_request_has_an_id_of_its_own(self, shared_client: TestClient) -> None:
        ids = {shared_client.get("/nothing").headers["X-Request-ID"] for _ in range(3)}

        assert len(ids) == 3

    def test_a_request_id_from_outside_is_not_taken_over(self, shared_client: TestClient) -> None:
        response = shared_client.get("/health/live", headers={"X-Request-ID": "forged\tid"})

        assert response.headers["X-Request-ID"] != "forged\tid"
