"""A fixed monotonic clock to inject; the wall clock is `api.clock.now`."""


class Clock:
    """Seconds that a test sets through `now`."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now
