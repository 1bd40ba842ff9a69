"""Stored answers, page by page."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import Engine

from api.errors import NotFound, StorageFailed
from api.records.answers import predictions
from api.records.answers.prediction_filter import PredictionFilter
from api.records.answers.predictions import PredictionRecord
from tests.records.stored_predictions import START, record
from tests.support.damaged_database import damage_table
from tests.support.databases import only_sqlite


@pytest.fixture
def filled(database: Engine) -> Engine:
    predictions.add_all(database, [(record(number), None) for number in range(5)], task="pneumonia")
    return database


def ids(records: list[PredictionRecord]) -> list[str]:
    return [entry.id for entry in records]


class TestReading:
    def test_what_was_kept_is_read_back(self, filled: Engine) -> None:
        assert predictions.get(filled, "id3", task="pneumonia") == record(3)

    def test_an_unknown_id_is_refused(self, filled: Engine) -> None:
        with pytest.raises(NotFound, match="GET /predictions"):
            predictions.get(filled, "id9", task="pneumonia")

    def test_all_are_counted(self, filled: Engine) -> None:
        assert predictions.count(filled, task="pneumonia") == 5


class TestRehearsing:
    def test_nothing_of_it_is_kept(self, filled: Engine) -> None:
        predictions.probe_write(filled, task="pneumonia")

        assert predictions.count(filled, task="pneumonia") == 5

    @only_sqlite
    def test_a_table_that_takes_no_answers_is_found(self, filled: Engine) -> None:
        damage_table(filled, "predictions")
        filled.dispose()

        with pytest.raises(StorageFailed, match="damaged"):
            predictions.probe_write(filled, task="pneumonia")


class TestWhatAHeatMapIsDrawnFrom:
    ACTIVATION = np.random.default_rng(1).normal(0, 4, (7, 7, 4)).astype(np.float32)

    def test_it_is_read_back_at_half_precision(self, database: Engine) -> None:
        predictions.add_all(database, [(record(1), self.ACTIVATION)], task="pneumonia")

        found = predictions.activation_of(database, "id1", task="pneumonia")

        assert found is not None
        assert found.dtype == np.float32
        assert found.shape == (7, 7, 4)
        assert found == pytest.approx(self.ACTIVATION, rel=1e-3, abs=1e-6)

    def test_it_takes_little_room(self) -> None:
        assert len(predictions.packed(self.ACTIVATION)) < 600

    def test_it_is_no_part_of_the_answer(self, database: Engine) -> None:
        predictions.add_all(database, [(record(1), self.ACTIVATION)], task="pneumonia")

        assert predictions.get(database, "id1", task="pneumonia") == record(1)
        assert predictions.newest(database, limit=9, before=None, task="pneumonia") == [record(1)]

    def test_an_answer_without_one_says_so(self, filled: Engine) -> None:
        assert predictions.activation_of(filled, "id3", task="pneumonia") is None

    def test_an_unknown_id_is_refused(self, filled: Engine) -> None:
        with pytest.raises(NotFound, match="'id9'"):
            predictions.activation_of(filled, "id9", task="pneumonia")


class TestWhatIsNotKnown:
    def test_it_is_read_back_as_not_known(self, database: Engine) -> None:
        bare = replace(record(1), causes=(), ppv=None, npv=None, unlikeness=None)

        predictions.add_all(database, [(bare, None)], task="pneumonia")

        assert predictions.get(database, "id1", task="pneumonia") == bare


class TestPaging:
    def test_pages_follow_on_each_other_newest_first(self, filled: Engine) -> None:
        first = predictions.newest(filled, limit=2, before=None, task="pneumonia")
        second = predictions.newest(filled, limit=2, before=first[-1].id, task="pneumonia")
        third = predictions.newest(filled, limit=2, before=second[-1].id, task="pneumonia")

        assert [ids(page) for page in (first, second, third)] == [
            ["id4", "id3"], ["id2", "id1"], ["id0"],
        ]  # fmt: skip

    def test_a_new_answer_does_not_shift_the_next_page(self, filled: Engine) -> None:
        first = predictions.newest(filled, limit=2, before=None, task="pneumonia")
        predictions.add_all(filled, [(record(9), None)], task="pneumonia")

        assert ids(predictions.newest(filled, limit=2, before=first[-1].id, task="pneumonia")) == [
            "id2",
            "id1",
        ]

    def test_an_unknown_place_is_refused(self, filled: Engine) -> None:
        with pytest.raises(NotFound):
            predictions.newest(filled, limit=2, before="id9", task="pneumonia")


class TestFinding:
    @pytest.fixture
    def varied(self, database: Engine) -> Engine:
        records = [
            replace(record(0), filename="Ward-3/a.png", decision="refer"),
            replace(record(1), filename="ward-3/b.png", label="COVID-19"),
            replace(record(2), filename="100%_c.png", source="St. Olav"),
            replace(record(3), filename="d.png", model_version="v2"),
        ]
        predictions.add_all(database, [(each, None) for each in records], task="pneumonia")
        return database

    @pytest.mark.parametrize(
        ("selection", "numbers"),
        [
            (PredictionFilter(), [3, 2, 1, 0]),
            (PredictionFilter(name="WARD"), [1, 0]),
            (PredictionFilter(name="0%_c"), [2]),
            (PredictionFilter(name="%"), [2]),
            (PredictionFilter(name="_"), [2]),
            (PredictionFilter(decision="refer"), [0]),
            (PredictionFilter(label="COVID-19"), [1]),
            (PredictionFilter(model_version="v2"), [3]),
            (PredictionFilter(source="St. Olav"), [2]),
            (PredictionFilter(since=START + timedelta(minutes=2)), [3, 2]),
            (PredictionFilter(until=START + timedelta(minutes=2)), [1, 0]),
            (PredictionFilter(name="ward", label="Normal"), [0]),
        ],
    )
    def test_those_that_fit_come_newest_first(
        self, varied: Engine, selection: PredictionFilter, numbers: list[int]
    ) -> None:
        found = predictions.newest(
            varied, task="pneumonia", limit=9, before=None, filters=selection
        )

        assert ids(found) == [f"id{number}" for number in numbers]

    def test_a_page_goes_on_among_those_that_fit(self, varied: Engine) -> None:
        selection = PredictionFilter(name="ward")

        found = predictions.newest(
            varied, task="pneumonia", limit=9, before="id1", filters=selection
        )

        assert ids(found) == ["id0"]
