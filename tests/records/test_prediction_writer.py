"""Answers are kept before they are given, those that come together in one commit."""

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import IntegrityError

from api.errors import StorageFailed, StoreBusy
from api.records.answers import predictions
from api.records.answers.prediction_writer import PredictionWriter
from api.records.answers.predictions import PredictionRecord
from api.records.servers.write_health import WriteHealth
from tests.records import stored_predictions
from tests.support.databases import only_sqlite
from tests.support.locked_database import locked
from tests.support.waiting import wait_until


def record() -> PredictionRecord:
    return replace(stored_predictions.record(0), id=uuid.uuid4().hex)


@pytest.fixture
def write_health() -> WriteHealth:
    return WriteHealth()


@pytest.fixture
def writer(database: Engine, write_health: WriteHealth) -> Iterator[PredictionWriter]:
    writer = PredictionWriter(database, write_health)
    yield writer
    writer.close()


@pytest.fixture
def commits(database: Engine) -> list[int]:
    """A number for each transaction that is committed from here on."""
    counted: list[int] = []
    event.listen(database, "commit", lambda _: counted.append(1))
    return counted


class TestKeeping:
    def test_an_answer_is_there_when_its_future_is_done(
        self, writer: PredictionWriter, database: Engine
    ) -> None:
        kept, activation = record(), np.ones((7, 7, 4), dtype=np.float32)

        writer.add(kept, activation=activation, task="pneumonia").result()

        assert predictions.get(database, kept.id, task="pneumonia") == kept
        np.testing.assert_array_equal(
            predictions.activation_of(database, kept.id, task="pneumonia"), activation
        )

    def test_those_of_many_threads_are_all_there(
        self, writer: PredictionWriter, database: Engine
    ) -> None:
        given = [record() for _ in range(200)]

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda answer: writer.add(answer, task="pneumonia").result(), given))

        assert predictions.count(database, task="pneumonia") == 200

    def test_those_that_come_together_are_committed_together(
        self, database: Engine, commits: list[int]
    ) -> None:
        coming = threading.Event()
        writer = PredictionWriter(database, WriteHealth(), is_busy=coming.wait)

        futures = [writer.add(record(), task="pneumonia") for _ in range(50)]
        coming.set()
        for future in futures:
            future.result()
        writer.close()

        assert predictions.count(database, task="pneumonia") == 50
        assert len(commits) <= 2

    def test_at_the_end_what_waits_is_kept_and_nothing_more_is_taken(
        self, database: Engine
    ) -> None:
        coming = threading.Event()
        writer = PredictionWriter(database, WriteHealth(), is_busy=coming.wait)
        futures = [writer.add(record(), task="pneumonia") for _ in range(5)]
        shutdown = threading.Thread(target=writer.close)
        shutdown.start()
        coming.set()
        shutdown.join()

        assert [future.result() for future in futures] == [None] * 5
        assert predictions.count(database, task="pneumonia") == 5
        with pytest.raises(StorageFailed, match="being stopped"):
            writer.add(record(), task="pneumonia")


class TestFailing:
    @only_sqlite
    def test_all_of_a_group_are_told_and_nothing_is_kept(
        self, writer: PredictionWriter, database: Engine, write_health: WriteHealth
    ) -> None:
        with locked(database):
            futures = [writer.add(record(), task="pneumonia") for _ in range(3)]
            for future in futures:
                with pytest.raises(StoreBusy, match="try again"):
                    future.result()
            with pytest.raises(StoreBusy):
                write_health.check()

        assert predictions.count(database, task="pneumonia") == 0
        writer.add(record(), task="pneumonia").result()
        write_health.check()

    def test_one_that_cannot_be_kept_does_not_take_others_along(
        self, database: Engine, caplog: pytest.LogCaptureFixture
    ) -> None:
        coming = threading.Event()
        writer = PredictionWriter(database, WriteHealth(), is_busy=coming.wait)
        no_number: Any = {1, 2}
        unfit = replace(record(), probabilities={"Normal": no_number})
        futures = [writer.add(each, task="pneumonia") for each in (record(), unfit, record())]

        coming.set()
        wait_until(lambda: all(future.done() for future in futures), "all were dealt with")
        writer.close()

        assert [future.exception() is None for future in futures] == [True, False, True]
        assert predictions.count(database, task="pneumonia") == 2
        assert f"answer not kept id={unfit.id}" in caplog.text

    @only_sqlite
    def test_the_log_of_it_says_nothing_of_the_image(
        self, writer: PredictionWriter, caplog: pytest.LogCaptureFixture
    ) -> None:
        twice = replace(record(), filename="Jane Doe.png")
        writer.add(twice, task="pneumonia").result()

        with pytest.raises(IntegrityError):
            writer.add(twice, task="pneumonia").result()

        assert "UNIQUE constraint failed" in caplog.text
        assert "Jane Doe" not in caplog.text

    def test_an_answer_on_its_way_cannot_be_called_back(self, writer: PredictionWriter) -> None:
        future = writer.add(record(), task="pneumonia")

        assert not future.cancel()
        assert future.result() is None
