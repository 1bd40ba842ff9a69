"""Knowing in time that the server is being stopped."""

import signal
import threading
from collections.abc import Iterator

import pytest

from api.serving.shutdown import SIGNALS, Shutdown


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class TestShutdown:
    @pytest.mark.parametrize("number", SIGNALS)
    def test_a_signal_is_noted_and_passed_on(self, number: signal.Signals) -> None:
        got: list[int] = []
        signal.signal(number, lambda number, _: got.append(number))
        shutdown = Shutdown()
        shutdown.watch()
        assert not shutdown

        signal.raise_signal(number)

        assert shutdown
        assert got == [number]

    def test_what_is_ignored_stays_ignored(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        shutdown = Shutdown()
        shutdown.watch()

        signal.raise_signal(signal.SIGTERM)

        assert shutdown

    def test_outside_the_main_thread_nothing_is_touched(self) -> None:
        before = signal.getsignal(signal.SIGTERM)

        thread = threading.Thread(target=Shutdown().watch)
        thread.start()
        thread.join()

        assert signal.getsignal(signal.SIGTERM) is before
