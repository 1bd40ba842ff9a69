"""What a question costs does not grow with the history: counted in steps of SQLite's virtual
machine, and in what it says of its plans."""

import json
import uuid
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from api.clock import now
from api.monitoring.activity import activity
from api.records.answers import feedback, predictions
from api.records.answers.feedback import FeedbackRecord
from api.records.database import open_database, writing
from api.records.retrainings import jobs
from api.records.retrainings.job_tables import jobs as jobs_table
from api.records.servers import request_errors
from api.records.servers.request_errors import RequestErrorRecord
from api.records.statistics import counters, sample_sums
from api.records.tables import feedback as feedback_table
from api.records.training_images import samples
from api.records.training_images.sample_filter import SampleFilter
from api.records.training_images.sample_tables import samples as samples_table
from api.records.upkeep import schedule
from api.records.upkeep.prediction_retention import Retention
from api.samples.summary import summarise
from tests.records import stored_predictions
from tests.records.test_samples import RECORD
from tests.records.work import plans, steps_of, work_of

LABELS = ("Normal", "COVID-19", "Pneumonia-Bacterial", "Pneumonia-Viral")
SMALL, LARGE = 400, 4000
# What may come with a deeper tree; the rows are ten times as many.
ALLOWED = 1.6
MOMENT = now()


