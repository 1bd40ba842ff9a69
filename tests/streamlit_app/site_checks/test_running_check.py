"""A check beside the pages: to its end, stopped, or without a report."""

from collections.abc import Iterator
from threading import Event
from typing import cast

from api_types import CheckStep, SiteReport
from client import ApiDown
from site_checks.running_check import WatchedFile, begin
from site_checks.sent_file import BLOCK_BYTES, SentFile
from tests.streamlit_app import answers

SECONDS = 20
REPORT = cast(SiteReport, answers.site_report())


def step(done: int, report: SiteReport | None = None) -> CheckStep:
    return {"done": done, "total": 2, "report": report, "problem": None}


class TestRunningCheck:
    def test_it_reads_to_the_end(self) -> None:
        sent: list[bytes] = []

        def ask(file: WatchedFile) -> Iterator[CheckStep]:
            sent.extend(file.blocks())
            yield step(1)
            yield step(2, REPORT)

        content = b"PK" * BLOCK_BYTES
        run = begin(SentFile.of("a.zip", content), ask)

        assert run.wait(SECONDS)
        assert run.report is REPORT
        assert b"".join(sent) == content
        assert len(sent) == 2

    def test_whoever_stops_it_ends_the_connection(self) -> None:
        first, goes_on, closed = Event(), Event(), Event()

        def ask(_file: WatchedFile) -> Iterator[CheckStep]:
            try:
                first.set()
                goes_on.wait(SECONDS)
                yield step(1)
                yield step(2, REPORT)
            finally:
                closed.set()

        run = begin(SentFile.of("a.zip", b"PK"), ask)
        assert first.wait(SECONDS)

        run.stop()
        goes_on.set()

        assert run.wait(SECONDS)
        assert closed.is_set()
        assert run.report is None

    def test_a_file_is_sent_no_further_once_it_was_stopped(self) -> None:
        first, goes_on = Event(), Event()
        sent: list[bytes] = []

        def ask(file: WatchedFile) -> Iterator[CheckStep]:
            for block in file.blocks():
                sent.append(block)
                first.set()
                goes_on.wait(SECONDS)
            yield step(2, REPORT)

        run = begin(SentFile.of("a.zip", b"P" * (3 * BLOCK_BYTES)), ask)
        assert first.wait(SECONDS)

        run.stop()
        goes_on.set()

        assert run.wait(SECONDS)
        assert len(sent) == 1
        assert (run.report, run.problem) == (None, None)

    def test_why_there_is_no_report_is_kept(self) -> None:
        away = ApiDown("It is away.")

        def ask(_file: WatchedFile) -> Iterator[CheckStep]:
            yield step(1)
            raise away

        run = begin(SentFile.of("a.zip", b"PK"), ask)

        assert run.wait(SECONDS)
        assert run.problem is away
