"""`GET /metrics`: what was counted is what was asked."""

from dataclasses import dataclass

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from api.main import create_app
from api.monitoring.metrics.definitions import METRICS
from api.settings import Settings
from tests.support import images
from tests.support.damaged_database import damage_table
from tests.support.databases import only_sqlite
from tests.support.promtool import promtool
from tests.web.response_checks import answer, problem


def page_of(client: TestClient) -> str:
    page = client.get("/metrics")
    assert page.status_code == 200, page.text
    return page.text


def figure_in(page: str, name: str, **labels: str) -> float:
    """The sum of a metric's figures that have these labels."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def figure(client: TestClient, name: str, **labels: str) -> float:
    """The same as it is now."""
    return figure_in(page_of(client), name, **labels)


@dataclass
class Since:
    """What was counted since it was made, by an application that others ask too."""

    client: TestClient
    before: str = ""

    def __post_init__(self) -> None:
        self.before = page_of(self.client)

    def figure(self, name: str, **labels: str) -> float:
        now = figure(self.client, name, **labels)
        return now - figure_in(self.before, name, **labels)

    def requests(self, **labels: str) -> float:
        return self.figure("roentgen_http_requests_total", **labels)


@pytest.fixture
def since(shared_client: TestClient) -> Since:
    return Since(shared_client)


class TestRequests:
    def test_each_is_counted_by_its_template_method_and_status(self, since: Since) -> None:
        client = since.client
        answer(client.post("/predict", files={"file": images.png(1)}))
        problem(client.post("/predict", files={"file": b"text"}), 415)
        problem(client.get("/predictions/abc"), 404)
        problem(client.get("/predictions/def"), 404)
        problem(client.get("/nothing/here"), 404)
        client.head("/health/live")
        problem(client.delete("/status"), 405)

        assert since.requests(route="/predict", method="POST", status="200") == 1
        assert since.requests(route="/predict", method="POST", status="415") == 1
        assert since.requests(route="/predictions/{prediction_id}", status="404") == 2
        assert since.requests(route="(unknown)", status="404") == 1
        assert since.requests(route="/health/live", method="HEAD", status="200") == 1
        assert since.requests(route="/status", method="DELETE", status="405") == 1

    def test_those_refused_before_a_route_is_found_have_it_too(self, since: Since) -> None:
        since.client.post("/predict", headers={"Content-Length": str(10**12)})

        assert since.requests(route="/predict", status="413") == 1

    def test_methods_that_nobody_knows_are_one(self, since: Since) -> None:
        for number in range(3):
            since.client.request(f"BREW{number}", "/status")

        assert since.requests(method="(other)") == 3

    def test_durations_are_there_for_each(self, since: Since) -> None:
        answer(since.client.post("/predict", files={"file": images.png(1)}))

        name = "roentgen_http_request_duration_seconds"
        assert since.figure(f"{name}_count", route="/predict") == 1
        assert since.figure(f"{name}_bucket", route="/predict", le="+Inf") == 1
        assert 0 < since.figure(f"{name}_sum", route="/predict") < 60

    def test_another_tasks_paths_are_the_same_route(self, since: Since) -> None:
        answer(since.client.get("/tasks/pneumonia/models"))

        assert since.requests(route="/models", status="200") == 1


class TestAnswers:
    def test_they_are_counted_by_task_version_decision_and_class(self, since: Since) -> None:
        given = [
            answer(since.client.post("/predict", files={"file": images.png(seed)}))
            for seed in range(4)
        ]

        total = "roentgen_predictions_total"
        assert since.figure(total, task="pneumonia", version="v1") == 4
        for each in given:
            labels = {name: each[name] for name in ("decision", "label")}
            expected = sum(labels.items() <= other.items() for other in given)
            assert since.figure(total, **labels) == expected
        causes = [cause for each in given for cause in each["causes"]]
        assert since.figure("roentgen_referrals_total") == len(causes)
        assert since.figure("roentgen_ood_score_count") == sum(
            each["unlikeness"] is not None for each in given
        )
        assert since.figure("roentgen_record_write_duration_seconds_count") >= 1
        assert figure(since.client, "roentgen_last_prediction_timestamp_seconds") > 1.7e9
        assert 'roentgen_referrals_total{cause="unlike",task="pneumonia"}' in page_of(since.client)


class TestTheRest:
    def test_samples_champion_workers_disk_and_build(self, client: TestClient) -> None:
        client.post("/upload-data", data={"label": "Normal"}, files={"files": images.png(5)})

        assert figure(client, "roentgen_samples", task="pneumonia", label="Normal") == 1
        assert figure(client, "roentgen_champion_info", task="pneumonia", version="v1") == 1
        assert figure(client, "roentgen_champion_swaps_total", task="pneumonia") == 0
        assert figure(client, "roentgen_workers", state="alive") == 1
        assert 0 <= figure(client, "roentgen_worker_heartbeat_age_seconds") < 60
        assert figure(client, "roentgen_process_resident_memory_bytes", process="worker") > 1e7
        assert figure(client, "roentgen_disk_free_bytes", folder="state") > 0
        assert figure(client, "roentgen_build_info") == 1
        assert figure(client, "roentgen_records_up") == 1
        # What has not happened is 0 and not missing.
        page = client.get("/metrics").text

        for series in (
            'roentgen_jobs_total{state="failed",task="pneumonia"} 0.0',
            'roentgen_gate_outcomes_total{outcome="kept",task="pneumonia"} 0.0',
            'roentgen_champion_swaps_total{kind="rollback",task="pneumonia"} 0.0',
            'roentgen_unexpected_errors_total{place="background"} 0.0',
            "roentgen_record_write_failures_total 0.0",
        ):
            assert series in page.splitlines()

    @only_sqlite
    def test_without_the_records_the_workers_figures_are_there(self, client: TestClient) -> None:
        answer(client.get("/status"))
        damage_table(client.app.state.services.records.database, "workers")  # type: ignore[attr-defined]

        assert figure(client, "roentgen_records_up") == 0
        requests = figure(client, "roentgen_http_requests_total", route="/status", status="200")
        assert requests == 1

    def test_it_can_be_switched_off(self, settings: Settings) -> None:
        app = create_app(settings.model_copy(update={"metrics": False}))
        with TestClient(app) as client:
            problem(client.get("/metrics"), 404, "ROENTGEN_METRICS")


class TestTheFormat:
    def test_promtool_finds_nothing_wrong(self, shared_client: TestClient) -> None:
        answer(shared_client.post("/predict", files={"file": images.png(1)}))

        promtool("check", "metrics", given=page_of(shared_client).encode())

    def test_openmetrics_is_given_where_it_is_asked_for(self, shared_client: TestClient) -> None:
        page = shared_client.get("/metrics", headers={"Accept": "application/openmetrics-text"})

        assert page.headers["content-type"].startswith("application/openmetrics-text")
        assert page.text.endswith("# EOF\n")

    def test_every_family_is_a_metric_of_the_list_with_its_labels(
        self, shared_client: TestClient
    ) -> None:
        answer(shared_client.post("/predict", files={"file": images.png(1)}))
        known = {metric.name: metric for metric in METRICS}

        page = shared_client.get("/metrics").text
        for family in text_string_to_metric_families(page):
            name = family.name + ("_total" if family.type == "counter" else "")
            metric = known[name]
            assert family.type == metric.kind
            for sample in family.samples:
                assert set(sample.labels) - {"le"} == set(metric.labels)
