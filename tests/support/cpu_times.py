"""Where the suite's time goes, in seconds of one processor, whatever else the machine does.

`python -m pytest -p tests.support.cpu_times`, with or without `--numprocesses`. A folder, or a file
beside folders, has what its tests and fixtures used in the test process, and in the processes that
ended meanwhile. `--costly=30` also names the 30 files and the 30 tests that used most: in the
fixtures before the test, in the test, and in the fixtures after it.
"""

import resource
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

KEY = "cpu_times"
COLLECTION = "(imports and collection)"
LEAST_S = 1.0
TESTS = Path(__file__).parents[1]


def used_s() -> float:
    """User and system time of this process and of its children that have ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


class CpuTimes:
    """What was used so far: by test, before it, in it and after it."""

    def __init__(self, costly: int) -> None:
        self.costly = costly
        self.collection = 0.0
        self.tests: defaultdict[str, list[float]] = defaultdict(list)

    def pytest_collection_finish(self) -> None:
        self.collection += used_s()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._counted(item))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._counted(item))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._counted(item))

    def _counted(self, item: pytest.Item) -> Generator[None, object, object]:
        before = used_s()
        try:
            return (yield)
        finally:
            place = item.path.relative_to(TESTS).as_posix()
            test = item.nodeid.partition("::")[2]
            self.tests[f"{place}::{test}"].append(used_s() - before)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[KEY] = (self.collection, dict(self.tests))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        collection, tests = getattr(node, "workeroutput", {}).get(KEY, (0.0, {}))
        self.collection += collection
        self.tests.update(tests)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        folders = self._by(lambda test: "/".join(test.partition("::")[0].split("/")[:2]))
        folders[COLLECTION] = self.collection
        terminalreporter.section("seconds of one processor")
        for place, seconds in _most_first(folders):
            if seconds >= LEAST_S:
                terminalreporter.write_line(f"{seconds:8.1f}  {place}")
        terminalreporter.write_line(f"{sum(folders.values()):8.1f}  in all")
        if self.costly:
            self._show_costly(terminalreporter)

    def _show_costly(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("by file")
        for file, seconds in _most_first(self._by(lambda test: test.partition("::")[0]))[
            : self.costly
        ]:
            terminalreporter.write_line(f"{seconds:8.2f}  {file}")
        terminalreporter.section("by test: before it, in it, after it")
        for test, _ in _most_first(self._by(str))[: self.costly]:
            phases = " ".join(f"{seconds:7.2f}" for seconds in self.tests[test])
            terminalreporter.write_line(f"{phases}  {test}")

    def _by(self, place: Any) -> dict[str, float]:
        seconds: defaultdict[str, float] = defaultdict(float)
        for test, phases in self.tests.items():
            seconds[place(test)] += sum(phases)
        return dict(seconds)


def _most_first(seconds: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(seconds.items(), key=lambda each: -each[1])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--costly", type=int, default=0, help="how many files and tests are named")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(CpuTimes(config.getoption("--costly")), KEY)
