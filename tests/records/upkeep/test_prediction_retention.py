"""Removing old answers and heat-map data, in small steps."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, select

from api.errors import NotFound
from api.records.answers import feedback, predictions
from api.records.answers.feedback import FeedbackRecord
from api.records.database import open_database, reading
from api.records.statistics import windows
from api.records.tables import feedback as words
from api.records.tables import heatmaps
from api.records.tables import predictions as table
from api.records.upkeep import schedule
from api.records.upkeep.prediction_retention import Retention, prune_heatmaps, prune_predictions
from tests.records import stored_predictions
from tests.records.earlier import drop_counters, minutes_before, write_as_before
from tests.records.upkeep.pruned import ACTIVATION, KEEP_10, MOMENT, rows_of, run


class TestAnswers:
    def test_by_default_they_are_kept_for_ever(self, filled: Engine) -> None:
        run(filled, Retention())

        assert rows_of(filled, table) == rows_of(filled, heatmaps) == 30

    def test_those_that_are_too_old_go_and_the_others_stay(self, filled: Engine) -> None:
        run(filled, KEEP_10)

        kept = predictions.newest(filled, limit=100, before=None, task="pneumonia")
        assert [record.id for record in kept] == [f"id{age}" for age in range(10)]
        assert rows_of(filled, heatmaps) == 10

    def test_the_total_stays_and_what_is_kept_is_known(self, filled: Engine) -> None:
        run(filled, KEEP_10)

        assert predictions.totals(filled, task="pneumonia") == predictions.Totals(
            answered=30, stored=10
        )
        predictions.add_all(
            filled,
            [(replace(stored_predictions.record(99), created_at=MOMENT), None)],
            task="pneumonia",
        )
        assert predictions.totals(filled, task="pneumonia") == predictions.Totals(
            answered=31, stored=11
        )

    def test_windows_still_know_of_them(self, filled: Engine) -> None:
        since = MOMENT - timedelta(days=31)
        before = windows.read(filled, since, slice_s=90_000, task="pneumonia")

        run(filled, KEEP_10)

        after = windows.read(filled, since, slice_s=90_000, task="pneumonia")
        assert after.slices == before.slices
        assert after.bins == before.bins
        assert after.durations_ms == ()

    def test_what_was_said_of_them_goes_with_them(self, filled: Engine) -> None:
        for age in (5, 25):
            feedback.add(
                filled, FeedbackRecord(f"id{age}", MOMENT, "Normal", "Jane Doe"), task="pneumonia"
            )

        run(filled, KEEP_10)

        assert feedback.of(filled, "id25", task="pneumonia") == []
        assert len(feedback.of(filled, "id5", task="pneumonia")) == 1
        assert rows_of(filled, words) == 1

    def test_a_step_removes_a_bounded_number(self, filled: Engine) -> None:
        removed = [
            prune_predictions(filled, KEEP_10, MOMENT, rows=8, task="pneumonia") for _ in range(4)
        ]

        assert removed == [8, 8, 4, 0]

    def test_nobody_waits_for_the_write_lock_where_nothing_is_too_old(self, filled: Engine) -> None:
        run(filled, Retention())
        statements: list[str] = []
        event.listen(
            filled, "before_cursor_execute", lambda *args: statements.append(args[2].split()[0])
        )

        schedule.step(
            filled, Retention(predictions_days=100, heatmaps_days=100), MOMENT, task="pneumonia"
        )

        assert "SELECT" in statements
        assert not {"BEGIN", "DELETE", "UPDATE", "INSERT"} & set(statements)

    def test_the_clock_having_been_wrong_once_does_not_keep_the_others(
        self, database: Engine
    ) -> None:
        future = replace(stored_predictions.record(500), created_at=MOMENT + timedelta(days=4000))
        old = replace(stored_predictions.record(1), created_at=MOMENT - timedelta(days=50))
        predictions.add_all(database, [(future, None), (old, None)], task="pneumonia")

        run(database, KEEP_10)

        assert [
            r.id for r in predictions.newest(database, limit=9, before=None, task="pneumonia")
        ] == ["id500"]

    def test_numbers_that_are_given_again_are_counted(self, database: Engine) -> None:
        old = MOMENT - timedelta(days=50)
        for number in range(3):
            record = replace(stored_predictions.record(number), created_at=old)
            predictions.add_all(database, [(record, ACTIVATION)], task="pneumonia")
        run(database, KEEP_10)

        predictions.add_all(
            database,
            [(replace(stored_predictions.record(7), created_at=MOMENT), ACTIVATION)],
            task="pneumonia",
        )

        assert predictions.totals(database, task="pneumonia") == predictions.Totals(
            answered=4, stored=1
        )
        assert predictions.activation_of(database, "id7", task="pneumonia") is not None

    def test_those_that_are_not_counted_yet_wait(self, tmp_path: Path) -> None:
        engine = open_database(f"sqlite:///{tmp_path / 'o.db'}", timeout_s=5)
        drop_counters(engine)
        write_as_before(engine, minutes_before(MOMENT, 40, apart=1440))
        engine.dispose()
        engine = open_database(f"sqlite:///{tmp_path / 'o.db'}", timeout_s=5)

        assert prune_predictions(engine, KEEP_10, MOMENT, task="pneumonia") == 0
        run(engine, KEEP_10)

        window = windows.read(engine, MOMENT - timedelta(days=30), slice_s=90_000, task="pneumonia")
        assert window.slices.total() >= 30
        assert predictions.totals(engine, task="pneumonia") == predictions.Totals(
            answered=40, stored=11
        )
        engine.dispose()


class TestHeatMaps:
    KEEP_10 = Retention(heatmaps_days=10)

    def test_their_data_goes_sooner_than_the_answers(self, filled: Engine) -> None:
        run(filled, self.KEEP_10)

        assert rows_of(filled, table) == 30
        assert rows_of(filled, heatmaps) == 10
        assert predictions.activation_of(filled, "id9", task="pneumonia") is not None

    def test_who_asks_for_one_that_is_gone_is_told_of_the_setting(self, filled: Engine) -> None:
        run(filled, self.KEEP_10)

        with pytest.raises(NotFound, match="ROENTGEN_KEEP_HEATMAPS_DAYS"):
            predictions.activation_of(filled, "id10", task="pneumonia")

    def test_an_answer_that_never_had_one_is_not_said_to_have_lost_it(self, filled: Engine) -> None:
        without = replace(stored_predictions.record(77), created_at=MOMENT)
        predictions.add_all(filled, [(without, None)], task="pneumonia")
        run(filled, self.KEEP_10)

        assert predictions.activation_of(filled, "id77", task="pneumonia") is None

    def test_a_step_looks_at_a_bounded_number_and_at_each_once(self, filled: Engine) -> None:
        seen = [
            prune_heatmaps(filled, self.KEEP_10, MOMENT, rows=8, task="pneumonia") for _ in range(4)
        ]

        assert seen == [8, 8, 4, 0]
        later = MOMENT + timedelta(days=1)
        assert prune_heatmaps(filled, self.KEEP_10, later, rows=8, task="pneumonia") == 1

    def test_many_answers_of_one_moment_all_lose_theirs(self, database: Engine) -> None:
        moment = MOMENT - timedelta(days=50)
        records = [replace(stored_predictions.record(n), created_at=moment) for n in range(20)]
        predictions.add_all(
            database, [(record, ACTIVATION) for record in records], task="pneumonia"
        )

        while prune_heatmaps(database, self.KEEP_10, MOMENT, rows=3, task="pneumonia"):
            pass

        assert rows_of(database, heatmaps) == 0

    def test_those_an_earlier_version_kept_go_too(self, database: Engine) -> None:
        write_as_before(database, minutes_before(MOMENT, 20, apart=1440))
        newest = predictions.newest(database, limit=20, before=None, task="pneumonia")
        assert predictions.activation_of(database, newest[-1].id, task="pneumonia") is not None

        run(database, self.KEEP_10)

        assert predictions.activation_of(database, newest[0].id, task="pneumonia") is not None
        with pytest.raises(NotFound, match="HEATMAPS_DAYS"):
            predictions.activation_of(database, newest[-1].id, task="pneumonia")
        with reading(database) as connection:
            left = select(func.count()).where(table.c.activation.is_not(None))
            assert connection.execute(left).scalar_one() == 11
