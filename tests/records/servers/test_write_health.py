"""Whether the records take what this worker writes, as its heart-beat finds."""

import pytest

from api.errors import StorageFailed, StoreBusy
from api.records.servers.write_health import SILENT_S, WriteHealth


class Clock:
    at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


def test_a_beat_that_does_not_end_is_a_problem_until_it_does() -> None:
    clock = Clock()
    health = WriteHealth(clock=clock)
    with health.beating():
        clock.at_s = SILENT_S
        assert health.problem is None
        clock.at_s += 0.1
        with pytest.raises(StoreBusy, match="does not answer"):
            health.check()

    health.check()


def test_what_a_beat_failed_with_is_said_until_the_next_one() -> None:
    health = WriteHealth()
    full = StorageFailed("The disk is full; free some space.")
    with pytest.raises(StorageFailed), health.beating():
        raise full
    assert health.problem is full

    with health.beating():
        pass

    assert health.problem is None
