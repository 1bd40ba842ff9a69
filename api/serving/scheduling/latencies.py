"""How long the films answered lately took, whatever they waited for."""

import time
from collections.abc import Callable

import numpy as np

WINDOW_S = 10.0
# Of fewer, the slowest hundredth is a matter of luck.
MIN_IMAGES = 20
# More than a worker answers in the window.
MAX_REMEMBERED = 4096
P99 = 0.99


class Latencies:
    """A ring of the newest answers: written for every film, read at a heart-beat.

    A film more costs two writes into arrays that are there already; what it means is computed when
    somebody asks. One thread writes, another may read meanwhile.
    """

    def __init__(self, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._answered = np.full(MAX_REMEMBERED, -np.inf)
        self._took_s = np.zeros(MAX_REMEMBERED)
        self._next = 0

    def add(self, *, since: float) -> None:
        """A film that was there at `since`, in seconds of the clock, is answered now."""
        moment, at = self._clock(), self._next
        self._took_s[at] = moment - since
        self._answered[at] = moment
        self._next = (at + 1) % MAX_REMEMBERED

    def p99_ms(self) -> float | None:
        """Milliseconds within which 99 of 100 films of the last seconds were answered; None of too
        few.

        One slow film among a hundred does not count: it may have been a large one.
        """
        lately = self._answered >= self._clock() - WINDOW_S
        took_s = np.sort(self._took_s[lately])
        if len(took_s) < MIN_IMAGES:
            return None
        return round(float(took_s[int(P99 * (len(took_s) - 1))]) * 1e3, 1)
