"""Guided questions over HTTP: a talk from its start to its outcome, beside an image's answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.support import images
from tests.web.response_checks import answer, problem

CALM = {"struggling": "no", "colour": "no", "confused": "no", "crushing": "no"}


@pytest.fixture
def web(shared_client: TestClient) -> TestClient:
    return shared_client


def begun(client: TestClient, topic: str = "breast", **body: str) -> Any:
    return answer(client.post(f"/intake/{topic}", json=body), 201)


def reply(client: TestClient, intake: Any, question: str, value: object) -> Any:
    return client.post(intake["url"], json={"question": question, "answer": value})


def talk(client: TestClient, topic: str, replies: dict[str, object], **body: str) -> Any:
    """Begin, and answer what is asked until it ends; what is not in `said` is answered "no"."""
    intake = begun(client, topic, **body)
    while (question := intake["question"]) is not None:
        intake = answer(reply(client, intake, question["id"], replies.get(question["id"], "no")))
    return intake


@pytest.fixture(scope="module")
def prediction(shared_client: TestClient) -> str:
    """The id of an answer about a film."""
    sent = shared_client.post("/predict", files={"file": ("film.png", images.png(4))})
    return str(answer(sent)["id"])


class TestTopics:
    def test_both_are_listed_with_their_sources(self, web: TestClient) -> None:
        topics = {topic["name"]: topic for topic in answer(web.get("/intake"))["topics"]}

        assert set(topics) == {"breast", "respiratory"}
        assert topics["breast"]["tasks"] == ["mammography"]
        assert "NG12" in topics["breast"]["sources"][0]["name"]
        assert all(topic["max_questions"] <= 12 for topic in topics.values())

    @pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
    def test_an_unknown_one_is_refused_with_those_there_are(
        self, web: TestClient, method: str
    ) -> None:
        for path in ("/intake/heart/0f", *(["/intake/heart"] if method == "POST" else [])):
            body = {"question": "age", "answer": 1} if path.endswith("0f") else {}
            response = web.request(method, path, json=body if method == "POST" else None)

            problem(response, 404, "named 'heart'", "there are: breast, respiratory")


class TestATalk:
    def test_it_begins_with_the_first_question_and_without_a_body_too(
        self, web: TestClient
    ) -> None:
        response = web.post("/intake/breast")

        intake = answer(response, 201)
        assert response.headers["Location"] == intake["url"] == f"/intake/breast/{intake['id']}"
        assert intake["question"]["id"] == "age"
        assert (intake["question"]["minimum"], intake["question"]["maximum"]) == (0, 120)
        assert intake["progress"] == {"answered": 0, "at_most": 6}
        assert intake["outcome"] is intake["prediction_id"] is None
        assert "Not finished" in intake["summary"]

    def test_the_outcome_names_the_rule_its_source_and_version(self, web: TestClient) -> None:
        intake = talk(web, "breast", {"age": 34, "lump": "yes"})

        end = intake["outcome"]
        assert (end["level"], end["is_red_flag"]) == ("suspected_cancer_referral", True)
        assert end["rule"]["id"] == "lump_from_30"
        assert (end["rule"]["section"], end["rule"]["date"]) == ("1.4.1", "2015-06")
        assert "NG12" in end["rule"]["source"]
        assert [each["question"] for each in intake["answers"]] == ["age", "lump"]
        assert intake["rules_version"] in intake["summary"]
        for text in (*end["do"], *end["watch_for"], end["caution"], end["rule"]["statement"]):
            assert text in intake["summary"]
        assert "1. How old are you? 34 years" in intake["summary"]

    def test_i_do_not_know_counts_as_yes(self, web: TestClient) -> None:
        intake = talk(web, "breast", {"age": "unknown", "lump": "unknown"})

        assert intake["outcome"]["level"] == "suspected_cancer_referral"
        assert "I don't know" in intake["summary"]

    def test_a_red_flag_ends_it_at_the_first_answer(self, web: TestClient) -> None:
        intake = talk(web, "respiratory", {"struggling": "yes"})

        assert len(intake["answers"]) == 1
        assert intake["outcome"]["level"] == "emergency"
        assert "Call the emergency number now" in intake["outcome"]["do"][0]

    def test_without_any_reason_it_still_says_what_to_watch_for(self, web: TestClient) -> None:
        end = talk(web, "respiratory", {**CALM, "age": 40})["outcome"]

        assert (end["level"], end["rank"]) == ("advice", 1)
        assert end["watch_for"]
        assert "does not rule out" in end["caution"]

    def test_it_is_read_again_and_forgotten(self, web: TestClient) -> None:
        intake = talk(web, "breast", {"age": 20})

        assert answer(web.get(intake["url"])) == intake
        assert web.delete(intake["url"]).status_code == 204
        problem(web.get(intake["url"]), 404, "No intake with id")
        problem(web.delete(intake["url"]), 404, "No intake with id")

    def test_one_of_another_topic_is_not_found(self, web: TestClient) -> None:
        intake = begun(web, "breast")

        problem(web.get(f"/intake/respiratory/{intake['id']}"), 404, "in the topic 'respiratory'")


class TestAnswers:
    def test_an_earlier_question_discards_the_answers_after_it(self, web: TestClient) -> None:
        intake = begun(web)
        for question, value in (("age", 60), ("lump", "no"), ("nipple", "yes"), ("age", 25)):
            intake = answer(reply(web, intake, question, value))

        assert [(each["question"], each["answer"]) for each in intake["answers"]] == [("age", 25)]
        assert intake["question"]["id"] == "lump"
        assert [question["id"] for question in intake["asked"]] == ["age"]

    @pytest.mark.parametrize(
        "value", [-3, 121, "old", "", 30.5, True, None, [], {}, "x" * 50, 10**40]
    )
    def test_what_is_no_answer_is_refused_by_field(self, web: TestClient, value: object) -> None:
        intake = begun(web)

        refused = problem(reply(web, intake, "age", value), 422, "whole number")

        assert [entry["field"] for entry in refused["errors"]] == ["answer"]
        assert answer(web.get(intake["url"])) == intake

    @pytest.mark.parametrize("value", ["perhaps", 1, "Yes", "\ud800"])
    def test_nor_is_another_word_than_yes_or_no(self, web: TestClient, value: object) -> None:
        intake = answer(reply(web, begun(web), "age", 50))

        # As bytes: a lone surrogate can be sent, though not by every client.
        body = f'{{"question": "lump", "answer": {_json(value)}}}'
        response = web.post(
            intake["url"], content=body, headers={"Content-Type": "application/json"}
        )

        refused = problem(response, 422, "'yes', 'no' or 'unknown'")
        assert [entry["field"] for entry in refused["errors"]] == ["answer"]

    @pytest.mark.parametrize(("question", "words"), [("lump", "'age' is"), ("name", "there are")])
    def test_a_question_that_is_not_asked_is_refused_by_field(
        self, web: TestClient, question: str, words: str
    ) -> None:
        refused = problem(reply(web, begun(web), question, "yes"), 422, words)

        assert [entry["field"] for entry in refused["errors"]] == ["question"]

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"question": "age"}, "answer"),
            ({"answer": 3}, "question"),
            ({"question": "age", "answer": 3, "name": "Ann"}, "name"),
            ({"question": 3, "answer": 3}, "question"),
            ([], "body"),
        ],
    )
    def test_a_body_that_does_not_fit_is_refused_by_field(
        self, web: TestClient, body: object, field: str
    ) -> None:
        refused = problem(web.post(begun(web)["url"], json=body), 422, f"'{field}'")

        assert [entry["field"] for entry in refused["errors"]] == [field]

    @pytest.mark.parametrize("question", ["lump", "age", "skin"])
    def test_after_the_end_none_is_taken(self, web: TestClient, question: str) -> None:
        intake = talk(web, "breast", {"age": 50, "lump": "yes"})

        problem(reply(web, intake, question, "no"), 409, "has ended", "POST /intake/breast")
        assert answer(web.get(intake["url"])) == intake


class TestBesideAnImage:
    def test_it_is_found_with_the_answer_which_stays_as_it_is(
        self, web: TestClient, prediction: str
    ) -> None:
        before = answer(web.get(f"/predictions/{prediction}"))

        intake = talk(web, "respiratory", {"confused": "yes"}, prediction_id=prediction)

        assert (intake["prediction_id"], intake["task"]) == (prediction, "pneumonia")
        assert "neither changes the other" in intake["summary"]
        beside = answer(web.get(f"/predictions/{prediction}/intakes"))["intakes"]
        assert intake in beside
        assert answer(web.get(f"/predictions/{prediction}")) == before

    def test_an_answer_that_is_not_there_is_not_found(self, web: TestClient) -> None:
        sent = web.post("/intake/respiratory", json={"prediction_id": "none"})

        problem(sent, 404, "No prediction with id 'none'")
        problem(web.get("/predictions/none/intakes"), 404, "No prediction with id 'none'")

    def test_one_of_another_kind_of_image_is_refused(
        self, web: TestClient, prediction: str
    ) -> None:
        sent = web.post("/intake/breast", json={"prediction_id": prediction})

        refused = problem(sent, 422, "'pneumonia'", "goes with mammography")
        assert refused["errors"][0]["field"] == "prediction_id"

    @pytest.mark.parametrize("body", [{"prediction": "x"}, {"prediction_id": 3}, [], "x"])
    def test_a_start_that_does_not_fit_is_refused(self, web: TestClient, body: object) -> None:
        problem(web.post("/intake/breast", json=body), 422)


class TestRestart:
    @pytest.fixture
    def half(self, settings: Settings) -> Any:
        """An intake whose server has ended in the middle."""
        with _running(settings) as client:
            return answer(reply(client, begun(client), "age", 52))

    @pytest.fixture
    def restarted(self, half: Any, settings: Settings) -> Iterator[TestClient]:
        with _running(settings) as client:
            yield client

    def test_the_talk_goes_on_where_it_was(self, half: Any, restarted: TestClient) -> None:
        assert answer(restarted.get(half["url"])) == half

        assert answer(reply(restarted, half, "lump", "no"))["question"]["id"] == "nipple"

    def test_unless_the_questions_have_changed(self, half: Any, restarted: TestClient) -> None:
        services = restarted.app.state.services  # type: ignore[attr-defined]
        topics = services.intake_topics
        topics["breast"] = topics["breast"].model_copy(update={"version": "another"})

        problem(reply(restarted, half, "lump", "no"), 409, "questions have changed", "now another")
        shown = answer(restarted.get(half["url"]))
        assert shown["question"] is None
        assert shown["answers"] == half["answers"]


def _running(settings: Settings) -> TestClient:
    # Nothing of it waits for a model.
    return TestClient(create_app(settings), raise_server_exceptions=False)


def _json(value: object) -> str:
    return '"\\ud800"' if value == "\ud800" else str(value) if value == 1 else f'"{value}"'
