"""Stored intakes: one at a time, beside an answer, and no longer than they are to be kept."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from api.clock import now
from api.errors import NotFound
from api.records.answers import intakes, predictions
from api.records.answers.intakes import IntakeRecord
from api.records.upkeep import schedule
from api.records.upkeep.prediction_retention import Retention
from tests.records import stored_predictions

MOMENT = now()


def record(name: str, **changes: Any) -> IntakeRecord:
    made = IntakeRecord(
        id=name,
        task="pneumonia",
        topic="respiratory",
        rules_version="1",
        created_at=MOMENT,
        answers=[{"question": "cough", "answer": "yes"}],
        outcome=None,
        prediction_id=None,
    )
    return replace(made, **changes)


class TestOne:
    def test_it_is_read_as_it_was_stored(self, database: Engine) -> None:
        stored = record("a", outcome={"level": "advice"}, prediction_id="p")

        intakes.add(database, stored)

        assert intakes.get(database, "respiratory", "a") == stored

    @pytest.mark.parametrize(("topic", "name"), [("respiratory", "b"), ("breast", "a")])
    def test_one_that_is_not_there_is_not_found(
        self, database: Engine, topic: str, name: str
    ) -> None:
        intakes.add(database, record("a"))

        with pytest.raises(NotFound, match="POST /intake/"):
            intakes.get(database, topic, name)
        with pytest.raises(NotFound):
            intakes.remove(database, topic, name)
        with pytest.raises(NotFound):
            intakes.change(database, topic, name, lambda found: found)

    def test_a_change_that_fails_leaves_it_as_it_was(self, database: Engine) -> None:
        intakes.add(database, record("a"))

        def fail(found: IntakeRecord) -> IntakeRecord:
            raise NotFound("no")

        with pytest.raises(NotFound):
            intakes.change(database, "respiratory", "a", fail)

        assert intakes.get(database, "respiratory", "a") == record("a")

    def test_of_changes_at_the_same_time_none_is_lost(self, database: Engine) -> None:
        intakes.add(database, record("a", answers=[]))

        def more(found: IntakeRecord) -> IntakeRecord:
            return replace(found, answers=[*found.answers, {"question": "q"}])

        def change() -> None:
            intakes.change(database, "respiratory", "a", more)

        threads = [threading.Thread(target=change) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(intakes.get(database, "respiratory", "a").answers) == 4


class TestBesideAnAnswer:
    def test_the_newest_comes_first(self, database: Engine) -> None:
        for age in (2, 0, 1):
            moment = MOMENT - timedelta(hours=age)
            intakes.add(database, record(f"{age}", created_at=moment, prediction_id="p"))
        intakes.add(database, record("other", prediction_id="q"))

        assert [each.id for each in intakes.of_prediction(database, "p")] == ["0", "1", "2"]

    def test_the_task_of_an_answer_is_found_whichever_it_is(self, database: Engine) -> None:
        answer = stored_predictions.record(1)
        predictions.add_all(database, [(answer, None)], task="mammography")

        assert intakes.task_of_prediction(database, answer.id) == "mammography"
        with pytest.raises(NotFound, match="No prediction"):
            intakes.task_of_prediction(database, "none")


class TestRetention:
    @pytest.fixture
    def filled(self, database: Engine) -> Engine:
        """Of two tasks, of which one is not served."""
        for task in ("pneumonia", "mammography"):
            for age in (1, 20):
                moment = MOMENT - timedelta(days=age)
                intakes.add(database, record(f"{task} {age}", task=task, created_at=moment))
        return database

    def left(self, engine: Engine, days: float) -> set[str]:
        while schedule.step(engine, Retention(days), MOMENT, task="pneumonia"):
            pass
        names = {f"{task} {age}" for task in ("pneumonia", "mammography") for age in (1, 20)}
        return {name for name in names if self.is_there(engine, name)}

    def is_there(self, engine: Engine, name: str) -> bool:
        try:
            return bool(intakes.get(engine, "respiratory", name))
        except NotFound:
            return False

    def test_by_default_they_are_kept_for_ever(self, filled: Engine) -> None:
        assert len(self.left(filled, 0)) == 4

    def test_those_that_are_too_old_go_whichever_task_is_served(self, filled: Engine) -> None:
        assert self.left(filled, 10) == {"pneumonia 1", "mammography 1"}

    def test_a_step_deletes_no_more_than_it_may(self, filled: Engine) -> None:
        assert intakes.prune(filled, 10, MOMENT, rows=1) == 1
        assert intakes.prune(filled, 10, MOMENT, rows=9) == 1
        assert intakes.prune(filled, 10, MOMENT, rows=9) == 0
