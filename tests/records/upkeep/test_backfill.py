"""Counting what an earlier version stored, beside serving."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.clock import now
from api.records.answers import predictions
from api.records.database import open_database
from api.records.statistics import counters, sample_sums, windows
from api.records.training_images import samples
from api.records.upkeep import backfill
from tests.records import stored_predictions
from tests.records.earlier import drop_counters, minutes_before, write_as_before
from tests.records.statistics.recount import counted, in_slices, recounted
from tests.records.test_samples import RECORD

# Everything that is written here is so young that all counters are kept.
END = now()


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the version before the counters, with 100 answers; each test has a copy."""
    path = tmp_path_factory.mktemp("former") / "old.db"
    engine = open_database(f"sqlite:///{path}", timeout_s=5)
    samples.add(engine, RECORD, task="pneumonia")
    samples.add(
        engine,
        replace(RECORD, sha256="b" * 64, label="COVID-19", disputed="Normal"),
        task="pneumonia",
    )
    drop_counters(engine)
    write_as_before(engine, minutes_before(END, 100))
    engine.dispose()
    return path


@pytest.fixture
def url(former: Path, tmp_path: Path) -> str:
    path = tmp_path / "old.db"
    # As SQLite copies it: what was written last may be beside the file.
    with closing(sqlite3.connect(former)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    return f"sqlite:///{path}"


@pytest.fixture
def old(url: str) -> Iterator[Engine]:
    engine = open_database(url, timeout_s=5)
    yield engine
    engine.dispose()


def finish(engine: Engine, *, rows: int = 1000) -> int:
    """Count all there is; gives the number of steps."""
    steps = 0
    while backfill.step(engine, END, rows=rows, task="pneumonia"):
        steps += 1
    return steps


class TestAnOldFile:
    def test_its_total_is_right_at_once(self, old: Engine) -> None:
        assert predictions.totals(old, task="pneumonia") == predictions.Totals(
            answered=100, stored=100
        )

    def test_its_samples_are_summed_up_at_once(self, old: Engine) -> None:
        assert samples.counts(old, task="pneumonia") == {"Normal": 1}
        assert samples.sums(old, task="pneumonia")["COVID-19"].disputed == 1

    def test_a_window_is_right_before_during_and_after_counting(self, old: Engine) -> None:
        since = END - timedelta(minutes=60)
        start = since.replace(second=0, microsecond=0)

        for _ in range(12):
            window = windows.read(old, since, slice_s=60, task="pneumonia")

            assert window.slices == in_slices(old, start, 60)
            assert window.bins.total() == window.slices.total()
            backfill.step(old, END, rows=10, task="pneumonia")

        assert not backfill.is_due(old, task="pneumonia")

    def test_its_counters_become_what_a_recount_gives_in_steps(self, old: Engine) -> None:
        steps = finish(old, rows=7)

        with old.connect() as connection:
            counters.drop_old(connection, END, task="pneumonia")
        by_label, _, total = counted(old)
        expected, _, number = recounted(old)
        assert steps == 100 // 7 + 1
        assert total == number == 100
        assert {key: n for key, n in by_label.items() if key[0] > 10} == {
            key: n for key, n in expected.items() if key[0] > 10
        }

    def test_short_windows_are_counted_first(self, old: Engine) -> None:
        backfill.step(old, END, rows=40, task="pneumonia")

        with old.connect() as connection:
            assert not backfill.reaches(connection, END - timedelta(minutes=25), task="pneumonia")
            assert backfill.reaches(connection, END - timedelta(minutes=60), task="pneumonia")

    def test_several_processes_count_each_answer_once(self, url: str) -> None:
        engines = [open_database(url, timeout_s=30) for _ in range(3)]

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda engine: finish(engine, rows=3), engines))

        by_label, _, _ = counted(engines[0])
        assert sum(n for (of, *_), n in by_label.items() if of == counters.DAY_S) == 100
        assert sum(n for (of, *_), n in by_label.items() if of == 60) == 100
        for engine in engines:
            engine.dispose()

    def test_answers_given_meanwhile_are_counted_once(self, old: Engine) -> None:
        for number in range(30):
            new = replace(stored_predictions.record(number), created_at=END)
            predictions.add_all(old, [(new, None)], task="pneumonia")
            backfill.step(old, END, rows=9, task="pneumonia")
        finish(old)

        by_label, _, total = counted(old)
        assert total == 130
        assert sum(n for (of, *_), n in by_label.items() if of == counters.DAY_S) == 130

    def test_it_is_opened_by_several_at_once(self, url: str) -> None:
        with ThreadPoolExecutor(4) as pool:
            engines = list(pool.map(lambda _: open_database(url, timeout_s=30), range(4)))

        for engine in engines:
            assert predictions.count(engine, task="pneumonia") == 100
            assert samples.counts(engine, task="pneumonia") == {"Normal": 1}
            engine.dispose()


class TestAnEarlierVersionBesideThisOne:
    """Somebody goes back to it for a while, or two servers share the records."""

    def test_what_it_wrote_is_counted_with_the_next_answer(self, old: Engine) -> None:
        finish(old)
        write_as_before(old, minutes_before(END, 5), label="COVID-19")

        predictions.add_all(
            old, [(replace(stored_predictions.record(1), created_at=END), None)], task="pneumonia"
        )
        finish(old)

        by_label, _, total = counted(old)
        assert total == 106
        assert (
            sum(n for (of, _, what), n in by_label.items() if (of, what) == (3600, "COVID-19")) == 5
        )

    def test_what_it_wrote_is_found_when_the_file_is_opened(self, old: Engine, url: str) -> None:
        write_as_before(old, minutes_before(END, 5))

        again = open_database(url, timeout_s=5)

        assert predictions.count(again, task="pneumonia") == 105
        finish(again)
        by_label, _, _ = counted(again)
        assert sum(n for (of, *_), n in by_label.items() if of == 3600) == 105
        again.dispose()

    @pytest.mark.parametrize(
        ("statement", "expected"),
        [
            ("DELETE FROM samples WHERE label = 'Normal'", {}),
            ("UPDATE samples SET disputed = NULL", {"Normal": 1, "COVID-19": 1}),
            ("UPDATE samples SET label = 'Tuberculosis'", {"Tuberculosis": 1}),
            (
                "INSERT INTO sample_changes (sha256, at, what, remark) VALUES ('x', 0, 'x', '')",
                {"Normal": 1},
            ),
        ],
    )
    def test_what_it_did_to_samples_is_found_when_the_file_is_opened(
        self, old: Engine, url: str, statement: str, expected: dict[str, int]
    ) -> None:
        with old.begin() as connection:
            connection.exec_driver_sql(statement)

        again = open_database(url, timeout_s=5)

        assert samples.counts(again, task="pneumonia") == expected
        with again.connect() as connection:
            assert not sample_sums.is_behind(connection, task="pneumonia")
        again.dispose()


class TestLongAgo:
    def test_what_no_window_reaches_is_only_part_of_the_total(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'older.db'}"
        engine = open_database(url, timeout_s=5)
        drop_counters(engine)
        write_as_before(engine, minutes_before(datetime(2020, 1, 1, tzinfo=UTC), 500))
        engine.dispose()
        engine = open_database(url, timeout_s=5)

        steps = finish(engine, rows=10)

        by_label, by_bin, total = counted(engine)
        assert (steps, len(by_label), len(by_bin), total) == (1, 0, 0, 500)
        engine.dispose()
