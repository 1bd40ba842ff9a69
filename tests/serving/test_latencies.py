"""What is said of the films answered lately."""

import pytest

from api.serving.scheduling.latencies import MAX_REMEMBERED, MIN_IMAGES, WINDOW_S, Latencies
from tests.support.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def latencies(clock: Clock) -> Latencies:
    return Latencies(clock=clock)


def answer(latencies: Latencies, clock: Clock, *, count: int, took_ms: float) -> None:
    for _ in range(count):
        latencies.add(since=clock.now - took_ms / 1e3)


class TestP99:
    def test_of_too_few_images_nothing_is_said(self, latencies: Latencies, clock: Clock) -> None:
        answer(latencies, clock, count=MIN_IMAGES - 1, took_ms=30)
        assert latencies.p99_ms() is None

        answer(latencies, clock, count=1, took_ms=30)
        assert latencies.p99_ms() == 30

    @pytest.mark.parametrize(("slow", "p99_ms"), [(1, 30), (2, 30), (3, 900)])
    def test_one_slow_image_in_a_hundred_does_not_count(
        self, latencies: Latencies, clock: Clock, slow: int, p99_ms: float
    ) -> None:
        answer(latencies, clock, count=201 - slow, took_ms=30)
        answer(latencies, clock, count=slow, took_ms=900)

        assert latencies.p99_ms() == p99_ms

    def test_what_was_answered_long_ago_does_not_count(
        self, latencies: Latencies, clock: Clock
    ) -> None:
        answer(latencies, clock, count=50, took_ms=900)
        clock.now += WINDOW_S
        assert latencies.p99_ms() == 900

        clock.now += 0.1
        assert latencies.p99_ms() is None
        answer(latencies, clock, count=50, took_ms=30)
        assert latencies.p99_ms() == 30

    def test_of_more_than_are_kept_the_newest_count(
        self, latencies: Latencies, clock: Clock
    ) -> None:
        answer(latencies, clock, count=MAX_REMEMBERED, took_ms=900)
        answer(latencies, clock, count=MAX_REMEMBERED, took_ms=30)

        assert latencies.p99_ms() == 30
