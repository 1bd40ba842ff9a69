"""Pruning gives disk space back and keeps no writer waiting."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.records.answers import predictions
from api.records.database import open_database, writing
from api.records.tables import heatmaps
from api.records.upkeep import schedule
from api.records.upkeep.prediction_retention import prune_predictions
from tests.records import stored_predictions
from tests.records.upkeep.pruned import ACTIVATION, KEEP_10, MOMENT, rows_of, run
from tests.support.databases import only_sqlite


class TestDiskSpace:
    @pytest.fixture
    def large(self, tmp_path: Path) -> Iterator[Engine]:
        engine = open_database(f"sqlite:///{tmp_path / 'large.db'}", timeout_s=5)
        self.write(engine, 2000, days=20)
        yield engine
        engine.dispose()

    @staticmethod
    def write(engine: Engine, number: int, *, days: float, first: int = 0) -> None:
        moment = MOMENT - timedelta(days=days)
        records = [
            replace(stored_predictions.record(first + n), created_at=moment + timedelta(seconds=n))
            for n in range(number)
        ]
        predictions.add_all(engine, [(record, ACTIVATION) for record in records], task="pneumonia")

    @staticmethod
    def size(engine: Engine) -> int:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return Path(engine.url.database or "").stat().st_size

    def test_a_file_gets_smaller_when_much_is_removed(self, large: Engine) -> None:
        before = self.size(large)

        run(large, KEEP_10)

        assert self.size(large) < 0.5 * before

    def test_it_gets_smaller_by_a_bounded_number_of_pages_at_a_time(self, large: Engine) -> None:
        while prune_predictions(large, KEEP_10, MOMENT, task="pneumonia"):
            pass

        assert schedule.give_back(large, pages=7) == 7

    def test_pages_of_an_earlier_versions_file_are_used_again(self, tmp_path: Path) -> None:
        engine = open_database(f"sqlite:///{tmp_path / 'large.db'}", timeout_s=5)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA auto_vacuum=NONE")
            connection.exec_driver_sql("VACUUM")
        self.write(engine, 2000, days=20)
        before = self.size(engine)

        run(engine, KEEP_10)
        self.write(engine, 1500, days=1, first=5000)

        assert schedule.give_back(engine) == 0
        assert self.size(engine) == before
        engine.dispose()


class TestWriters:
    def test_an_answer_is_stored_between_two_steps(self, filled: Engine) -> None:
        """Each step ends its transaction: nobody waits for all of them."""
        for number in range(100, 104):
            prune_predictions(filled, KEEP_10, MOMENT, rows=5, task="pneumonia")
            new = replace(stored_predictions.record(number), created_at=MOMENT)
            predictions.add_all(filled, [(new, ACTIVATION)], task="pneumonia")

        assert predictions.totals(filled, task="pneumonia") == predictions.Totals(
            answered=34, stored=14
        )

    @only_sqlite
    def test_a_step_that_fails_leaves_everything(self, filled: Engine) -> None:
        with writing(filled) as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER refuse BEFORE DELETE ON predictions BEGIN "
                "SELECT RAISE(ABORT, 'no'); END"
            )

        with pytest.raises(Exception, match="no"):
            prune_predictions(filled, KEEP_10, MOMENT, task="pneumonia")

        assert predictions.totals(filled, task="pneumonia") == predictions.Totals(
            answered=30, stored=30
        )
        assert rows_of(filled, heatmaps) == 30
