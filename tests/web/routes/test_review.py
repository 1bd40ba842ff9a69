"""Feedback on answers, the queue of those worth a look, and the films that were kept."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.support import images
from tests.support.waiting import wait_until_ready
from tests.web.response_checks import answer, problem


@pytest.fixture
def keeping(settings: Settings) -> Iterator[TestClient]:
    """A server that keeps every film."""
    app = create_app(settings.model_copy(update={"keep_images": "all"}))
    with TestClient(app, raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield client


def predicted(client: TestClient, seed: int = 1) -> Any:
    return answer(client.post("/predict", files={"file": ("film.png", images.png(seed))}))


def say(client: TestClient, prediction: Any, **body: str) -> Any:
    return client.post(f"/predictions/{prediction['id']}/feedback", json=body)


class TestFeedback:
    def test_by_default_the_word_is_kept_and_the_image_is_not(self, client: TestClient) -> None:
        prediction = predicted(client)

        feedback = answer(say(client, prediction, label="normal", remark="clear"), 201)

        assert (feedback["label"], feedback["remark"], feedback["sample"]) == (
            "Normal",
            "clear",
            None,
        )
        assert feedback["agrees"] == (prediction["label"] == "Normal")
        assert answer(client.get("/samples"))["total"] == 0

    def test_a_finding_of_unknown_kind_agrees_with_an_answer_of_any_kind(
        self, client: TestClient
    ) -> None:
        prediction = predicted(client)

        feedback = answer(say(client, prediction, label="abnormal"), 201)

        assert feedback["label"] == "finding"
        assert feedback["agrees"] == (prediction["label"] != "Normal")

    def test_a_kept_image_becomes_a_sample_with_where_it_came_from(
        self, keeping: TestClient
    ) -> None:
        prediction = predicted(keeping)

        feedback = answer(say(keeping, prediction, label="COVID-19"), 201)

        assert feedback["sample"]["outcome"] == "stored"
        sample = answer(keeping.get(f"/samples/{feedback['sample']['sha256']}"))
        assert (sample["label"], sample["origin"]) == ("COVID-19", "feedback")
        problem(keeping.get(f"/predictions/{prediction['id']}/film.png"), 404, "was not kept")

    def test_a_second_word_with_another_class_is_a_conflict(self, keeping: TestClient) -> None:
        answer(say(keeping, predicted(keeping), label="COVID-19"), 201)

        feedback = answer(say(keeping, predicted(keeping), label="Normal"), 201)

        assert feedback["sample"]["outcome"] == "conflict"

    def test_an_unknown_class_is_refused_with_those_there_are(self, client: TestClient) -> None:
        problem(say(client, predicted(client), label="Tumour"), 422, "the classes are COVID-19")

    def test_an_unknown_answer_is_refused(self, client: TestClient) -> None:
        problem(say(client, {"id": "none"}, label="Normal"), 404, "No prediction with id")

    @pytest.mark.parametrize("body", [{}, {"label": ""}, {"label": "Normal", "sure": "yes"}])
    def test_a_body_that_does_not_fit_is_refused(
        self, client: TestClient, body: dict[str, str]
    ) -> None:
        problem(say(client, predicted(client), **body), 422)


class TestTheQueue:
    def test_what_somebody_spoke_about_waits_no_longer(self, client: TestClient) -> None:
        first, second = predicted(client, 1), predicted(client, 2)
        assert answer(client.get("/review"))["total"] == 2

        answer(say(client, first, label="Normal"), 201)

        queue = answer(client.get("/review"))
        assert [item["prediction"]["id"] for item in queue["items"]] == [second["id"]]
        assert queue["items"][0]["film"] is None

    def test_the_most_worth_comes_first_and_the_image_can_be_seen(
        self, keeping: TestClient
    ) -> None:
        for seed in range(4):
            predicted(keeping, seed)

        queue = answer(keeping.get("/review?limit=3"))

        worth = [item["priority"] for item in queue["items"]]
        assert worth == sorted(worth, reverse=True)
        assert (len(worth), queue["total"]) == (3, 4)
        picture = keeping.get(queue["items"][0]["film"])
        assert picture.headers["content-type"] == "image/png"