def fill(engine: Engine, number: int) -> None:
    """Answers of 31 days, a word about most, samples, jobs, failures: of each as many."""
    random = np.random.default_rng(1)
    for first in range(0, number, 200):
        predictions.add_all(
            engine, [(answer(n, number), None) for n in range(first, first + 200)], task="pneumonia"
        )
    words = [asdict(FeedbackRecord(f"id{n}", MOMENT, "Normal", "")) for n in range(0, number, 3)]
    rows = [asdict(sample(n, random)) for n in range(number // 4)]
    with writing(engine) as connection:
        connection.execute(feedback_table.insert(), words)
        connection.execute(samples_table.insert(), rows)
        sample_sums.rebuild(connection, task="pneumonia")
    with writing(engine) as connection:
        rows = [job(n) for n in range(number // 4)]
        connection.execute(jobs_table.insert(), rows)
    for _ in range(60):
        request_errors.add(
            engine, RequestErrorRecord(MOMENT, 422, "t", "d", "p", "r"), task="pneumonia"
        )
    while schedule.step(engine, Retention(), MOMENT, task="pneumonia"):
        pass


def answer(number: int, of: int) -> predictions.PredictionRecord:
    age = timedelta(days=30.9) * (of - number) / of
    return replace(
        stored_predictions.record(number),
        created_at=MOMENT - age,
        label=LABELS[number % 4],
        timings={"total_ms": 5.0 + number % 30},
    )


def sample(number: int, random: np.random.Generator) -> samples.SampleRecord:
    return replace(
        RECORD,
        sha256=f"{number:064d}",
        label=LABELS[number % 4],
        created_at=MOMENT - timedelta(minutes=number),
        brightness=float(random.uniform(0, 255)),
        source=f"ward {number % 3}",
        part=("train", "holdout", None)[number % 3],
        origin=("upload", "import")[number % 2],
        disputed="Normal" if number % 40 == 1 else None,
    )


def job(number: int) -> dict[str, object]:
    at = MOMENT - timedelta(minutes=number)
    return {
        "id": uuid.uuid4().hex, "task": "pneumonia", "state": "kept", "phase": "done",
        "epoch": 1, "epochs": 1, "progress": 1.0, "created_at": at, "finished_at": at,
        "samples": {}, "history": json.loads("[]"), "version": f"v{number}",
    }  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two databases, one with ten times the history of the other."""
    folder = tmp_path_factory.mktemp("growth")
    with pytest.MonkeyPatch.context() as patch:
        # A month of old counters would be a step for each answer.
        patch.setattr(counters, "DROPPED_AT_ONCE", 100 * counters.DROPPED_AT_ONCE)
        for number in (SMALL, LARGE):
            engine = open_database(f"sqlite:///{folder / str(number)}.db", timeout_s=5)
            fill(engine, number)
            engine.dispose()
    return folder


def opened(folder: Path, number: int) -> Engine:
    return open_database(f"sqlite:///{folder / str(number)}.db", timeout_s=5)


QUESTIONS: dict[str, Callable[[Engine], object]] = {
    "activity of 1 minute": lambda e: activity(e, window_minutes=1, task="pneumonia"),
    "activity of 15 minutes": lambda e: activity(e, window_minutes=15, task="pneumonia"),
    "total": lambda e: predictions.totals(e, task="pneumonia"),
    "count": lambda e: predictions.count(e, task="pneumonia"),
    "newest answers": lambda e: predictions.newest(e, limit=50, before=None, task="pneumonia"),
    "answers from the middle": lambda e: predictions.newest(
        e, limit=50, before="id200", task="pneumonia"
    ),
    "one answer": lambda e: predictions.get(e, "id7", task="pneumonia"),
    "heat map": lambda e: predictions.activation_of(e, "id7", task="pneumonia"),
    "answers without a word": lambda e: feedback.waiting(e, limit=20, task="pneumonia"),
    "words about an answer": lambda e: feedback.of(e, "id9", task="pneumonia"),
    "samples by class": lambda e: samples.counts(e, task="pneumonia"),
    "summary of samples": lambda e: summarise(e, LABELS, task="pneumonia"),
    "newest samples": lambda e: samples.page(
        e, SampleFilter(), limit=50, after=None, task="pneumonia"
    ),
    "samples behind one": lambda e: samples.page(
        e, SampleFilter(), limit=50, after=f"{SMALL // 8:064d}", task="pneumonia"
    ),
    "samples of a class": lambda e: samples.page(
        e, SampleFilter(label="Normal"), limit=20, after=None, task="pneumonia"
    ),
    "disputed samples": lambda e: samples.page(
        e, SampleFilter(disputed=True), limit=2, after=None, task="pneumonia"
    ),
    "new samples": lambda e: samples.added_since(
        e, MOMENT - timedelta(minutes=20), LABELS, task="pneumonia"
    ),
    "jobs": lambda e: jobs.newest(e, task="pneumonia"),
    "active job": lambda e: jobs.active(e, task="pneumonia"),
    "waiting job": lambda e: jobs.waiting(e, task="pneumonia"),
    "last job": lambda e: jobs.last_finished(e, task="pneumonia"),
    "gate of a version": lambda e: jobs.failed_checks(e, "v7", task="pneumonia"),
    "failures": lambda e: request_errors.since(
        e, MOMENT - timedelta(minutes=5), limit=50, task="pneumonia"
    ),
    "upkeep": lambda e: schedule.step(e, Retention(400, 400), MOMENT, task="pneumonia"),
}


class TestQuestions:
    @pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
    def test_a_longer_history_costs_no_more(
        self, folder: Path, question: Callable[[Engine], object]
    ) -> None:
        few, many = opened(folder, SMALL), opened(folder, LARGE)

        assert steps_of(many, question) <= ALLOWED * steps_of(few, question) + 100

        few.dispose()
        many.dispose()

    @pytest.mark.parametrize("minutes", [15, 60, 24 * 60, 31 * 24 * 60])
    def test_a_window_costs_what_its_slices_are_not_what_they_hold(
        self, database: Engine, minutes: int
    ) -> None:
        def ask(engine: Engine) -> None:
            activity(engine, window_minutes=minutes, task="pneumonia")

        def fill_slices() -> None:
            """1500 answers, each time at the same moments: more than are read one by one."""
            records = [
                replace(answer(n, 1500), id=uuid.uuid4().hex, created_at=moment - apart * n)
                for n in range(1500)
            ]
            predictions.add_all(database, [(record, None) for record in records], task="pneumonia")

        # Not MOMENT: the file may be read long before the test runs.
        moment = now()
        apart = timedelta(minutes=minutes) / 1501
        fill_slices()
        once = steps_of(database, ask)
        for _ in range(4):
            fill_slices()

        assert steps_of(database, ask) <= 1.1 * once + 100

    def test_storing_an_answer_costs_no_more(self, folder: Path) -> None:
        few, many = opened(folder, SMALL), opened(folder, LARGE)

        def store(engine: Engine) -> None:
            record = replace(stored_predictions.record(0), id=uuid.uuid4().hex, created_at=MOMENT)
            predictions.add_all(
                engine, [(record, np.ones((7, 7, 4), dtype=np.float32))], task="pneumonia"
            )

        assert steps_of(many, store) <= ALLOWED * steps_of(few, store) + 100
        few.dispose()
        many.dispose()

    def test_exporting_holds_a_page_at_a_time(self, folder: Path) -> None:
        many = opened(folder, LARGE)

        with work_of(many) as work:
            found = [
                record.sha256
                for record in samples.each(many, SampleFilter(disputed=False), task="pneumonia")
            ]

        expected = [record.sha256 for record in samples.everything(many, task="pneumonia")]
        assert sorted(found) == sorted(expected)
        assert len(found) == len(set(found))
        assert len(work.statements) == -(-len(found) // samples.PAGE) + (
            len(found) % samples.PAGE == 0
        )
        many.dispose()


class TestPlans:
    @pytest.mark.parametrize("minutes", [1, 29, 60, 24 * 60, 31 * 24 * 60])
    def test_windows_are_found_by_the_counters_keys(self, folder: Path, minutes: int) -> None:
        many = opened(folder, LARGE)

        with work_of(many) as work:
            activity(many, window_minutes=minutes, task="pneumonia")

        lines = plans(many, work)
        by_key = "USING PRIMARY KEY (task=? AND resolution_s=? AND start>?"
        assert any(f"prediction_counts {by_key}" in line for line in lines)
        assert any(f"latency_counts {by_key}" in line for line in lines)
        assert not [line for line in lines if line.startswith("SCAN predictions")]
        many.dispose()

    @pytest.mark.parametrize(
        "filters",
        [
            SampleFilter(label="Normal"),
            SampleFilter(source="ward 1"),
            SampleFilter(part="train"),
            SampleFilter(origin="upload"),
            SampleFilter(disputed=True),
            SampleFilter(disputed=False),
            SampleFilter(label="Normal", part="train"),
            SampleFilter(),
        ],
    )
    def test_samples_are_listed_in_the_order_of_an_index(
        self, folder: Path, filters: SampleFilter
    ) -> None:
        many = opened(folder, LARGE)

        with work_of(many) as work:
            samples.page(many, filters, limit=50, after=f"{SMALL // 8:064d}", task="pneumonia")

        lines = plans(many, work)
        assert [line for line in lines if "USING INDEX newest_" in line]
        assert not [line for line in lines if "TEMP B-TREE" in line]
        many.dispose()

    def test_opening_counts_samples_from_indexes_alone(self, folder: Path) -> None:
        many = opened(folder, LARGE)

        with work_of(many) as work, many.connect() as connection:
            assert not sample_sums.is_behind(connection, task="pneumonia")

        of_samples = [line for line in plans(many, work) if "SEARCH samples " in line]
        assert len(of_samples) == 2
        assert all("USING COVERING INDEX" in line for line in of_samples)
        many.dispose()

    def test_what_is_too_old_is_found_by_its_time(self, folder: Path) -> None:
        many = opened(folder, LARGE)

        with work_of(many) as work:
            schedule.step(many, Retention(400, 400), MOMENT, task="pneumonia")

        lines = plans(many, work)
        assert any("predictions_by_time (task=? AND created_at<?)" in line for line in lines)
        assert not [
            line for line in lines if line.startswith(("SCAN predictions", "SCAN heatmaps"))
        ]
        many.dispose()
