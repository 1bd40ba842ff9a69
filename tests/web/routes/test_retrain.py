"""`/retrain` over HTTP, with a trainer that is a process but learns nothing."""

import json
import time
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.jobs import trainer_process
from api.main import create_app
from api.records.retrainings import jobs
from api.serving.scheduling.latencies import MAX_REMEMBERED, MIN_IMAGES
from api.settings import Settings
from tests.support import images
from tests.support.waiting import wait_until, wait_until_ready
from tests.web.response_checks import answer, problem
from tests.web.routes.retrainings import events, trainer, upload, wait_for_state


class TestStarting:
    def test_a_job_is_accepted_and_can_be_watched(self, filled: TestClient) -> None:
        trainer(filled, "finish")

        response = filled.post("/retrain")

        job = answer(response, 202)
        assert response.headers["Location"] == job["url"] == f"/retrain/{job['id']}"
        assert job["state"] in {"queued", "running"}
        assert job["samples"]["Normal"] == 6
        assert (job["cause"], job["restarts"]) == ("by request", 0)
        wait_for_state(filled, job["url"], "promoted")
        assert answer(filled.get("/retrain"))["jobs"][0]["reason"] == "better"

    @pytest.mark.parametrize("counts", [(0, 0), (12, 0), (6, 5)])
    def test_too_few_images_are_refused_with_the_counts(
        self, client: TestClient, counts: tuple[int, int]
    ) -> None:
        for label, start, number in (("Normal", 0, counts[0]), ("COVID-19", 50, counts[1])):
            if number:
                upload(client, label, range(start, start + number))

        body = problem(client.post("/retrain"), 422, "at least 12 images of at least 2 classes")

        assert {entry["class"]: entry["images"] for entry in body["errors"]} == {
            "COVID-19": str(counts[1]),
            "Normal": str(counts[0]),
            "Pneumonia-Bacterial": "0",
            "Pneumonia-Viral": "0",
        }
        assert answer(client.get("/retrain"))["jobs"] == []

    def test_a_second_one_is_refused_with_the_firsts_address(self, filled: TestClient) -> None:
        trainer(filled, "work")
        job = answer(filled.post("/retrain"), 202)

        response = filled.post("/retrain")

        body = problem(response, 409, f"DELETE /retrain/{job['id']}")
        assert body["job"] == response.headers["Location"] == job["url"]
        assert answer(filled.get("/status"))["running_job"] == job["url"]


class TestByItself:
    def test_enough_new_samples_begin_one_and_only_one(self, settings: Settings) -> None:
        app = create_app(settings.model_copy(update={"retrain_after_samples": 12}))
        with TestClient(app, raise_server_exceptions=False) as client:
            trainer(client, "finish")
            upload(client, "Normal", range(6))
            assert answer(client.get("/retrain"))["jobs"] == []
            upload(client, "COVID-19", range(6, 12))

            wait_until(lambda: answer(client.get("/retrain"))["jobs"], "one began")

            (job,) = answer(client.get("/retrain"))["jobs"]
            assert job["cause"] == "12 new samples (a retraining begins after 12)"
            wait_for_state(client, job["url"], "promoted")
            upload(client, "Normal", range(12, 17))
            time.sleep(10 * settings.poll_interval_s)
            assert len(answer(client.get("/retrain"))["jobs"]) == 1

    def test_samples_of_one_class_wait_for_another(self, settings: Settings) -> None:
        app = create_app(settings.model_copy(update={"retrain_after_samples": 12}))
        with TestClient(app, raise_server_exceptions=False) as client:
            trainer(client, "finish")
            upload(client, "Normal", range(13))
            time.sleep(10 * settings.poll_interval_s)

            assert answer(client.get("/retrain"))["jobs"] == []


