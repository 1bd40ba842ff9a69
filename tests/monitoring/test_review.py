"""Which answers a person should look at first."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.monitoring.review import Item, Worth, ranked
from api.records.answers.predictions import PredictionRecord


def record(
    name: str, score: float, decision: str, label: str = "Normal", *, image: str | None = None
) -> PredictionRecord:
    return PredictionRecord(
        id=name,
        created_at=datetime(2026, 11, 21, tzinfo=UTC),
        filename="a.png",
        image_sha256=image or name,
        model_version="v1",
        label=label,
        confidence=0.9,
        probabilities={"Normal": 1 - score},
        score=score,
        decision=decision,
        reasons=(),
        timings={"total_ms": 1.0},
        threshold=0.6,
    )


def order(*waiting: PredictionRecord) -> list[str]:
    return [item.prediction.id for item in ranked(list(waiting), "Normal")]


def only(one: PredictionRecord) -> Item:
    (item,) = ranked([one], "Normal")
    return item


class TestRanking:
    def test_the_nearer_to_the_threshold_the_sooner(self) -> None:
        sure, near = record("sure", 0.01, "negative"), record("near", 0.55, "negative")

        assert order(sure, near) == ["near", "sure"]

    def test_either_split_of_the_threshold_reaches_from_sure_to_unsure(self) -> None:
        assert only(record("a", 0.0, "negative")).priority == pytest.approx(0)
        assert only(record("b", 1.0, "positive", "Viral")).priority == pytest.approx(0)
        assert only(record("c", 0.6, "positive", "Viral")).priority == pytest.approx(0.6)

    def test_a_referred_image_comes_before_an_answered_one(self) -> None:
        assert order(record("a", 0.3, "negative"), record("b", 0.3, "refer")) == ["b", "a"]
        assert "It was referred to a person." in only(record("b", 0.3, "refer")).why

    def test_a_label_that_contradicts_the_decision_counts(self) -> None:
        both, apart = record("both", 0.3, "negative"), record("apart", 0.3, "negative", "Viral")

        assert order(both, apart) == ["apart", "both"]
        assert any("the decision negative" in word for word in only(apart).why)

    def test_an_image_that_was_asked_about_twice_waits_once_as_it_was_answered_last(self) -> None:
        newest = record("new", 0.5, "negative", image="same")
        older = record("old", 0.1, "negative", image="same")

        assert order(newest, older) == ["new"]


class TestReasons:
    def test_an_image_unlike_those_learned_from_is_unfamiliar(self) -> None:
        unlike = replace(record("a", 0.1, "refer"), causes=("unlike",))

        assert only(unlike).worth == {Worth.UNFAMILIAR, Worth.REFERRED}

    def test_a_sure_answer_is_not_worth_a_look(self) -> None:
        assert only(record("a", 0.01, "negative")).worth == frozenset()
