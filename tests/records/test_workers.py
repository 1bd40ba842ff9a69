"""Which serving processes are alive."""

from datetime import timedelta

from sqlalchemy import Engine

from api.records import workers
from api.records.tables import now, writing
from api.records.tables import workers as table
from api.records.workers import ALIVE_FOR, FORGET_AFTER, Condition


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
        condition = Condition("v3", precision="int8", waiting=4, films_per_s=98.5)
        workers.beat(database, "a", condition)

        (worker,) = workers.alive(database)

        assert (worker.id, worker.pid, worker.model_version) == ("a", 1, "v3")
        assert (worker.precision, worker.waiting, worker.films_per_s) == ("int8", 4, 98.5)

    def test_a_silent_worker_is_gone_and_back_with_its_next_beat(self, database: Engine) -> None:
        workers.register(database, worker_id="a", host="h", pid=1)
        silent_for(database, "a", ALIVE_FOR + timedelta(seconds=1))
        assert workers.alive(database) == []

        workers.beat(database, "a", Condition(model_version=None))

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
        workers.beat(database, "old", Condition(model_version=None))

        assert [worker.id for worker in workers.alive(database)] == ["new"]
