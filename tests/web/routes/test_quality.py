"""Drift and quality of the answers that a running server has stored."""

from typing import Any

import numpy as np
from starlette.testclient import TestClient

from tests.monitoring.answers import Answers
from tests.support.waiting import wait_until
from tests.web.response_checks import answer, problem


def stored_by(client: TestClient) -> Answers:
    services: Any = client.app.state.services  # type: ignore[attr-defined]
    return Answers(services.records.database)


def drift(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = answer(client.get("/status/drift"))
    return found


class TestDrift:
    def test_it_is_looked_at_beside_requests(self, client: TestClient) -> None:
        before = drift(client)
        assert (before["model_version"], before["windows"], before["history"]) == (None, [], [])

        # All at once: after a look the next one is a minute away.
        stored_by(client).store(500, referred=np.repeat((0.1, 0.6), (300, 200)))
        wait_until(lambda: drift(client)["windows"] != [], "the answers were looked at")

        found = drift(client)
        assert (found["model_version"], found["drifted"]) == ("v1", True)
        assert "The 200 films of the window 'last 200' are referred" in found["reasons"][0]
        short = found["windows"][0]
        assert (short["window"], short["n"]) == ("last 200", 200)
        referrals = {figure["figure"]: figure for figure in short["figures"]}["referrals"]
        assert referrals["excess"] > 1
        assert referrals["here"]["refer"] > 0.5 > referrals["known"]["refer"]
        assert {point["figure"] for point in found["history"]} == {"classes", "referrals"}
        assert "no longer look" in str(answer(client.get("/status/quality"))["blanked"])

    def test_a_number_of_looks_that_is_none_is_refused(self, shared_client: TestClient) -> None:
        problem(shared_client.get("/status/drift?looks=0"), 422)


class TestQuality:
    def test_what_people_said_stands_beside_the_estimate(self, client: TestClient) -> None:
        prevalence = answer(client.get("/models/v1/card"))["prevalence"]
        ill = np.random.default_rng(0).random(80) < prevalence
        scores = np.where(ill, 0.97, 0.03)
        answers = stored_by(client)
        records = answers.store(80, scores=scores, prevalence=prevalence)
        answers.give_feedback(records[0], "COVID-19" if ill[0] else "Normal")

        found = answer(client.get("/status/quality"))

        assert (found["model_version"], found["n"], found["decided"]) == ("v1", 80, 80)
        assert found["blanked"] == []
        assert round(found["expected"]["accuracy"], 3) == 0.97
        assert found["realised"]["n"] == 1
        assert found["realised"]["accuracy"] == 1.0
