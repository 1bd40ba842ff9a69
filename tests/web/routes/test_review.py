"""Feedback on answers, the queue of those worth a look, and the films that were kept."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update
from starlette.requests import Request
from starlette.testclient import TestClient

from api.accounts.principal import LOCAL, Principal
from api.accounts.rights import Right
from api.clock import now
from api.main import create_app
from api.records.answers import feedback, predictions
from api.records.answers.feedback import FeedbackRecord
from api.records.database import writing
from api.records.tables import predictions as prediction_rows
from api.samples.curation import relabel
from api.services import Services
from api.settings import Settings
from api.web.principals import PRINCIPAL
from api.web.responses.stored_answers.shown import is_known_to
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


def predicted(client: TestClient, seed: int = 1, source: str | None = None) -> Any:
    file = {"file": ("film.png", images.png(seed))}
    named = {"source": source} if source else {}
    return answer(client.post("/predict", files=file, params=named))


def give_feedback(client: TestClient, prediction: Any, **body: str | bool) -> Any:
    return client.post(f"/predictions/{prediction['id']}/feedback", json=body)


def as_reader(client: TestClient, name: str, prediction: Any, label: str, **more: Any) -> None:
    """Somebody else says something; accounts and their log-in have tests of their own."""
    services = client.app.state.services  # type: ignore[attr-defined]
    word = FeedbackRecord(prediction["id"], now(), label, "", given_by=name, **more)
    feedback.add(services.records.database, word, task="pneumonia")


class TestFeedback:
    def test_by_default_the_word_is_kept_and_the_image_is_not(self, client: TestClient) -> None:
        prediction = predicted(client)

        feedback = answer(give_feedback(client, prediction, label="normal", remark="clear"), 201)

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

        feedback = answer(give_feedback(client, prediction, label="abnormal"), 201)

        assert feedback["label"] == "finding"
        assert feedback["agrees"] == (prediction["label"] != "Normal")

    def test_a_kept_image_becomes_a_sample_with_where_it_came_from(
        self, keeping: TestClient
    ) -> None:
        prediction = predicted(keeping, source="St. Anna")

        feedback = answer(give_feedback(keeping, prediction, label="COVID-19"), 201)

        assert feedback["sample"]["outcome"] == "stored"
        sample = answer(keeping.get(f"/samples/{feedback['sample']['sha256']}"))
        assert (sample["label"], sample["origin"]) == ("COVID-19", "feedback")
        # So that a retraining can learn what is so at that site.
        assert sample["source"] == "St. Anna"
        assert keeping.get(f"/predictions/{prediction['id']}/film.png").status_code == 200
        problem(keeping.get(f"/predictions/{prediction['id']}/row"), 404, "no named numbers")

    def test_a_second_word_with_another_class_is_a_conflict(self, keeping: TestClient) -> None:
        answer(give_feedback(keeping, predicted(keeping), label="COVID-19"), 201)

        feedback = answer(give_feedback(keeping, predicted(keeping), label="Normal"), 201)

        assert feedback["sample"]["outcome"] == "conflict"

    def test_whoever_asks_for_an_answer_finds_their_own_newest_word_alone(
        self, client: TestClient
    ) -> None:
        prediction = predicted(client)
        path = f"/predictions/{prediction['id']}"
        as_reader(client, "anna", prediction, "COVID-19")
        assert "feedback" not in answer(client.get(path))
        for label in ("COVID-19", "Normal"):
            answer(give_feedback(client, prediction, label=label, remark="Read again."), 201)

        own = answer(client.get(path))["feedback"]

        assert (own["label"], own["remark"], own["sample"]) == ("Normal", "Read again.", None)
        assert own["agrees"] == (prediction["label"] == "Normal")
        answer(client.delete(f"{path}/feedback"))
        assert answer(client.get(path))["feedback"]["label"] == "COVID-19"

    def test_an_unknown_class_is_refused_with_those_there_are(self, client: TestClient) -> None:
        problem(
            give_feedback(client, predicted(client), label="Tumour"),
            422,
            "the classes are COVID-19",
        )

    def test_an_unknown_answer_is_refused(self, client: TestClient) -> None:
        problem(give_feedback(client, {"id": "none"}, label="Normal"), 404, "No prediction with id")

    @pytest.mark.parametrize("body", [{}, {"label": ""}, {"label": "Normal", "sure": "yes"}])
    def test_a_body_that_does_not_fit_is_refused(
        self, shared_client: TestClient, body: dict[str, str]
    ) -> None:
        problem(give_feedback(shared_client, predicted(shared_client), **body), 422)


class TestRepeatedFeedback:
    def test_a_reader_who_corrects_themselves_corrects_the_sample(
        self, keeping: TestClient
    ) -> None:
        prediction = predicted(keeping)
        first = answer(give_feedback(keeping, prediction, label="COVID-19"), 201)

        again = answer(give_feedback(keeping, prediction, label="Normal"), 201)

        assert again["sample"]["sha256"] == first["sample"]["sha256"]
        assert answer(keeping.get(f"/samples/{first['sample']['sha256']}"))["label"] == "Normal"

    def test_another_reader_who_disagrees_makes_the_sample_wait_for_a_decision(
        self, keeping: TestClient
    ) -> None:
        prediction = predicted(keeping)
        (sample,) = [
            answer(give_feedback(keeping, prediction, label="COVID-19"), 201)["sample"]["sha256"]
        ]
        as_reader(keeping, "bob", prediction, "Normal")

        outcome = answer(give_feedback(keeping, prediction, label="Normal"), 201)["sample"][
            "outcome"
        ]

        assert outcome == "conflict"
        assert answer(keeping.get(f"/samples/{sample}"))["disputed"] == "Normal"

    def test_a_word_that_is_taken_back_leaves_no_sample_and_the_image_waits_again(
        self, keeping: TestClient
    ) -> None:
        prediction = predicted(keeping)
        sample = answer(give_feedback(keeping, prediction, label="COVID-19"), 201)["sample"][
            "sha256"
        ]
        path = f"/predictions/{prediction['id']}/feedback"

        gone = answer(keeping.delete(path))

        assert (gone["label"], gone["sample"]) == ("COVID-19", sample)
        problem(keeping.get(f"/samples/{sample}"), 404, "No sample")
        assert answer(keeping.get("/review?kept=true"))["total"] == 1
        assert (
            answer(give_feedback(keeping, prediction, label="Normal"), 201)["sample"]["outcome"]
            == "stored"
        )

    def test_taking_back_a_correction_brings_the_former_class_back(
        self, keeping: TestClient
    ) -> None:
        prediction = predicted(keeping)
        sample = answer(give_feedback(keeping, prediction, label="COVID-19"), 201)["sample"][
            "sha256"
        ]
        answer(give_feedback(keeping, prediction, label="Normal"), 201)

        gone = answer(keeping.delete(f"/predictions/{prediction['id']}/feedback"))

        assert gone["sample"] is None
        assert answer(keeping.get(f"/samples/{sample}"))["label"] == "COVID-19"

    def test_a_disagreement_that_is_taken_back_ends_the_dispute(self, keeping: TestClient) -> None:
        prediction = predicted(keeping)
        sample = answer(give_feedback(keeping, prediction, label="COVID-19"), 201)["sample"][
            "sha256"
        ]
        as_reader(keeping, "ann", prediction, "COVID-19")
        answer(give_feedback(keeping, prediction, label="Normal"), 201)
        assert answer(keeping.get(f"/samples/{sample}"))["disputed"] == "Normal"

        answer(keeping.delete(f"/predictions/{prediction['id']}/feedback"))

        found = answer(keeping.get(f"/samples/{sample}"))
        assert (found["label"], found["disputed"]) == ("COVID-19", None)
        assert [change["what"] for change in found["history"]] == ["disputed", "agreed"]

    def test_one_that_somebody_else_shares_goes_on(self, keeping: TestClient) -> None:
        prediction = predicted(keeping)
        sample = answer(give_feedback(keeping, prediction, label="COVID-19"), 201)["sample"][
            "sha256"
        ]
        as_reader(keeping, "ann", prediction, "Normal")
        answer(give_feedback(keeping, prediction, label="Normal"), 201)

        answer(keeping.delete(f"/predictions/{prediction['id']}/feedback"))

        assert answer(keeping.get(f"/samples/{sample}"))["disputed"] == "Normal"

    def test_what_somebody_else_decided_is_not_taken_back_with_a_word(
        self, keeping: TestClient
    ) -> None:
        prediction = predicted(keeping)
        sample = answer(give_feedback(keeping, prediction, label="COVID-19"), 201)["sample"][
            "sha256"
        ]
        collection = keeping.app.state.services.storage.collection  # type: ignore[attr-defined]
        relabel(collection, sample, "Normal", remark="", by="curator")

        again = answer(give_feedback(keeping, prediction, label="COVID-19"), 201)
        for _ in range(2):
            answer(keeping.delete(f"/predictions/{prediction['id']}/feedback"))

        assert again["sample"]["outcome"] == "conflict"
        assert answer(keeping.get(f"/samples/{sample}"))["label"] == "Normal"

    def test_nothing_said_cannot_be_taken_back(self, client: TestClient) -> None:
        path = f"/predictions/{predicted(client)['id']}/feedback"

        problem(client.delete(path), 404, "has said nothing")


class TestTheQueue:
    def test_a_reason_and_a_site_narrow_it_down(self, client: TestClient) -> None:
        given = [predicted(client, seed) for seed in range(4)]
        client.post("/predict?source=ward+3", files={"file": ("film.png", images.png(9))})
        referred = [one["id"] for one in given if one["decision"] == "refer"]

        found = answer(client.get("/review?reason=referred"))

        assert set(referred) <= {item["id"] for item in found["items"]}
        assert all(
            item["prediction"]["decision"] == "refer" and item["why"] for item in found["items"]
        )
        assert answer(client.get("/review?source=ward+3"))["total"] == 1
        problem(client.get("/review?reason=boredom"), 422)

    def test_those_without_an_image_are_counted_and_can_be_left_out(
        self, client: TestClient
    ) -> None:
        predicted(client)

        queue = answer(client.get("/review?kept=true"))

        assert (queue["total"], queue["without_film"], queue["items"]) == (0, 1, [])

    def test_a_second_reader_gets_what_one_other_read_and_sees_no_answer_if_blinded(
        self, keeping: TestClient
    ) -> None:
        read, mine, unread = (predicted(keeping, seed) for seed in range(3))
        as_reader(keeping, "ann", read, "Normal")
        answer(give_feedback(keeping, mine, label="Normal"), 201)

        queue = answer(keeping.get("/review?reader=second&blinded=true"))

        (item,) = queue["items"]
        assert item["id"] == read["id"] != unread["id"]
        assert (item["prediction"], item["why"]) == (None, [])
        assert keeping.get(item["film"]).status_code == 200
        assert read["label"] not in json.dumps(queue)

    def test_readers_are_compared_with_each_other_and_with_the_model(
        self, client: TestClient
    ) -> None:
        for seed, (label, other) in enumerate(
            [("Normal", "Normal"), ("COVID-19", "COVID-19"), ("Normal", "finding")]
        ):
            prediction = predicted(client, seed)
            as_reader(client, "ann", prediction, label, blinded=True)
            answer(give_feedback(client, prediction, label=other, blinded=True), 201)

        pairs = answer(client.get("/review/agreement"))["pairs"]

        assert [(pair["first"], pair["second"]) for pair in pairs] == [
            ("ann", "local"), ("ann", "the model"), ("local", "the model"),
        ]  # fmt: skip
        assert (pairs[0]["films"], pairs[0]["blinded"]) == (3, 3)
        assert pairs[0]["finding"]["kappa"] == pytest.approx(0.4)
        # One of them named no class of the third.
        assert (pairs[0]["label"]["n"], pairs[0]["label"]["share"]) == (2, 1.0)

    def test_what_somebody_spoke_about_waits_no_longer(self, client: TestClient) -> None:
        first, second = predicted(client, 1), predicted(client, 2)
        assert answer(client.get("/review"))["total"] == 2

        answer(give_feedback(client, first, label="Normal"), 201)

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


class TestBlinded:
    """The server knows what it has shown, and to whom."""

    def test_after_the_answer_was_shown_no_word_is_blinded(self, client: TestClient) -> None:
        seen: dict[str, bool] = {}
        for seed, path in enumerate(
            ("/predictions/{id}", "/predictions/{id}/heatmap.png", "/predictions", "/review", "/")
        ):
            prediction = predicted(client, seed)
            client.get(path.format(id=prediction["id"]))
            answered = answer(give_feedback(client, prediction, label="Normal", blinded=True), 201)
            seen[path] = not answered["blinded"]

        assert seen.pop("/") is False
        assert all(seen.values()), seen

    def test_a_hidden_answer_stays_hidden_until_the_first_word(self, keeping: TestClient) -> None:
        prediction = predicted(keeping)
        answer(keeping.get("/review?blinded=true"))
        assert keeping.get(f"/predictions/{prediction['id']}/film.png").status_code == 200

        first = answer(give_feedback(keeping, prediction, label="Normal", blinded=True), 201)
        answer(keeping.delete(f"/predictions/{prediction['id']}/feedback"))
        again = answer(give_feedback(keeping, prediction, label="COVID-19", blinded=True), 201)

        # The reply to the first one said whether the model agrees.
        assert (first["blinded"], again["blinded"]) == (True, False)

    def test_it_is_about_the_image_whichever_answer_was_shown(self, client: TestClient) -> None:
        shown, same, other = predicted(client, 1), predicted(client, 1), predicted(client, 2)
        answer(client.get(f"/predictions/{shown['id']}"))

        words = [
            answer(give_feedback(client, each, label="Normal", blinded=True), 201)
            for each in (same, other)
        ]

        assert [word["blinded"] for word in words] == [False, True]

    def test_it_is_remembered_while_another_answer_about_the_image_is_there(
        self, client: TestClient
    ) -> None:
        first, second = predicted(client, 7), predicted(client, 7)
        answer(client.get(f"/predictions/{first['id']}"))

        assert client.delete(f"/predictions/{first['id']}").status_code == 204

        assert not answer(give_feedback(client, second, label="Normal", blinded=True), 201)[
            "blinded"
        ]

    def test_whoever_sent_the_image_too_knows_an_answer_about_it(self, client: TestClient) -> None:
        theirs, ours = predicted(client, 8), predicted(client, 8)
        services: Services = client.app.state.services  # type: ignore[attr-defined]
        database = services.records.database
        with writing(database) as connection:
            of_ann = update(prediction_rows).where(prediction_rows.c.id == ours["id"])
            connection.execute(of_ann.values(actor="ann"))
        record = predictions.get(database, theirs["id"], task="pneumonia")

        for name, knows in (("ann", True), ("bob", False)):
            reader = Principal(name, "user", frozenset({Right.LABEL}))
            asked = Request({"type": "http", PRINCIPAL: reader})
            assert is_known_to(asked, services, record) is knows

    def test_it_is_forgotten_with_the_answer(self, client: TestClient) -> None:
        prediction = predicted(client)
        answer(client.get(f"/predictions/{prediction['id']}"))
        services: Services = client.app.state.services  # type: ignore[attr-defined]
        record = predictions.get(services.records.database, prediction["id"], task="pneumonia")
        asked = Request({"type": "http", PRINCIPAL: LOCAL})
        assert is_known_to(asked, services, record)

        assert client.delete(f"/predictions/{prediction['id']}").status_code == 204

        assert not is_known_to(asked, services, record)

    def test_whoever_sent_the_image_has_seen_its_answer(self, client: TestClient) -> None:
        prediction = predicted(client)
        services: Services = client.app.state.services  # type: ignore[attr-defined]
        stored = predictions.get(services.records.database, prediction["id"], task="pneumonia")
        by_ann = replace(stored, actor="ann")

        def knows(name: str) -> bool:
            asks = Principal(name, "user", frozenset(Right))
            return is_known_to(Request({"type": "http", PRINCIPAL: asks}), services, by_ann)

        assert knows("ann")
        assert not knows("ben")
