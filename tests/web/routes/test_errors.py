"""`GET /errors`: what nobody foresaw, in requests and in the background."""

import logging
from collections.abc import Iterator
from threading import Thread

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.support.locked_database import locked
from tests.support.waiting import wait_until, wait_until_ready
from tests.web.response_checks import answer, problem
from tests.web.routes.test_metrics import figure

PATIENT = "Doe_Jane_1970.png"


@pytest.fixture
def failing(settings: Settings) -> Iterator[TestClient]:
    """A server with a route that fails."""
    app = create_app(settings)

    @app.get("/broken/{name}")
    def broken(name: str) -> None:
        {}[name]  # type: ignore[index]

    with TestClient(app, raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield client


class TestRequests:
    def test_those_of_a_kind_are_one_row_that_names_the_newest_request(
        self, failing: TestClient
    ) -> None:
        ids = [problem(failing.get(f"/broken/{n}"), 500)["request_id"] for n in range(3)]

        (found,) = answer(failing.get("/errors"))["errors"]

        assert (found["type"], found["place"], found["count"]) == (
            "KeyError",
            "GET /broken/{name}",
            3,
        )
        assert found["request_id"] == ids[-1]
        assert found["first_at"] <= found["last_at"]
        assert "tests/web/routes/test_errors.py" in found["traceback"]

    def test_nothing_of_what_was_asked_is_kept(self, failing: TestClient) -> None:
        problem(failing.get(f"/broken/{PATIENT}"), 500)

        assert PATIENT not in failing.get("/errors").text

    def test_a_refusal_is_none(self, failing: TestClient) -> None:
        problem(failing.post("/predict", files={"file": b"text"}), 415)
        problem(failing.get("/predictions/none"), 404)

        assert answer(failing.get("/errors"))["errors"] == []

    def test_they_are_counted_for_metrics(self, failing: TestClient) -> None:
        assert figure(failing, "roentgen_unexpected_errors_total", place="request") == 0

        problem(failing.get("/broken/1"), 500)

        assert figure(failing, "roentgen_unexpected_errors_total", place="request") == 1
        assert figure(failing, "roentgen_unexpected_errors_total", place="background") == 0


class TestTheBackground:
    def test_a_thread_is_named(self, failing: TestClient) -> None:
        def fail() -> None:
            try:
                raise OSError(PATIENT)
            except OSError:
                logging.getLogger("api.worker").exception("background work failed")

        thread = Thread(target=fail, name="follow")
        thread.start()
        thread.join()

        (found,) = answer(failing.get("/errors"))["errors"]
        assert (found["type"], found["place"]) == ("OSError", "background: follow")
        assert found["request_id"] == "-"
        assert PATIENT not in found["traceback"]


class TestLockedRecords:
    def test_what_could_not_be_stored_is_stored_later(
        self, failing: TestClient, settings: Settings
    ) -> None:
        database = failing.app.state.services.records.database  # type: ignore[attr-defined]
        with locked(database):
            for number in range(2):
                failing.get(f"/broken/{number}")

        wait_until(lambda: failing.get("/errors").status_code == 200, "records could be written")
        (found,) = answer(failing.get("/errors"))["errors"]
        assert found["count"] == 2
