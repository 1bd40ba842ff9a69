"""Questions to the API that do not need each other's answers, asked at once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

Answer = TypeVar("Answer")
AT_ONCE = 4


class AskOne(Protocol):
    """Begins with a question; its answer is the `result()`, which raises what the question does."""

    def __call__(self, question: Callable[[], Answer], /) -> Future[Answer]: ...


@contextmanager
def at_once() -> Iterator[AskOne]:
    """A few threads, which know for which browser session they work; all is answered at its end."""
    context = get_script_run_ctx(suppress_warning=True)

    def enter() -> None:
        if context is not None:
            add_script_run_ctx(threading.current_thread(), context)

    with ThreadPoolExecutor(AT_ONCE, initializer=enter) as threads:
        yield threads.submit
