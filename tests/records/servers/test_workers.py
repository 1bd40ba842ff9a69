"""Which serving processes are alive."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from api.clock import now
from api.records.database import writing
from api.records.servers import workers
from api.records.servers.workers import ALIVE_FOR, FORGET_AFTER, WorkerState
from api.records.tables import workers as table


def silent_for(database: Engine, worker_id: str, silence: timedelta) -> None:
    with writing(database) as connection:
        connection.execute(
            table.update()
            .where(table.c.id == worker_id)
            .values(heartbeat_at=now() - silence, started_at=now() - silence - silence)
        )


class TestLiving:
    def test_a_registered_worker_is_alive_and_says_what_it_serves(self, database: Engine) -> None:
        workers.register(database, worker_id="a", host="h", pid=1)
        condition = WorkerState(
            "v3",
            precision="int8",
            waiting=4,
            films_per_s=98.5,
            p99_ms=41.5,
            decoder_crashes=1,
            decoder_timeouts=2,
            process_restarts=3,
        )
        workers.beat(database, "a", condition)

        (worker,) = workers.alive(database)

        assert (worker.id, worker.pid, worker.model_version) == ("a", 1, "v3")
        assert (worker.precision, worker.waiting) == ("int8", 4)
        assert (worker.films_per_s, worker.p99_ms) == (98.5, 41.5)
        assert (worker.decoder_crashes, worker.decoder_timeouts) == (1, 2)
        assert worker.process_restarts == 3

    def test_a_silent_worker_is_gone_and_back_with_its_next_beat(self, database: Engine) -> None:
        workers.register(database, worker_id="a", host="h", pid=1)
        silent_for(database, "a", ALIVE_FOR + timedelta(seconds=1))
        assert workers.alive(database) == []

        workers.beat(database, "a", WorkerState(model_version=None))

        assert len(workers.alive(database)) == 1

    def test_one_that_left_is_gone(self, database: Engine) -> None:
        workers.register(database, worker_id="a", host="h", pid=1)

        workers.remove(database, "a")

        assert workers.alive(database) == []

    def test_the_longest_running_comes_first(self, database: Engine) -> None:
        for name in ("young", "old"):
            workers.register(database, worker_id=name, host="h", pid=1)
        silent_for(database, "old", timedelta(seconds=3))

        assert [worker.id for worker in workers.alive(database)] == ["old", "young"]

    def test_one_that_was_killed_long_ago_is_forgotten(self, database: Engine) -> None:
        workers.register(database, worker_id="old", host="h", pid=1)
        silent_for(database, "old", FORGET_AFTER + timedelta(seconds=1))

        workers.register(database, worker_id="new", host="h", pid=2)
        workers.beat(database, "old", WorkerState(model_version=None))

        assert [worker.id for worker in workers.alive(database)] == ["new"]


class TestTheSlowest:
    @pytest.mark.parametrize(
        ("p99s", "slowest"),
        [
            ([], None),
            ([None], None),
            ([None, 40.0], 40.0),
            ([600.0, 40.0], 600.0),
        ],
        ids=["no worker", "too few films", "one of two", "two"],
    )
    def test_it_is_the_longest_p99_that_any_of_them_tells(
        self, database: Engine, p99s: list[float | None], slowest: float | None
    ) -> None:
        for number, p99_ms in enumerate(p99s):
            workers.register(database, worker_id=str(number), host="h", pid=number)
            workers.beat(database, str(number), WorkerState("v1", p99_ms=p99_ms))

        assert workers.slowest_p99_ms(database, host="h") == slowest

    def test_one_that_is_gone_says_nothing_more(self, database: Engine) -> None:
        workers.register(database, worker_id="a", host="h", pid=1)
        workers.beat(database, "a", WorkerState("v1", p99_ms=600.0))
        silent_for(database, "a", ALIVE_FOR + timedelta(seconds=1))

        assert workers.slowest_p99_ms(database, host="h") is None

    def test_one_of_another_machine_takes_no_core_from_anybody_here(self, database: Engine) -> None:
        for host, p99_ms in (("here", 40.0), ("elsewhere", 600.0)):
            workers.register(database, worker_id=host, host=host, pid=1)
            workers.beat(database, host, WorkerState("v1", p99_ms=p99_ms))

        assert workers.slowest_p99_ms(database, host="here") == 40.0
