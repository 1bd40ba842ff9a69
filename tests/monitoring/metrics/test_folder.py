"""Figures of several workers are one sum, and what the dead have counted stays in it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.monitoring.metrics import definitions as m
from api.monitoring.metrics.counters import MetricKey
from api.monitoring.metrics.folder import ENDED, WorkerMetrics, open_metrics
from api.monitoring.metrics.observers import RequestCounts

PREDICTED = MetricKey(m.HTTP_REQUESTS.name, "", ("/predict", "POST", "200"))
WAITING = MetricKey(m.QUEUE_WAITING.name, "", ())


def asked(figures: WorkerMetrics, times: int) -> None:
    counts = RequestCounts(figures.counters)
    for _ in range(times):
        counts.answered("/predict", "POST", 200, seconds=0.02)


Open = Callable[[], WorkerMetrics]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Starts a worker; those that live are ended with the test."""
    started: list[WorkerMetrics] = []

    def start() -> WorkerMetrics:
        started.append(open_metrics(tmp_path))
        return started[-1]

    yield start
    for figures in started:
        figures.close()


@pytest.fixture
def both(opened: Open) -> tuple[WorkerMetrics, WorkerMetrics]:
    return opened(), opened()


class TestSeveralWorkers:
    def test_each_gives_the_sum(self, both: tuple[WorkerMetrics, WorkerMetrics]) -> None:
        asked(both[0], 3)
        asked(both[1], 4)

        assert both[0].totals()[PREDICTED] == both[1].totals()[PREDICTED] == 7

    def test_durations_are_added_by_bucket(self, both: tuple[WorkerMetrics, WorkerMetrics]) -> None:
        for figures, seconds in zip(both, (0.02, 0.3), strict=True):
            RequestCounts(figures.counters).answered("/predict", "POST", 200, seconds=seconds)

        totals = both[0].totals()
        labels = ("/predict", "POST")
        found = {
            part: totals[MetricKey(m.HTTP_SECONDS.name, part, labels)] for part in ("0.025", "0.5")
        }
        assert found == {"0.025": 1, "0.5": 1}
        assert totals[MetricKey(m.HTTP_SECONDS.name, "sum", labels)] == pytest.approx(0.32)

    def test_what_is_now_is_that_of_the_living(
        self, both: tuple[WorkerMetrics, WorkerMetrics]
    ) -> None:
        both[0].counters.series(m.QUEUE_WAITING).set(2)
        both[1].counters.series(m.QUEUE_WAITING).set(5)

        assert both[0].totals()[WAITING] == 7
        both[1].close()
        assert both[0].totals()[WAITING] == 2


class TestTheDead:
    def test_their_counters_stay(self, both: tuple[WorkerMetrics, WorkerMetrics]) -> None:
        asked(both[0], 3)
        asked(both[1], 4)

        both[1].close()

        assert both[0].totals()[PREDICTED] == 7

    def test_the_one_that_takes_their_place_goes_on_from_there(
        self, both: tuple[WorkerMetrics, WorkerMetrics], tmp_path: Path, opened: Open
    ) -> None:
        asked(both[0], 3)
        asked(both[1], 4)
        both[1].close()

        for _ in range(3):
            another = opened()
            asked(another, 1)
            another.close()

        assert both[0].totals()[PREDICTED] == 10
        # Files of the dead do not pile up.
        assert len(list(tmp_path.glob("*.figures"))) == 2

    def test_one_cut_short_while_adding_up_counts_nothing_twice(
        self, both: tuple[WorkerMetrics, WorkerMetrics], tmp_path: Path, opened: Open
    ) -> None:
        asked(both[1], 4)
        both[1].close()
        dead = tmp_path / f"{both[1].id}.figures"
        content = dead.read_bytes()
        another = opened()
        dead.write_bytes(content)

        assert both[0].totals()[PREDICTED] == 4
        another.close()
        assert opened().totals()[PREDICTED] == 4

    def test_a_new_start_begins_at_nothing(
        self, both: tuple[WorkerMetrics, WorkerMetrics], opened: Open
    ) -> None:
        for figures in both:
            asked(figures, 1)
            figures.close()

        assert opened().totals() == {}


class TestWhatCannotBeRead:
    @pytest.mark.parametrize("content", [b"", b"\xff" * 200, b"{}", b'{"workers": 1}'])
    def test_it_costs_no_other_figure(
        self, both: tuple[WorkerMetrics, WorkerMetrics], tmp_path: Path, content: bytes
    ) -> None:
        asked(both[0], 3)
        (tmp_path / ENDED).write_bytes(content)
        (tmp_path / "another.figures").write_bytes(content)

        assert both[0].totals()[PREDICTED] == 3

    def test_a_folder_that_is_gone_leaves_the_own_ones(
        self, both: tuple[WorkerMetrics, WorkerMetrics], tmp_path: Path
    ) -> None:
        asked(both[0], 3)
        tmp_path.rename(tmp_path.with_name("elsewhere"))

        assert both[0].totals()[PREDICTED] == 3
        assert not tmp_path.exists()

    def test_where_no_folder_can_be_made_each_has_its_own(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("no folder")

        figures = open_metrics(tmp_path / "file" / "metrics")
        asked(figures, 2)

        assert figures.totals()[PREDICTED] == 2
        figures.close()


class TestALimit:
    def test_series_beyond_the_file_are_the_workers_own(self, opened: Open) -> None:
        figures, other = opened(), opened()
        for number in range(12_000):
            figures.counters.series(m.PREDICTIONS, "task", f"v{number}", "positive", "Normal").add()

        assert len(figures.totals()) == 12_000
        assert 5000 < len(other.totals()) < 12_000
        assert json.dumps(sorted(other.totals())[0])
