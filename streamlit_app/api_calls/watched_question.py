"""A question that is given up where the server falls silent while it is under way.

One that was sent just before a server hangs would otherwise hold its page up until its own time is
over, which is long enough for slow answers.
"""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Answer = TypeVar("Answer")
# After so long without an answer it is asked whether there will be one.
WAITED_S = 0.3


def answered(ask: Callable[[], Answer], *, require_alive: Callable[[], None]) -> Answer:
    """What `ask` returns, in a thread that may outlast whoever waits for it.

    Raises: what `ask` raises; what `require_alive` raises, where that finds the server silent.
    """
    answer: Future[Answer] = Future()
    Thread(target=_ask, args=(answer, ask), daemon=True).start()
    while True:
        try:
            return answer.result(timeout=WAITED_S)
        except TimeoutError:
            if answer.done():
                return answer.result()
            require_alive()


def _ask(answer: "Future[Answer]", ask: Callable[[], Answer]) -> None:
    try:
        answer.set_result(ask())
    except Exception as exc:  # noqa: BLE001 (whoever waits raises it)
        answer.set_exception(exc)
