"""`/retrain` with `ROENTGEN_RETRAIN_QUEUE`: one waits while another one runs."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.support.waiting import wait_until, wait_until_ready
from tests.web.response_checks import Documented, answer, problem
from tests.web.routes.retrainings import events, trainer, upload, wait_for_state


class TestWaiting:
    """With the setting that one may wait."""

    @pytest.fixture
    def patient(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"retrain_queue": True})

    @contextmanager
    def serving(self, patient: Settings, documented: Documented) -> Iterator[TestClient]:
        app = create_app(patient)
        with TestClient(app, raise_server_exceptions=False) as client:
            wait_until_ready(client)
            client.event_hooks = {"response": [documented]}
            upload(client, "Normal", range(6))
            upload(client, "COVID-19", range(6, 12))
            trainer(client, "work")
            yield client

    @pytest.fixture
    def filled(self, patient: Settings, documented: Documented) -> Iterator[TestClient]:
        with self.serving(patient, documented) as client:
            yield client

    def two(self, client: TestClient) -> tuple[str, str]:
        """Where one that runs, and one that waits for it, can be watched."""
        first = answer(client.post("/retrain"), 202)["url"]
        wait_for_state(client, first, "running")
        return first, answer(client.post("/retrain"), 202)["url"]

    def test_a_second_one_is_accepted_and_says_what_it_waits_for(self, filled: TestClient) -> None:
        first, second = self.two(filled)

        job = answer(filled.get(second))

        assert (job["state"], job["phase"], job["waiting_for"]) == ("queued", "waiting", first)
        assert (job["started_at"], job["cause"]) == (None, "by request")
        status = answer(filled.get("/status"))
        assert (status["running_job"], status["waiting_job"]) == (first, second)
        assert status["retrain_queue"] is True
        listed = answer(filled.get("/retrain"))["jobs"]
        assert [job["waiting_for"] for job in listed] == [first, None]

    def test_a_third_one_is_refused_with_the_seconds_address(self, filled: TestClient) -> None:
        _, second = self.two(filled)

        response = filled.post("/retrain")

        body = problem(response, 409, "another one waits")
        assert body["job"] == response.headers["Location"] == second

    def test_it_begins_when_the_first_has_ended(self, filled: TestClient) -> None:
        first, second = self.two(filled)

        answer(filled.delete(first))

        wait_for_state(filled, second, "running")
        assert answer(filled.get(second))["waiting_for"] is None
        status = answer(filled.get("/status"))
        assert (status["running_job"], status["waiting_job"]) == (second, None)

    def test_it_can_be_cancelled_while_it_waits(self, filled: TestClient) -> None:
        first, second = self.two(filled)

        assert answer(filled.delete(second))["state"] == "cancelled"

        assert answer(filled.get(first))["state"] == "running"
        received = events(filled.get(f"{second}/events").text)
        assert [json.loads(event["data"])["state"] for event in received] == ["cancelled"]
        answer(filled.post("/retrain"), 202)

    def test_of_two_workers_one_starts_it(self, filled: TestClient, patient: Settings) -> None:
        with TestClient(create_app(patient)) as other:
            trainer(other, "work")
            first, second = self.two(filled)

            answer(other.delete(first))

            wait_for_state(other, second, "running")
            time.sleep(10 * patient.poll_interval_s)
            owners = [
                client.app.state.services.training.supervisor._children  # type: ignore[attr-defined]
                for client in (filled, other)
            ]
            assert sum(second.rpartition("/")[2] in children for children in owners) == 1
            assert answer(other.get(second))["restarts"] == 0

    def test_images_that_came_while_it_waited_begin_no_third_one(
        self, patient: Settings, documented: Documented
    ) -> None:
        triggered = patient.model_copy(update={"retrain_after_samples": 12})
        with self.serving(triggered, documented) as client:
            wait_until(lambda: answer(client.get("/status"))["running_job"], "the first began")
            first = answer(client.get("/status"))["running_job"]
            second = answer(client.post("/retrain"), 202)
            assert second["waiting_for"] == first
            upload(client, "Normal", range(12, 24))
            trainer(client, "finish")

            answer(client.delete(first))

            wait_for_state(client, second["url"], "promoted")
            time.sleep(10 * patient.poll_interval_s)
            assert len(answer(client.get("/retrain"))["jobs"]) == 2

    def test_after_a_stop_of_the_server_the_next_one_starts_it(
        self, patient: Settings, documented: Documented
    ) -> None:
        with self.serving(patient, documented) as client:
            first, second = self.two(client)

        with TestClient(create_app(patient)) as following:
            wait_for_state(following, second, "running")

            assert answer(following.get(first))["state"] == "interrupted"
