"""`/status` and `/health`."""

import os

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.serving.scheduling.latencies import MIN_IMAGES
from api.settings import Settings
from api.version import VERSION
from tests.support import images
from tests.support.damaged_database import damage_table
from tests.support.databases import only_champion_file, only_sqlite
from tests.support.locked_database import locked
from tests.support.waiting import wait_until
from tests.web.response_checks import answer, problem


class TestStatus:
    def test_a_fresh_service_is_healthy_and_has_done_nothing(
        self, client: TestClient, settings: Settings
    ) -> None:
        body = answer(client.get("/status"))

        assert body["uptime_seconds"] >= 0
        assert (body["num_predictions"], body["last_retrain_time"]) == (0, None)
        assert (body["model_version"], body["current_model_path"]) == ("v1", "models/default.h5")
        assert (body["task"], body["negative_class"]) == ("pneumonia", "Normal")
        assert list(body["classes"]) == list(body["samples"])
        assert list(body["coarse_labels"]) == ["finding"]
        assert (body["operating_point"], body["prevalence"]) == ("balanced", None)
        assert all(part["ok"] for part in body["health"].values())
        assert set(body["health"]) == {"records", "models", "training data", "model"}
        assert body["version"] == VERSION

    def test_it_says_how_answers_are_decided(self, settings: Settings) -> None:
        changed = settings.model_copy(update={"operating_point": "confirm", "prevalence": 0.2})
        with TestClient(create_app(changed)) as client:
            body = answer(client.get("/status"))

        assert (body["operating_point"], body["prevalence"]) == ("confirm", 0.2)

    def test_predictions_are_counted(self, client: TestClient) -> None:
        for seed in range(3):
            answer(client.post("/predict", files={"file": images.png(seed)}))
        problem(client.post("/predict", files={"file": b"text"}), 415)

        assert answer(client.get("/status"))["num_predictions"] == 3

    def test_this_worker_is_among_the_living_and_leaves_at_the_end(
        self, settings: Settings
    ) -> None:
        with TestClient(create_app(settings)) as first:
            (worker,) = answer(first.get("/status"))["workers"]
            with TestClient(create_app(settings)) as second:
                both = answer(first.get("/status"))["workers"]
                # A heart-beat may come between the two.
                seen_there = answer(second.get("/status"))["workers"]
            wait_until(
                lambda: len(answer(first.get("/status"))["workers"]) == 1, "the second had left"
            )

        assert worker["pid"] == os.getpid()
        assert len(both) == len(seen_there) == 2

    def test_each_worker_says_how_long_its_images_took_lately(self, client: TestClient) -> None:
        def p99_ms() -> float | None:
            (worker,) = answer(client.get("/status"))["workers"]
            reported: float | None = worker["p99_ms"]
            return reported

        assert p99_ms() is None
        for _ in range(MIN_IMAGES):
            answer(client.post("/predict", files={"file": images.png()}))
        problem(client.post("/predict", files={"file": b"text"}), 415)

        wait_until(lambda: p99_ms() is not None, "its heart-beat told")

    @only_champion_file
    def test_a_champion_whose_files_are_gone_is_told_of_and_the_old_one_goes_on(
        self, client: TestClient
    ) -> None:
        services = client.app.state.services  # type: ignore[attr-defined]
        services.storage.alias.move("v9", previous="v1", by="test", reason="r")

        wait_until(
            lambda: not answer(client.get("/status"))["health"]["model"]["ok"], "it was noticed"
        )

        body = answer(client.get("/status"))
        assert body["current_model_path"] is None
        assert "v9" in body["health"]["model"]["detail"]
        assert "v1 goes on serving" in body["health"]["model"]["detail"]
        answer(client.post("/predict", files={"file": images.png(1)}))

    def test_a_locked_database_does_not_keep_it_from_answering(self, client: TestClient) -> None:
        with locked(client.app.state.services.records.database):  # type: ignore[attr-defined]
            assert answer(client.get("/status"))["health"]["records"]["ok"]


class TestActivity:
    def test_the_windows_predictions_are_counted_by_class(self, client: TestClient) -> None:
        label = answer(client.post("/predict", files={"file": images.png()}))["label"]

        body = answer(client.get("/status/activity", params={"window_minutes": 5}))

        assert body["by_label"] == {label: 1}
        assert body["latency"]["p50_ms"] > 0
        assert body["errors"] == []
        assert sum(bucket["count"] for bucket in body["predictions"]) == 1
        (slice_,) = body["over_time"]
        assert (slice_["answers"], slice_["looked_at"], slice_["failed"]) == (1, 1, 0)
        assert slice_["p95_ms"] > 0
        # The first figures of a worker come with its first heart-beat.
        assert body["compute_processes"] >= 0

    @pytest.mark.parametrize("minutes", ["0", "-5", "44641", "x"])
    def test_a_window_out_of_range_is_refused(
        self, shared_client: TestClient, minutes: str
    ) -> None:
        problem(shared_client.get("/status/activity", params={"window_minutes": minutes}), 422)


class TestHealth:
    def test_it_is_not_ready_while_answers_cannot_be_kept(self, client: TestClient) -> None:
        """Nor after one was refused for that: until the next heart-beat is written."""
        services = client.app.state.services  # type: ignore[attr-defined]
        with locked(services.records.database):
            problem(client.post("/predict", files={"file": images.png()}), 503)

            problem(client.get("/health/ready"), 503, "try again in a moment")
            answer(client.get("/health/live"))

        wait_until(lambda: client.get("/health/ready").status_code == 200, "it was ready again")

    @only_sqlite
    def test_it_is_not_ready_while_only_answers_cannot_be_kept(
        self, client: TestClient, settings: Settings
    ) -> None:
        """The heart-beat goes on in a table that is sound."""
        services = client.app.state.services  # type: ignore[attr-defined]
        sound = damage_table(services.records.database, "predictions")
        services.records.database.dispose()
        problem(client.post("/predict", files={"file": images.png()}), 507, "damaged")
        noted = services.records.write_health.predictions
        problem(client.get("/health/ready"), 507, "damaged")

        wait_until(
            lambda: services.records.write_health.predictions is not noted,
            "the next heart-beat came",
        )

        problem(client.get("/health/ready"), 507, "damaged")
        (settings.state_dir / "roentgen.db").write_bytes(sound)
        services.records.database.dispose()
        wait_until(lambda: client.get("/health/ready").status_code == 200, "it was ready again")
        answer(client.post("/predict", files={"file": images.png()}))

    def test_it_is_not_ready_while_it_is_being_stopped(self, client: TestClient) -> None:
        client.app.state.services.serving.shutdown.set()  # type: ignore[attr-defined]

        problem(client.get("/health/ready"), 503, "being stopped")
        answer(client.get("/health/live"))

    def test_it_is_alive_and_ready(self, client: TestClient) -> None:
        assert answer(client.get("/health/live")) == {"status": "alive"}
        body = answer(client.get("/health/ready"))
        assert (body["status"], body["model_version"]) == ("ready", "v1")
        assert body["inference_ms"] > 0

    def test_an_answer_of_not_yet_is_no_failure_to_look_into(self, settings: Settings) -> None:
        settings.default_model.unlink()

        with TestClient(create_app(settings)) as client:
            problem(client.get("/health/ready"), 503)

            assert answer(client.get("/status/activity"))["errors"] == []
