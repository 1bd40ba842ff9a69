"""When a retraining stands still for those who wait for answers."""

from dataclasses import dataclass, field

import pytest

from api.training.fitting.throttle import (
    ALLOWED_PER_WORKED_S,
    CHECK_EVERY_S,
    MAX_PAUSE_S,
    RESUME_BELOW,
    TrainingThrottle,
)

BOUND_MS = 500.0
BUSY, CALM = BOUND_MS + 1, BOUND_MS * RESUME_BELOW - 1


@dataclass
class Server:
    """What the workers say, and a clock; counts how often it is looked at."""

    p99_ms: float | None = CALM
    now: float = 100.0
    looked: int = 0
    throttle: TrainingThrottle = field(init=False)

    def __post_init__(self) -> None:
        self.throttle = self.asked_by(BOUND_MS)

    def asked_by(self, bound_ms: float) -> TrainingThrottle:
        return TrainingThrottle(bound_ms, self.look, clock=lambda: self.now)

    def look(self) -> float | None:
        self.looked += 1
        return self.p99_ms

    def pauses(self, p99_ms: float | None) -> bool:
        """Whether a second later, with this p99, the trainer stands still."""
        self.now += CHECK_EVERY_S
        self.p99_ms = p99_ms
        return self.throttle.reason() is not None

    def paused_of(self, seconds: int, p99_ms: float) -> int:
        return sum(self.pauses(p99_ms) for _ in range(seconds))


@pytest.fixture
def server() -> Server:
    return Server()


class TestPausing:
    def test_a_calm_server_is_no_reason(self, server: Server) -> None:
        assert not server.pauses(CALM)
        assert not server.pauses(BOUND_MS)

    def test_a_busy_one_is_with_the_figures(self, server: Server) -> None:
        server.p99_ms = 612.4

        assert server.throttle.reason() == (
            "The server is busy: the p99 of its answers is 612 ms, the bound is 500 ms."
        )

    def test_where_nothing_is_known_it_works(self, server: Server) -> None:
        assert not server.pauses(None)
        assert server.pauses(BUSY)
        assert not server.pauses(None)

    def test_without_a_bound_nobody_looks(self, server: Server) -> None:
        throttle = server.asked_by(0)
        server.p99_ms = 1e6

        assert throttle.reason() is None
        assert server.looked == 0

    def test_it_looks_once_a_second_however_often_it_is_asked(self, server: Server) -> None:
        for _ in range(100):
            server.now += CHECK_EVERY_S / 50
            server.throttle.reason()

        assert server.looked in {2, 3}


class TestGoingOn:
    def test_it_goes_on_only_once_the_server_is_clearly_below_the_bound(
        self, server: Server
    ) -> None:
        assert server.pauses(BUSY)
        assert server.pauses(BOUND_MS)
        assert server.pauses(BOUND_MS * RESUME_BELOW + 1)

        assert not server.pauses(BOUND_MS * RESUME_BELOW)
        assert not server.pauses(BOUND_MS)

    def test_what_it_stood_still_is_counted(self, server: Server) -> None:
        server.paused_of(5, BUSY)
        server.paused_of(5, CALM)
        server.paused_of(2, BUSY)
        server.pauses(CALM)

        assert server.throttle.paused_s == 7


class TestNotStarving:
    def test_a_stretch_ends_although_the_server_is_still_busy(self, server: Server) -> None:
        assert server.paused_of(int(MAX_PAUSE_S), BUSY) == MAX_PAUSE_S
        assert not server.pauses(BUSY)

    def test_then_it_works_until_a_whole_stretch_is_allowed_again(self, server: Server) -> None:
        server.paused_of(int(MAX_PAUSE_S) + 1, BUSY)

        work_s = MAX_PAUSE_S / ALLOWED_PER_WORKED_S
        assert server.paused_of(int(work_s) - 1, BUSY) == 0
        assert server.paused_of(int(MAX_PAUSE_S), BUSY) == MAX_PAUSE_S

    @pytest.mark.parametrize("calm_every", [0, 2, 7, 50, 59])
    def test_however_the_load_comes_a_third_of_the_time_is_worked(
        self, server: Server, calm_every: int
    ) -> None:
        paused = sum(
            server.pauses(CALM if calm_every and second % calm_every == 0 else BUSY)
            for second in range(3600)
        )

        assert paused <= 3600 * 2 / 3 + MAX_PAUSE_S

    def test_a_trainer_that_was_stopped_for_an_hour_has_stood_still_enough(
        self, server: Server
    ) -> None:
        server.pauses(BUSY)
        server.now += 3600

        assert not server.pauses(BUSY)
