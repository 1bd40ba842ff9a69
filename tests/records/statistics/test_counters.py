"""Counters beside the answers: always what a recount gives."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from api.clock import now
from api.records.answers import predictions
from api.records.answers.prediction_writer import PredictionWriter
from api.records.answers.predictions import PredictionRecord
from api.records.database import open_database, reading, writing
from api.records.servers.write_health import WriteHealth
from api.records.statistics import counters, windows
from tests.records import stored_predictions
from tests.records.statistics.recount import counted, in_slices, recounted
from tests.support.examples import examples
from tests.support.waiting import wait_until

LABELS = ("Normal", "COVID-19", "Pneumonia-Viral")
END = datetime(2026, 3, 5, 17, 31, 12, tzinfo=UTC)


def answer(label: str, moment: datetime, total_ms: float = 9.0) -> PredictionRecord:
    return replace(
        stored_predictions.record(0),
        id=uuid.uuid4().hex,
        label=label,
        created_at=moment,
        timings={"total_ms": total_ms},
    )


def answers_of(writes: list[tuple[str, float, float]]) -> list[PredictionRecord]:
    """Answers of a class, an age in seconds and a duration in milliseconds each."""
    return [answer(label, END - timedelta(seconds=age), ms) for label, age, ms in writes]


def holds_more_than(engine: Engine, number: int) -> bool:
    return predictions.count(engine, task="pneumonia") > number


def fresh(folder: str) -> Engine:
    return open_database(f"sqlite:///{folder}/{uuid.uuid4().hex}.db", timeout_s=5)


AGES_S = st.floats(0, 40 * 86_400) | st.floats(0, 7200) | st.integers(0, 2000).map(lambda n: n * 60)
WRITES = st.lists(
    st.tuples(st.sampled_from(LABELS), AGES_S, st.floats(0, 1e6)), min_size=1, max_size=40
)


class TestCounting:
    @settings(max_examples=examples(40), deadline=None)
    @given(writes=WRITES, group=st.integers(1, 9))
    def test_counters_are_what_a_recount_gives(
        self, writes: list[tuple[str, float, float]], group: int
    ) -> None:
        with tempfile.TemporaryDirectory() as folder:
            engine = fresh(folder)
            for first in range(0, len(writes), group):
                records = answers_of(writes[first : first + group])
                predictions.add_all(
                    engine, [(record, None) for record in records], task="pneumonia"
                )

            assert counted(engine) == recounted(engine)
            engine.dispose()

    @settings(max_examples=examples(40), deadline=None)
    @given(
        writes=WRITES,
        length_s=st.integers(1, 31 * 86_400),
        slice_s=st.sampled_from([10, 30, 60, 120, 720, 1800, 3600, 90_000, 86_400]),
    )
    def test_a_window_is_what_a_recount_gives(
        self, writes: list[tuple[str, float, float]], length_s: int, slice_s: int
    ) -> None:
        with tempfile.TemporaryDirectory() as folder:
            engine = fresh(folder)
            records = answers_of(writes)
            predictions.add_all(engine, [(record, None) for record in records], task="pneumonia")
            since = END - timedelta(seconds=length_s)

            window = windows.read(engine, since, slice_s=slice_s, task="pneumonia")

            second = int(since.timestamp())
            start = datetime.fromtimestamp(second - second % windows.finest_of(slice_s), UTC)
            assert window.slices == in_slices(engine, start, slice_s)
            assert window.bins.total() == window.slices.total() == len(window.durations_ms)
            assert sorted(window.durations_ms) == sorted(
                r.timings["total_ms"] for r in records if r.created_at >= start
            )
            engine.dispose()

    def test_many_answers_are_not_read_one_by_one(self, database: Engine) -> None:
        records = [answer("Normal", END, 5.0) for _ in range(windows.MAX_ROWS + 1)]
        predictions.add_all(database, [(record, None) for record in records], task="pneumonia")

        window = windows.read(database, END, slice_s=60, task="pneumonia")

        assert window.durations_ms == ()
        assert window.bins.total() == windows.MAX_ROWS + 1

    def test_a_try_is_not_counted(self, database: Engine) -> None:
        predictions.probe_write(database, task="pneumonia")

        assert predictions.count(database, task="pneumonia") == 0
        assert counted(database) == recounted(database)

    def test_what_is_taken_back_is_not_counted(self, database: Engine) -> None:
        once = answer("Normal", END)
        predictions.add_all(database, [(once, None)], task="pneumonia")

        with pytest.raises(IntegrityError):
            predictions.add_all(
                database, [(answer("Normal", END), None), (once, None)], task="pneumonia"
            )

        assert predictions.count(database, task="pneumonia") == 1
        assert counted(database) == recounted(database)


class TestSegments:
    @given(start=st.integers(0, 10**9), coarsest=st.integers(1, len(counters.RESOLUTIONS_S)))
    def test_each_second_since_the_start_is_in_one_of_them(self, start: int, coarsest: int) -> None:
        resolutions = list(counters.RESOLUTIONS_S[:coarsest])
        start -= start % resolutions[0]

        parts = windows.segments(start, resolutions)

        assert parts[0].start == start
        assert [part.end for part in parts] == [*(part.start for part in parts[1:]), None]
        assert all(part.start % part.resolution_s == 0 for part in parts)
        assert all((part.end - part.start) // part.resolution_s < 60 for part in parts if part.end)


class TestSeveralWriters:
    def test_journals_of_several_workers_count_each_answer_once(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'r.db'}"
        engines = [open_database(url, timeout_s=30) for _ in range(3)]
        journals = [PredictionWriter(engine, WriteHealth()) for engine in engines]

        def send(number: int) -> None:
            journals[number % 3].add(
                answer(LABELS[number % 2], now(), number % 50 + 1), task="pneumonia"
            ).result()

        with ThreadPoolExecutor(12) as pool:
            list(pool.map(send, range(300)))

        for journal in journals:
            journal.close()
        assert predictions.count(engines[0], task="pneumonia") == 300
        assert counted(engines[1]) == recounted(engines[1])
        for engine in engines:
            engine.dispose()

    def test_killed_writers_leave_what_a_recount_gives(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'r.db'}"
        engine = open_database(url, timeout_s=30)
        command = [sys.executable, "-m", "tests.records.writes_without_end", url]
        for already in (50, 400):
            writers = [subprocess.Popen(command, cwd=Path(__file__).parents[3]) for _ in range(2)]
            enough = already + predictions.count(engine, task="pneumonia")
            wait_until(partial(holds_more_than, engine, enough), "many answers were stored")
            for writer in writers:
                os.kill(writer.pid, signal.SIGKILL)
                writer.wait()

            assert counted(engine) == recounted(engine)
        engine.dispose()

    def test_readers_meanwhile_see_answers_and_counts_of_the_same_commits(
        self, database: Engine
    ) -> None:
        stop = threading.Event()

        def write() -> None:
            while not stop.is_set():
                predictions.add_all(
                    database, [(answer("Normal", END, 5.0), None)], task="pneumonia"
                )

        writer = threading.Thread(target=write)
        writer.start()
        seen = [windows.read(database, END, slice_s=60, task="pneumonia") for _ in range(50)]
        stop.set()
        writer.join()

        assert all(
            window.slices.total() == window.bins.total()
            and (len(window.durations_ms) == window.slices.total())
            for window in seen
            if window.slices.total() <= windows.MAX_ROWS
        )


class TestForgetting:
    def test_counters_that_no_window_reaches_are_dropped_a_little_at_a_time(
        self, database: Engine
    ) -> None:
        for minutes in range(0, 60 * 24 * 40, 97):
            predictions.add_all(
                database,
                [(answer("Normal", END - timedelta(minutes=minutes)), None)],
                task="pneumonia",
            )
        steps = 0

        with writing(database) as connection:
            while counters.drop_old(connection, END, task="pneumonia"):
                steps += 1

        by_label, by_bin, total = counted(database)
        assert steps > 3
        for stored in (by_label, by_bin):
            for resolution, retention in counters.RETENTION.items():
                starts = [start for of, start, _ in stored if of == resolution]
                assert min(starts) >= (END - retention).timestamp() - 1
        with reading(database) as connection:
            assert not counters.has_old(connection, END, task="pneumonia")
        assert total == len(range(0, 60 * 24 * 40, 97))

    @pytest.mark.parametrize(
        ("minutes", "slice_s"), [(29, 50), (449, 840), (1799, 2700), (44_640, 90_000)]
    )
    def test_what_the_longest_windows_need_is_kept(
        self, database: Engine, minutes: int, slice_s: int
    ) -> None:
        for number in range(400):
            age = timedelta(minutes=minutes) * number / 400
            predictions.add_all(database, [(answer("Normal", END - age), None)], task="pneumonia")
        since = END - timedelta(minutes=minutes)
        before = windows.read(database, since, slice_s=slice_s, task="pneumonia")

        with writing(database) as connection:
            while counters.drop_old(connection, END, task="pneumonia"):
                pass

        assert windows.read(database, since, slice_s=slice_s, task="pneumonia") == before
        assert before.slices.total() == 400
