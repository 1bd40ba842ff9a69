"""A check that runs beside the pages: whichever is looked at meanwhile, it goes on."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import cast

from api_types import CheckStep, RowReport, SiteReport
from client import ApiDown, ApiError
from site_checks.reading import Reading
from site_checks.sent_file import SentFile


class StoppedCheckError(Exception):
    """A person stopped it while the file was on its way."""


@dataclass(frozen=True, slots=True)
class WatchedFile:
    """A file that is sent no further once its check was stopped."""

    file: SentFile
    is_stopped: Callable[[], bool]

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def size_bytes(self) -> int:
        return self.file.size_bytes

    def blocks(self) -> Iterator[bytes]:
        """Raises: StoppedCheckError, OSError."""
        for block in self.file.blocks():
            if self.is_stopped():
                raise StoppedCheckError
            yield block


Ask = Callable[[WatchedFile], Iterator[CheckStep]]


@dataclass(slots=True)
class RunningCheck:
    """How far it is, and at last its report or why there is none; another thread writes it."""

    done: int = 0
    total: int | None = None
    report: SiteReport | RowReport | None = None
    problem: ApiError | ApiDown | OSError | None = None
    is_stopped: bool = False
    reading: Reading = field(default_factory=Reading)
    _over: Event = field(default_factory=Event)

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    def stop(self) -> None:
        """The API ends it when the connection does, which is within a second."""
        self.is_stopped = True

    def wait(self, seconds: float) -> bool:
        """Whether it is over within so long."""
        return self._over.wait(seconds)

    def described(self) -> str:
        """How far it is, in words; `reading.share` has it as a share."""
        return self.reading.take(self.done, self.total, at=time.monotonic())

    def follow(self, file: SentFile, ask: Ask) -> None:
        """Send the file and read what is answered, to the end."""
        try:
            self._read(ask(WatchedFile(file, lambda: self.is_stopped)))
        except StoppedCheckError:
            pass
        except (ApiError, ApiDown, OSError) as exc:
            self.problem = exc
        finally:
            self._over.set()

    def _read(self, steps: Iterator[CheckStep]) -> None:
        # Closing the client's generator ends the connection, and with it the check.
        with closing(cast(Generator[CheckStep, None, None], steps)):
            for step in steps:
                if self.is_stopped:
                    return
                self.done, self.total = step["done"], step["total"]
                self.report = step["report"]


def begin(file: SentFile, ask: Ask) -> RunningCheck:
    """Begin in a thread; `ask` is how the API is asked about the file."""
    check = RunningCheck()
    Thread(target=check.follow, args=(file, ask), daemon=True).start()
    return check
