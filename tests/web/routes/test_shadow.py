"""A version in shadow over HTTP: it is asked about live films, and what it says is shown."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.model_card.card_file import read_card, write_card
from api.registry.store import card_path
from tests.support import images
from tests.support.waiting import wait_until
from tests.web.response_checks import answer, problem
from tests.web.routes.model_versions import BECAUSE

IMAGES = 6


def other_thresholds(weights: Path) -> None:
    """The version answers everything as positive, and refers nothing."""
    card = read_card(card_path(weights))
    points = {
        name: point.model_copy(update={"threshold": 0.0})
        for name, point in card.operating_points.items()
    }
    changed = {"operating_points": points, "refer": None, "outliers": None, "acquisition": None}
    write_card(card_path(weights), card.model_copy(update=changed))


def report(client: TestClient, version: str = "v2", **params: int) -> dict[str, Any]:
    found: dict[str, Any] = answer(client.get(f"/models/{version}/shadow", params=params))
    return found


def send(client: TestClient, n: int = IMAGES) -> list[dict[str, Any]]:
    return [answer(client.post("/predict", files={"file": images.png(seed)})) for seed in range(n)]


def asked(client: TestClient, n: int) -> Callable[[], bool]:
    return lambda: report(client)["n"] == n


@pytest.mark.usefixtures("second")
class TestRequests:
    def test_the_same_weights_agree_about_every_image(self, client: TestClient) -> None:
        started = answer(client.post("/models/v2/shadow"))
        assert (started["is_running"], started["started_by"], started["n"]) == (True, "local", 0)
        assert (started["agreement"], started["kappa"], started["cost"]) == (None, None, None)

        send(client)
        wait_until(asked(client, IMAGES), "the version was asked about every film")

        found = report(client)
        assert (found["agreement"], found["label_agreement"]) == (1.0, 1.0)
        assert found["disagreements"] == []
        assert (found["dropped"], found["failed"], found["answered_by"]) == (0, 0, ["v1"])
        assert found["cost"] > 0
        low, high = found["agreement_interval"]
        assert low < high == 1.0

    def test_a_batch_is_handed_on_too(self, client: TestClient) -> None:
        answer(client.post("/models/v2/shadow"))
        files = [("files", (f"{seed}.png", images.png(seed))) for seed in range(4)]

        answer(client.post("/predict/batch", files=files))

        wait_until(asked(client, 4), "the batch's films were handed on")

    def test_disagreements_lead_to_the_answers_the_worst_first(
        self, client: TestClient, second: Path
    ) -> None:
        other_thresholds(second)
        answer(client.post("/models/v2/shadow"))

        given = {each["id"]: each for each in send(client)}
        wait_until(asked(client, IMAGES), "the version was asked about every film")

        found = report(client)
        assert {pair["shadow"] for pair in found["decisions"]} == {"positive"}
        assert sum(pair["n"] for pair in found["decisions"]) == IMAGES
        differ = [each for each in given.values() if each["decision"] != "positive"]
        assert len(found["disagreements"]) == len(differ) > 0
        for each in found["disagreements"]:
            stored = answer(client.get(each["prediction"]))
            assert stored["decision"] == each["answer"]["decision"] != each["shadow"]["decision"]
            assert stored["score"] == each["answer"]["score"] == each["shadow"]["score"]
        referred = [each["answer"]["decision"] == "refer" for each in found["disagreements"]]
        assert referred == sorted(referred)
        assert report(client, limit=0)["disagreements"] == []

    def test_a_version_that_reads_images_otherwise_gets_the_file(
        self, client: TestClient, second: Path
    ) -> None:
        card = read_card(card_path(second))
        quality = card.quality.model_copy(update={"max_aspect": card.quality.max_aspect + 1})
        write_card(card_path(second), card.model_copy(update={"quality": quality}))
        answer(client.post("/models/v2/shadow"))

        send(client, 2)

        wait_until(asked(client, 2), "the files were handed on")
        assert report(client)["agreement"] == 1.0


@pytest.mark.usefixtures("second")
class TestStartAndStop:
    def test_it_ends_and_its_answers_stay(self, client: TestClient) -> None:
        answer(client.post("/models/v2/shadow"))
        send(client, 1)
        wait_until(asked(client, 1), "the film was handed on")

        ended = answer(client.delete("/models/v2/shadow"))
        send(client, 1)

        assert (ended["is_running"], ended["n"]) == (False, 1)
        assert ended["stopped_at"] is not None
        assert report(client)["n"] == 1

    def test_to_begin_twice_is_to_begin_once(self, client: TestClient) -> None:
        first = answer(client.post("/models/v2/shadow"))

        assert answer(client.post("/models/v2/shadow"))["started_at"] == first["started_at"]

    def test_the_champion_and_a_second_version_are_refused(
        self, client: TestClient, second: Path
    ) -> None:
        third = second.parent.parent / "v3"
        third.mkdir()
        for file in second.parent.iterdir():
            (third / file.name).write_bytes(file.read_bytes())
        card = read_card(card_path(second))
        write_card(card_path(third / second.name), card.model_copy(update={"version": "v3"}))
        answer(client.post("/models/v2/shadow"))

        assert "is the champion" in problem(client.post("/models/v1/shadow"), 409)["detail"]
        other = problem(client.post("/models/v3/shadow"), 409)["detail"]
        assert "DELETE /models/v2/shadow" in other
        assert "does not run" in problem(client.delete("/models/v3/shadow"), 409)["detail"]

    def test_a_version_that_is_not_there_is_not_found(self, client: TestClient) -> None:
        for method in ("POST", "GET", "DELETE"):
            problem(client.request(method, "/models/v9/shadow"), 404)

    def test_one_that_never_ran_says_so(self, client: TestClient) -> None:
        found = report(client)

        assert (found["started_at"], found["is_running"], found["n"]) == (None, False, 0)

    def test_a_damaged_version_is_refused_and_does_not_begin(
        self, client: TestClient, second: Path
    ) -> None:
        second.write_bytes(second.read_bytes()[:-10])

        problem(client.post("/models/v2/shadow"), 409)

        assert report(client)["is_running"] is False

    def test_promotion_ends_it(self, client: TestClient) -> None:
        answer(client.post("/models/v2/shadow"))

        answer(client.post("/models/v2/promote", json=BECAUSE))

        wait_until(lambda: not report(client)["is_running"], "the promoted version left the shadow")