class TestWatching:
    def test_an_unknown_job_is_refused(self, client: TestClient) -> None:
        problem(client.get("/retrain/none"), 404, "No retraining with id 'none'")

    def test_a_stream_tells_every_change_until_the_end(self, filled: TestClient) -> None:
        trainer(filled, "finish")
        job = answer(filled.post("/retrain"), 202)

        response = filled.get(f"{job['url']}/events")

        assert response.headers["content-type"].startswith("text/event-stream")
        received = events(response.text)
        assert {event["event"] for event in received} == {"job"}
        states = [json.loads(event["data"])["state"] for event in received]
        assert states[-1] == "promoted"
        assert len({event["id"] for event in received}) == len(received)
        assert json.loads(received[-1]["data"]) == answer(filled.get(job["url"]))

    def test_a_stream_goes_on_where_it_broke_off(self, filled: TestClient) -> None:
        trainer(filled, "finish")
        job = answer(filled.post("/retrain"), 202)
        last = events(filled.get(f"{job['url']}/events").text)[-1]

        again = filled.get(f"{job['url']}/events", headers={"Last-Event-ID": last["id"]})
        other = filled.get(f"{job['url']}/events", headers={"Last-Event-ID": "older"})

        assert events(again.text) == []
        assert [event["id"] for event in events(other.text)] == [last["id"]]

    def test_a_stream_of_an_unknown_job_is_refused(self, client: TestClient) -> None:
        problem(client.get("/retrain/none/events"), 404, "No retraining with id 'none'")

    def test_a_server_that_is_stopped_ends_its_streams(self, filled: TestClient) -> None:
        trainer(filled, "work")
        job = answer(filled.post("/retrain"), 202)
        filled.app.state.services.serving.shutdown.set()  # type: ignore[attr-defined]

        assert events(filled.get(f"{job['url']}/events").text) == []

    def test_a_trainer_that_dies_is_noticed_with_the_reason(self, filled: TestClient) -> None:
        trainer(filled, "die")

        job = answer(filled.post("/retrain"), 202)
        wait_for_state(filled, job["url"], "interrupted")

        assert "signal 9" in answer(filled.get(job["url"]))["reason"]
        status = answer(filled.get("/status"))
        assert status["last_retrain_state"] == "interrupted"
        assert status["last_retrain_time"] is not None
        assert status["running_job"] is None


class TestStandingStill:
    """With a bound that no film keeps to."""

    @pytest.fixture
    def busy(self, settings: Settings) -> Iterator[TestClient]:
        app = create_app(settings.model_copy(update={"retrain_pause_p99_ms": 0.01}))
        with TestClient(app, raise_server_exceptions=False) as client:
            wait_until_ready(client)
            upload(client, "Normal", range(6))
            upload(client, "COVID-19", range(6, 12))
            trainer(client, "polite")
            for _ in range(MIN_IMAGES):
                answer(client.post("/predict", files={"file": images.png()}))
            yield client

    def wait_until_paused(self, busy: TestClient, url: str) -> None:
        def is_paused() -> bool:
            answer(busy.post("/predict", files={"file": images.png()}))
            return answer(busy.get(url))["paused"] is not None

        wait_until(is_paused, "it stood still")

    def test_a_retraining_stands_still_while_images_wait_and_goes_on_afterwards(
        self, busy: TestClient
    ) -> None:
        job = answer(busy.post("/retrain"), 202)
        assert (job["paused"], job["paused_seconds"]) == (None, 0)
        self.wait_until_paused(busy, job["url"])

        paused = answer(busy.get(job["url"]))
        assert paused["state"] == "running"
        assert "The server is busy" in paused["paused"]
        assert "the bound is 0.01 ms" in paused["paused"]

        latencies = busy.app.state.services.serving.latencies  # type: ignore[attr-defined]
        for _ in range(MAX_REMEMBERED):
            latencies.add(since=time.perf_counter())
        wait_until(lambda: answer(busy.get(job["url"]))["paused"] is None, "it went on")

        assert answer(busy.get(job["url"]))["paused_seconds"] >= 1
        assert answer(busy.delete(job["url"]))["state"] == "cancelled"

    def test_it_can_be_cancelled_meanwhile(self, busy: TestClient) -> None:
        job = answer(busy.post("/retrain"), 202)
        self.wait_until_paused(busy, job["url"])

        asked = time.monotonic()
        cancelled = answer(busy.delete(job["url"]))

        assert time.monotonic() - asked < 2
        assert (cancelled["state"], cancelled["paused"]) == ("cancelled", None)
        record = jobs.get(busy.app.state.services.records.database, job["id"], task="pneumonia")  # type: ignore[attr-defined]
        assert trainer_process.find(record) is None


class TestCancelling:
    def test_a_cancelled_job_stays_cancelled_and_the_next_may_start(
        self, filled: TestClient
    ) -> None:
        trainer(filled, "work")
        job = answer(filled.post("/retrain"), 202)

        assert answer(filled.delete(job["url"]))["state"] == "cancelled"

        problem(filled.delete(job["url"]), 409, "already ended (cancelled)")
        answer(filled.post("/retrain"), 202)

    def test_an_unknown_job_is_refused(self, client: TestClient) -> None:
        problem(client.delete("/retrain/none"), 404)
