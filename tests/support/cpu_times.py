"""Where the suite's time goes, in seconds of one processor, whatever else the machine does.

`python -m pytest -p tests.support.cpu_times`, with or without `--numprocesses`. A folder, or a file
beside folders, has what its tests and fixtures used in the test process, and in the processes that
ended meanwhile.
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
    """What was used so far, by folder."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def pytest_collection_finish(self) -> None:
        self.seconds[COLLECTION] += used_s()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        before = used_s()
        result = yield
        place = item.path.relative_to(TESTS).parts
        self.seconds["/".join(place[:2])] += used_s() - before
        return result

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[KEY] = dict(self.seconds)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        for place, seconds in getattr(node, "workeroutput", {}).get(KEY, {}).items():
            self.seconds[place] += seconds

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("seconds of one processor")
        for place, seconds in sorted(self.seconds.items(), key=lambda each: -each[1]):
            if seconds >= LEAST_S:
                terminalreporter.write_line(f"{seconds:8.1f}  {place}")
        terminalreporter.write_line(f"{sum(self.seconds.values()):8.1f}  in all")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(CpuTimes(), KEY)
