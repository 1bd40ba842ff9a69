"""Alerts over HTTP: seen, silenced, and what was sent."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.clock import now
from api.errors import InvalidAlertRules
from api.main import create_app
from api.settings import Settings
from tests.conftest import ready_client
from tests.monitoring.sending.receiver import Receiver, receiving
from tests.support.waiting import wait_until
from tests.web.response_checks import Documented, answer, problem

# Holds from the first look on.
RULES = """
[[alert]]
name = "some_disk"
when = "disk_free_bytes < 1e18"
clear = 1e19
for = "0s"
severity = "info"
says = "There is a disk"
do = "Nothing."
promql = "x"
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def client(settings: Settings, documented: Documented, receiver: Receiver) -> Iterator[TestClient]:
    file = settings.state_dir / "rules.toml"
    file.write_text(RULES)
    changes = {
        "alerts_file": str(file),
        "webhooks": (f"{receiver.url}/hook",),
        "webhook_secret": "0123456789abcdef",
        "notify": json.dumps([receiver.url.replace("http", "json", 1) + "/people"]),
    }
    with ready_client(settings.model_copy(update=changes), documented) as client:
        yield client


def alert(client: TestClient, name: str) -> dict[str, Any]:
    found = answer(client.get("/alerts"))["alerts"]
    return next(each for each in found if each["name"] == name)


def until(hours: float) -> str:
    return (now() + timedelta(hours=hours)).isoformat()


class TestAlerts:
    def test_what_fires_comes_first_and_was_sent(
        self, client: TestClient, receiver: Receiver
    ) -> None:
        wait_until(lambda: len(receiver.received) == 2, "both messages came")
        wait_until(lambda: _delivered(client) == [1, 1], "both were noted")

        body = answer(client.get("/alerts"))

        first = body["alerts"][0]
        assert (first["name"], first["status"], first["task"]) == ("some_disk", "firing", None)
        assert first["shown"].endswith(" GB")
        assert first["announced"]
        assert {each["status"] for each in body["alerts"]} >= {"firing", "ok"}
        assert all(each["is_configured"] for each in body["destinations"])
        names = {each["kind"]: each["name"] for each in body["destinations"]}
        assert "127.0.0.1" in names["webhook"]
        assert "127.0.0.1" not in names["notify"]
        messages = answer(client.get("/alerts/messages", params={"state": "delivered"}))["messages"]
        assert [(each["type"], each["attempts"]) for each in messages] == [("alarm", 1)] * 2
        assert answer(client.get("/alerts/messages?state=given_up"))["messages"] == []
        (fired,) = answer(client.get("/alerts/history?name=some_disk"))["changes"]
        assert (fired["kind"], fired["severity"]) == ("firing", "info")
        older = answer(client.get("/alerts/history", params={"before": fired["number"]}))
        assert older["changes"] == []


class TestSilence:
    def test_it_is_kept_with_who_and_why_and_can_be_ended(self, shared_client: TestClient) -> None:
        sent = {"until": until(4), "why": "known"}
        made = answer(shared_client.post("/alerts/stream_shift/silence", json=sent))

        assert (made["by"], made["why"], made["task"]) == ("local", "known", None)
        assert alert(shared_client, "stream_shift")["silence"] == made
        assert shared_client.delete("/alerts/stream_shift/silence").status_code == 204
        assert alert(shared_client, "stream_shift")["silence"] is None
        found = answer(shared_client.get("/alerts/history?name=stream_shift"))["changes"]
        assert [(c["kind"], c["by"], c["why"]) for c in found] == [
            ("unsilenced", "local", None), ("silenced", "local", "known"),
        ]  # fmt: skip
        problem(shared_client.delete("/alerts/stream_shift/silence"), 404, "is not silenced")

    def test_of_one_task_it_leaves_the_others(self, shared_client: TestClient) -> None:
        sent = {"until": until(4), "why": "known", "task": "pneumonia"}
        made = answer(shared_client.post("/alerts/referral_rate/silence", json=sent))

        assert made["task"] == "pneumonia"
        problem(shared_client.delete("/alerts/referral_rate/silence"), 404, "is not silenced")
        gone = shared_client.delete("/alerts/referral_rate/silence", params={"task": "pneumonia"})
        assert gone.status_code == 204

    def test_what_does_not_exist_is_named(self, shared_client: TestClient) -> None:
        sent = {"until": until(4), "why": "known"}

        problem(shared_client.post("/alerts/nothing/silence", json=sent), 404, "no alert 'nothing'")
        for name, task in (("stream_shift", "x"), ("disk_space", "pneumonia")):
            refused = shared_client.post(f"/alerts/{name}/silence", json=sent | {"task": task})
            problem(refused, 404, f"no alert '{name}' of a task '{task}'")

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"until": "2020-01-01T00:00:00Z"}, "has to be after now"),
            ({"until": "2999-01-01T00:00:00Z"}, "at most 30 days"),
            ({"until": "2999-01-01T00:00:00"}, "timezone"),
            ({"why": ""}, "at least 1 character"),
        ],
    )
    def test_nonsense_is_refused(
        self, shared_client: TestClient, fields: dict[str, str], sentence: str
    ) -> None:
        sent = {"until": until(4), "why": "known"} | fields

        problem(shared_client.post("/alerts/stream_shift/silence", json=sent), 422, sentence)


class TestTheStart:
    def test_rules_that_are_wrong_stop_it_with_a_sentence(self, settings: Settings) -> None:
        file = settings.state_dir / "rules.toml"
        file.write_text(RULES.replace("disk_free_bytes", "disk_free"))
        app = create_app(settings.model_copy(update={"alerts_file": str(file)}))

        sentence = "'some_disk', field 'when': there is no signal 'disk_free'"
        with pytest.raises(InvalidAlertRules, match=sentence), TestClient(app):
            pass


def _delivered(client: TestClient) -> list[int]:
    return [each["delivered"] for each in answer(client.get("/alerts"))["destinations"]]
