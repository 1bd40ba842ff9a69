"""Two tasks in one database see nothing of each other, whichever function is called."""

import importlib
import inspect
import pkgutil
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import NoResultFound

from api import records
from api.clock import now
from api.errors import NotFound
from api.inputs.stored_names import FilenamePolicy
from api.model_card.promotion_policy import Check, Verdict
from api.records.alerting import alerts, signal_values
from api.records.answers import feedback, intakes, predictions
from api.records.answers.feedback import FeedbackRecord
from api.records.answers.prediction_writer import PredictionWriter
from api.records.audit_log import erasure
from api.records.audit_log.erasure import ErasureRequest, RemovedPrediction
from api.records.champions import champion_moves, nodes
from api.records.database import make_current, open_database, reading, writing
from api.records.retrainings import job_changes, job_events, job_tables, jobs, lost_jobs
from api.records.retrainings.job_holder import Holder
from api.records.retrainings.job_states import JobOutcome, JobState
from api.records.servers import request_errors
from api.records.servers.request_errors import MAX_STORED, RequestErrorRecord
from api.records.servers.write_health import WriteHealth
from api.records.statistics import counters, job_counts, sample_sums, windows
from api.records.statistics.counters import Counted
from api.records.tables import failures, metadata
from api.records.training_images import sample_edits, sample_history, samples
from api.records.training_images.sample_filter import SampleFilter
from api.records.training_images.sample_history import SampleChange
from api.records.training_images.samples import SampleRecord
from api.records.upkeep import (
    backfill,
    filename_retention,
    prediction_retention,
    schedule,
)
from api.records.upkeep.prediction_retention import Retention
from tests.records import stored_predictions, watched_tasks
from tests.records.watched_tasks import FIRST, Question

MOMENT = now()
SECOND, EMPTY = "mammography", "iris"
ACTIVATION = np.ones((7, 7, 4), dtype=np.float32)
EVERYTHING = ErasureRequest(before=MOMENT + timedelta(days=1))
DROPPED = FilenamePolicy(days=1)
KEEP = Retention(predictions_days=0.001, heatmaps_days=0.001)


def sha(number: int) -> str:
    """The same in both tasks."""
    return f"{number:064x}"


def sample(number: int, *, label: str = "Normal") -> SampleRecord:
    return SampleRecord(
        sha256=sha(number),
        label=label,
        filename="a.png",
        file=f"{label}/{number}.png",
        size_bytes=1,
        created_at=MOMENT - timedelta(minutes=number),
        brightness=float(number),
        edge_density=0.5,
        histogram=(0.5, 0.5),
        near_hash=bytes([number]) * 32,
    )


def answer(name: str, *, minutes: float = 5.0) -> predictions.PredictionRecord:
    return replace(
        stored_predictions.record(1), id=name, created_at=MOMENT - timedelta(minutes=minutes)
    )


def error() -> RequestErrorRecord:
    return RequestErrorRecord(MOMENT, 422, "t", "d", "p", "r")


def fill(engine: Engine, task: str) -> None:
    """Something for each function to find: answers, words, samples, jobs, and failures."""
    predictions.add_all(
        engine, [(answer(f"{task} {n}", minutes=n), ACTIVATION) for n in range(1, 5)], task=task
    )
    feedback.add(engine, FeedbackRecord(f"{task} 1", MOMENT, "Normal", "sure", "ann"), task=task)
    for number in range(1, 6):
        samples.add(engine, sample(number), task=task)
    sample_edits.dispute(engine, sha(1), "COVID-19", task=task, remark="")
    sample_edits.assign(engine, {sha(2): "train", sha(3): "holdout"}, task=task)
    sample_edits.delete(engine, sha(3), task=task, remark="")
    jobs.create(engine, job_id=f"{task} done", task=task, samples={})
    jobs.start(engine, f"{task} done", task=task)
    fell = Verdict.of([Check(name="fell", passed=False, detail="")])
    jobs.claim_finish(engine, f"{task} done", task=task, version="v2", verdict=fell)
    jobs.end(engine, f"{task} done", JobOutcome(JobState.KEPT, "", "v2", fell), task=task)
    jobs.create(engine, job_id=f"{task} failed", task=task, samples={})
    jobs.end(engine, f"{task} failed", JobOutcome(JobState.FAILED, ""), task=task)
    jobs.create(engine, job_id=f"{task} runs", task=task, samples={})
    # Of one machine, only one of both could run.
    with writing(engine) as connection:
        of_this = job_tables.jobs.c.id == f"{task} runs"
        connection.execute(job_tables.jobs.update().where(of_this).values(host=f"that of {task}"))
    jobs.create(engine, job_id=f"{task} waits", task=task, samples={}, may_wait=True)
    request_errors.add(engine, error(), task=task)
    with writing(engine) as connection:
        # Of a slice that no window reaches any more.
        old = Counted(MOMENT - timedelta(days=99), "Normal", 1.0)
        counters.tally(connection, [old], task=task)
    watched_tasks.add_watched(engine, task)


def inside(function: Callable[..., object], *arguments: object) -> Question:
    """A function that is called within a transaction."""

    def question(engine: Engine, task: str) -> object:
        with writing(engine) as connection:
            return function(connection, *arguments, task=task)

    return question


# What each asks of the first task's answers, so that the second task can be asked the same.
READS: dict[Callable[..., object], Question] = {
    **watched_tasks.READS,
    predictions.get: lambda e, t: predictions.get(e, f"{FIRST} 2", task=t),
    predictions.activation_of: lambda e, t: predictions.activation_of(e, f"{FIRST} 2", task=t),
    predictions.newest_at: lambda e, t: predictions.newest_at(e, task=t),
    predictions.newest: lambda e, t: predictions.newest(e, task=t, limit=9, before=None),
    predictions.count: lambda e, t: predictions.count(e, task=t),
    predictions.totals: lambda e, t: predictions.totals(e, task=t),
    feedback.of: lambda e, t: feedback.of(e, f"{FIRST} 1", task=t),
    feedback.newest_by: lambda e, t: feedback.newest_by(e, f"{FIRST} 1", given_by="ann", task=t),
    feedback.waiting: lambda e, t: feedback.waiting(e, task=t, limit=9),
    feedback.waiting_for_second: lambda e, t: feedback.waiting_for_second(
        e, reader="bob", task=t, limit=9
    ),
    feedback.readings: lambda e, t: feedback.readings(e, task=t, limit=9),
    samples.find: lambda e, t: samples.find(e, sha(2), task=t),
    samples.known: lambda e, t: samples.known(e, [sha(2)], task=t),
    samples.get: lambda e, t: samples.get(e, sha(2), task=t),
    sample_history.deletion: lambda e, t: sample_history.deletion(e, sha(3), task=t),
    sample_history.deleted: lambda e, t: sample_history.deleted(e, task=t),
    sample_history.deleted_near_hashes: lambda e, t: sample_history.deleted_near_hashes(e, task=t),
    samples.counts: lambda e, t: samples.counts(e, task=t),
    samples.sums: lambda e, t: samples.sums(e, task=t),
    samples.newest_of: lambda e, t: samples.newest_of(e, "Normal", task=t, limit=9),
    samples.everything: lambda e, t: samples.everything(e, task=t),
    samples.page: lambda e, t: [
        samples.page(e, selection, task=t, limit=9, after=None)
        for selection in (SampleFilter(), SampleFilter(part="train"), SampleFilter(disputed=True))
    ],
    samples.each: lambda e, t: list(samples.each(e, SampleFilter(), task=t)),
    samples.files: lambda e, t: samples.files(e, task=t),
    samples.files_of: lambda e, t: samples.files_of(e, [sha(3)], task=t),
    samples.added_since: lambda e, t: samples.added_since(
        e, MOMENT - timedelta(days=1), ["Normal"], task=t
    ),
    samples.sources: lambda e, t: samples.sources(e, task=t),
    samples.near_hashes: lambda e, t: samples.near_hashes(e, task=t),
    samples.ever_known: lambda e, t: samples.ever_known(e, task=t),
    sample_history.deletion_note: lambda e, t: sample_history.deletion_note(e, sha(3), task=t),
    sample_history.former_split: inside(sample_history.former_split, sha(3)),
    sample_history.changes: lambda e, t: sample_history.changes(e, sha(1), task=t),
    jobs.get: lambda e, t: jobs.get(e, f"{FIRST} runs", task=t),
    jobs.newest: lambda e, t: jobs.newest(e, task=t),
    jobs.active: lambda e, t: jobs.active(e, task=t),
    jobs.waiting: lambda e, t: jobs.waiting(e, task=t),
    jobs.last_finished: lambda e, t: jobs.last_finished(e, task=t),
    jobs.failed_checks: lambda e, t: jobs.failed_checks(e, "v2", task=t),
    erasure.find_samples: lambda e, t: erasure.find_samples(e, EVERYTHING, task=t),
    erasure.find_predictions: lambda e, t: erasure.find_predictions(e, EVERYTHING, [], task=t),
    request_errors.since: lambda e, t: request_errors.since(
        e, MOMENT - timedelta(days=1), task=t, limit=9
    ),
    request_errors.statuses: lambda e, t: request_errors.statuses(
        e, MOMENT - timedelta(days=1), task=t
    ),
    windows.read: lambda e, t: windows.read(e, MOMENT - timedelta(hours=1), task=t, slice_s=60),
    backfill.is_due: lambda e, t: backfill.is_due(e, task=t),
    backfill.reaches: inside(backfill.reaches, MOMENT),
    counters.is_behind: inside(counters.is_behind),
    counters.has_old: inside(counters.has_old, MOMENT),
    sample_sums.is_behind: inside(sample_sums.is_behind),
    sample_sums.of_classes: inside(sample_sums.of_classes),
}

# Who works on the first task's job.
RUNS = Holder(f"that of {FIRST}")

# Each changes something where it is called for the first task.
WRITES: dict[Callable[..., object], Question] = {
    **watched_tasks.WRITES,
    predictions.add_all: lambda e, t: predictions.add_all(
        e, [(answer(f"more of {t}"), ACTIVATION)], task=t
    ),
    feedback.add: lambda e, t: feedback.add(
        e, FeedbackRecord(f"{FIRST} 2", MOMENT, "Normal", ""), task=t
    ),
    feedback.take_back: lambda e, t: feedback.take_back(e, f"{FIRST} 1", given_by="ann", task=t),
    samples.add: lambda e, t: samples.add(e, sample(9), task=t),
    sample_edits.note: lambda e, t: sample_edits.note(
        e, sha(2), "restored", before=None, after="Normal", task=t
    ),
    sample_edits.dispute: lambda e, t: sample_edits.dispute(
        e, sha(2), "COVID-19", task=t, remark=""
    ),
    sample_edits.end_dispute: lambda e, t: sample_edits.end_dispute(e, sha(1), "COVID-19", task=t),
    sample_edits.settle: lambda e, t: sample_edits.settle(
        e, sha(1), "COVID-19", task=t, file="f", remark=""
    ),
    sample_edits.delete: lambda e, t: sample_edits.delete(e, sha(2), task=t, remark=""),
    sample_history.log_change: inside(
        sample_history.log_change,
        SampleChange(sha(2), MOMENT, "relabelled", "Normal", "COVID-19", ""),
    ),
    sample_edits.assign: lambda e, t: sample_edits.assign(e, {sha(4): "train"}, task=t),
    jobs.begin_waiting: lambda e, t: (
        jobs.stop(e, f"{FIRST} runs", JobState.CANCELLED, task=t, reason="")
        and jobs.begin_waiting(e, task=t)
    ),
    jobs.attach: lambda e, t: (
        lost_jobs.requeue(e, f"{FIRST} runs", task=t, lost=RUNS)
        and jobs.attach(e, f"{FIRST} runs", task=t, to=Holder("h", 2))
    ),
    jobs.start: lambda e, t: jobs.start(e, f"{FIRST} runs", task=t),
    jobs.stop: lambda e, t: jobs.stop(e, f"{FIRST} runs", JobState.CANCELLED, task=t, reason=""),
    jobs.end: lambda e, t: jobs.end(e, f"{FIRST} runs", JobOutcome(JobState.FAILED, ""), task=t),
    lost_jobs.finish_lost: lambda e, t: lost_jobs.finish_lost(
        e,
        jobs.get(e, f"{FIRST} runs", task=FIRST),
        JobOutcome(JobState.FAILED, ""),
        task=t,
        lost=RUNS,
    ),
    lost_jobs.requeue: lambda e, t: lost_jobs.requeue(e, f"{FIRST} runs", task=t, lost=RUNS),
    lost_jobs.still_waits: lambda e, t: lost_jobs.still_waits(
        e, jobs.get(e, f"{FIRST} runs", task=FIRST), task=t, reason="No room.", is_heard=True
    ),
    lost_jobs.release: lambda e, t: lost_jobs.release(e, f"{FIRST} runs", task=t, holder=RUNS),
    lost_jobs.hand_over: lambda e, t: (
        lost_jobs.release(e, f"{FIRST} runs", task=t, holder=RUNS)
        and jobs.stop(e, f"{FIRST} waits", JobState.CANCELLED, task=t, reason="")
        and lost_jobs.hand_over(e, f"{FIRST} runs", task=t)
    ),
    request_errors.add: lambda e, t: request_errors.add(e, error(), task=t),
    counters.add: inside(counters.add, [Counted(MOMENT, "Normal", 1.0)]),
    counters.tally: inside(counters.tally, [Counted(MOMENT, "Normal", 1.0)]),
    counters.drop_old: inside(counters.drop_old, MOMENT),
    counters.removed: inside(counters.removed, 1),
    sample_sums.put_in: inside(sample_sums.put_in, sha(2)),
    sample_sums.take_out: inside(sample_sums.take_out, sha(2)),
    prediction_retention.prune_predictions: lambda e, t: prediction_retention.prune_predictions(
        e, KEEP, MOMENT, task=t
    ),
    prediction_retention.prune_heatmaps: lambda e, t: prediction_retention.prune_heatmaps(
        e, KEEP, MOMENT, task=t
    ),
    erasure.remove_prediction: lambda e, t: erasure.remove_prediction(e, f"{FIRST} 2", task=t),
    erasure.remove_predictions: lambda e, t: list(
        erasure.remove_predictions(e, [RemovedPrediction(f"{FIRST} 2", "")], task=t)
    ),
    erasure.forget_words: lambda e, t: erasure.forget_words(e, EVERYTHING, [], task=t),
    filename_retention.step: lambda e, t: filename_retention.step(
        e, DROPPED, MOMENT + timedelta(days=9), task=t
    ),
    schedule.step: lambda e, t: schedule.step(e, KEEP, MOMENT, task=t),
}
# Tested below, or made of those that are above.
ELSEWHERE = {
    # The opposite of `samples.find`, after a look that waits for writers.
    samples.is_absent,
    predictions.probe_write, job_changes.change, jobs.create, jobs.progress, jobs.claim_finish,
    counters.note_uncounted, prediction_retention.remove, backfill.step,
    sample_sums.note_change, sample_sums.rebuild,
    # They are asked for all tasks, or for all but one.
    jobs.active_elsewhere,
    counters.tasks_behind, sample_sums.tasks_behind,
    # `task` is the one of rows that have none.
    open_database, make_current,
    champion_moves.adopt,
}  # fmt: skip
# What is the whole server's, or all tasks' together.
OF_THE_SERVER = (
    "accounts", "alerting.events", "alerting.outbox", "audit_log.audit", "database", "locks",
    "servers.clocks", "servers.unexpected_errors", "servers.workers", "transactions",
)  # fmt: skip
# Of the others: figures and alerts of all tasks, rows that name their task themselves, and rows
# that are found by an id of their own.
WITHOUT_TASK = {
    signal_values.answers, signal_values.decoder_failures, signal_values.oldest_heartbeat,
    signal_values.p99_ms, signal_values.server_errors,
    alerts.history, alerts.read_all, alerts.save, alerts.silence, alerts.silences, alerts.unsilence,
    job_counts.by_state, job_counts.last_finished,
    erasure.tasks_with_rows, schedule.give_back,
    intakes.add, intakes.prune, nodes.remove, nodes.report,
    intakes.change, intakes.get, intakes.of_prediction, intakes.remove, intakes.task_of_prediction,
    job_events.add_ended,
}  # fmt: skip


def record_modules() -> list[ModuleType]:
    """All of `api.records`, but for the revisions, which know the tables of their time."""
    found = pkgutil.walk_packages(records.__path__, f"{records.__name__}.")
    names = [each.name for each in found if ".migrations" not in each.name]
    return [importlib.import_module(name) for name in names]


def query_functions() -> dict[Callable[..., object], set[str]]:
    """Public functions that are given a database, with the names of their parameters."""
    found: dict[Callable[..., object], set[str]] = {}
    for module in record_modules():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            parameters = set(inspect.signature(function).parameters)
            is_here = function.__module__ == module.__name__ and not name.startswith("_")
            if is_here and parameters & {"engine", "connection", "task"}:
                found[function] = parameters
    return found


def stored(engine: Engine, task: str) -> dict[str, list[Any]]:
    """Every row of a task, heat maps by their answers' numbers."""
    with reading(engine) as connection:
        rows = {
            table.name: [
                tuple(row) for row in connection.execute(select(table).where(table.c.task == task))
            ]
            for table in metadata.sorted_tables
            if "task" in table.c
        }
        numbers = [row[0] for row in rows["predictions"]]
        maps = metadata.tables["heatmaps"]
        found = connection.execute(select(maps.c.number).where(maps.c.number.in_(numbers)))
        return rows | {"heatmaps": list(found.scalars())}


def outcome(question: Question, engine: Engine, task: str) -> object:
    """What comes of a question; that there is no such thing is an answer too."""
    try:
        found = question(engine, task)
    except (NotFound, NoResultFound):
        return NotFound
    return found.tolist() if isinstance(found, np.ndarray) else found


def names(questions: dict[Callable[..., object], Question]) -> list[Any]:
    return [
        pytest.param(question, id=f"{function.__module__.rpartition('.')[2]}.{function.__name__}")
        for function, question in questions.items()
    ]


def opened(path: Path) -> Engine:
    return open_database(f"sqlite:///{path}", timeout_s=5)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Databases without rows, with those of a task, and with the same and another task's."""
    home = tmp_path_factory.mktemp("tasks")
    opened(home / "none.db").dispose()
    one = opened(home / "one.db")
    fill(one, FIRST)
    one.dispose()
    shutil.copy(home / "one.db", home / "two.db")
    two = opened(home / "two.db")
    fill(two, SECOND)
    samples.add(two, sample(20, label="COVID-19"), task=SECOND)
    predictions.add_all(two, [(answer("another"), None)], task=SECOND)
    two.dispose()
    return home


@pytest.fixture(scope="module")
def databases(home: Path) -> Iterator[dict[str, Engine]]:
    engines = {name: opened(home / f"{name}.db") for name in ("none", "one", "two")}
    yield engines
    for engine in engines.values():
        engine.dispose()


@pytest.fixture
def filled(home: Path, tmp_path: Path) -> Iterator[Engine]:
    """Rows of two tasks, to be changed."""
    engine = opened(Path(shutil.copy(home / "two.db", tmp_path)))
    yield engine
    engine.dispose()


class TestReading:
    @pytest.mark.parametrize("question", names(READS))
    def test_another_task_changes_nothing_of_what_is_found(
        self, databases: dict[str, Engine], question: Question
    ) -> None:
        alone = outcome(question, databases["one"], FIRST)

        assert outcome(question, databases["two"], FIRST) == alone

    @pytest.mark.parametrize("question", names(READS))
    def test_a_task_without_rows_finds_what_an_empty_database_has(
        self, databases: dict[str, Engine], question: Question
    ) -> None:
        empty = outcome(question, databases["none"], EMPTY)

        assert outcome(question, databases["two"], EMPTY) == empty

    @pytest.mark.parametrize("question", names(watched_tasks.READS))
    def test_there_is_something_to_find(
        self, databases: dict[str, Engine], question: Question
    ) -> None:
        empty = outcome(question, databases["none"], EMPTY)

        assert outcome(question, databases["two"], FIRST) != empty


class TestWriting:
    @pytest.mark.parametrize("change", names(WRITES))
    def test_it_changes_its_own_rows_and_none_of_another_task(
        self, filled: Engine, change: Question
    ) -> None:
        first, second = stored(filled, FIRST), stored(filled, SECOND)

        outcome(change, filled, FIRST)

        assert stored(filled, FIRST) != first
        assert stored(filled, SECOND) == second

    @pytest.mark.parametrize("change", names(WRITES))
    def test_asked_for_a_third_task_it_changes_no_row_of_these(
        self, filled: Engine, change: Question
    ) -> None:
        first, second = stored(filled, FIRST), stored(filled, SECOND)

        outcome(change, filled, EMPTY)

        assert stored(filled, FIRST) == first
        assert stored(filled, SECOND) == second

    def test_of_each_task_one_job_may_run_and_one_wait(self, filled: Engine) -> None:
        assert len(jobs.newest(filled, task=FIRST)) == len(jobs.newest(filled, task=SECOND)) == 4
        assert not jobs.progress(filled, f"{FIRST} runs", task=SECOND)
        assert not jobs.claim_finish(
            filled, f"{FIRST} runs", task=SECOND, version="v3", verdict=Verdict.of([])
        )

    def test_a_task_without_moves_takes_over_those_of_its_files(self, filled: Engine) -> None:
        first = stored(filled, FIRST)
        files = {champion_moves.CHAMPION_ALIAS: [watched_tasks.MOVE]}

        assert not champion_moves.adopt(filled, files, task=FIRST)
        assert champion_moves.adopt(filled, files, task=EMPTY)
        assert stored(filled, FIRST) == first
        assert champion_moves.heads(filled, task=EMPTY) == champion_moves.heads(filled, task=FIRST)

    def test_a_task_with_many_failures_pushes_out_none_of_anothers(self, database: Engine) -> None:
        request_errors.add(database, error(), task=SECOND)
        with writing(database) as connection:
            row = {"task": FIRST, "at": MOMENT, "status": 422, "title": "", "detail": ""}
            rows = [row | {"path": "", "request_id": str(n)} for n in range(MAX_STORED + 5)]
            connection.execute(failures.insert(), rows)

        request_errors.add(database, error(), task=FIRST)

        since = MOMENT - timedelta(days=1)
        assert len(request_errors.since(database, since, task=FIRST, limit=9999)) == MAX_STORED
        assert len(request_errors.since(database, since, task=SECOND, limit=9999)) == 1

    def test_a_writer_stores_each_answer_for_its_task(self, database: Engine) -> None:
        writer = PredictionWriter(database, WriteHealth(), is_busy=lambda: True)
        waiting = [
            writer.add(answer(f"{task} {n}"), task=task)
            for n in range(5)
            for task in (FIRST, SECOND)
        ]
        for future in waiting:
            future.result(timeout=60)
        writer.close()

        for task in (FIRST, SECOND):
            found = predictions.newest(database, task=task, limit=99, before=None)
            assert {each.id for each in found} == {f"{task} {n}" for n in range(5)}
            assert predictions.totals(database, task=task).stored == 5
            assert not backfill.is_due(database, task=task)


class TestSumsAndCounters:
    def test_they_are_made_anew_for_one_task(self, filled: Engine) -> None:
        expected = samples.sums(filled, task=FIRST)
        with writing(filled) as connection:
            for table in ("sample_sums", "sample_sums_state"):
                rows = metadata.tables[table]
                connection.execute(rows.delete().where(rows.c.task == FIRST))
            assert sample_sums.tasks_behind(connection, FIRST) == [FIRST]
            sample_sums.rebuild(connection, task=FIRST)
            assert sample_sums.tasks_behind(connection, FIRST) == []

        assert samples.sums(filled, task=FIRST) == expected

    def test_answers_that_nobody_counted_are_counted_for_their_task(self, filled: Engine) -> None:
        before = predictions.totals(filled, task=SECOND)
        with writing(filled) as connection:
            table = metadata.tables["predictions"]
            row = predictions._row(answer("uncounted"))
            connection.execute(table.insert(), row | {"task": FIRST})
            assert counters.tasks_behind(connection, FIRST) == [FIRST]

        predictions.add_all(filled, [(answer("of another"), None)], task=SECOND)
        while backfill.step(filled, MOMENT, task=FIRST):
            pass

        assert predictions.totals(filled, task=FIRST).stored == 6
        assert predictions.totals(filled, task=SECOND).stored == before.stored + 1
        since: datetime = MOMENT - timedelta(hours=1)
        window = windows.read(filled, since, task=FIRST, slice_s=60)
        assert window.slices.total() == 6


class TestAll:
    def test_every_function_that_asks_for_a_task_is_tried(self) -> None:
        asked = {function for function, given in query_functions().items() if "task" in given}

        assert asked == {*READS, *WRITES, *ELSEWHERE}

    def test_those_that_do_not_are_known(self) -> None:
        without = {function for function, given in query_functions().items() if "task" not in given}
        of_server = tuple(f"{records.__name__}.{name}" for name in OF_THE_SERVER)

        assert {f for f in without if not f.__module__.startswith(of_server)} == WITHOUT_TASK

    def test_every_table_but_those_of_processes_has_one(self) -> None:
        without = {table.name for table in metadata.sorted_tables if "task" not in table.c}

        # A heat map is its answer's, a message that of its event; alerts may be the server's, and
        # the audit log has one end for all tasks, and a node one set of keys.
        assert without == {
            "workers", "heatmaps", "outbox", "event_marks", "audit_head", "audit_addresses",
            "users", "sessions", "api_keys", "login_attempts", "login_codes", "errors",
            "shared_keys",
        }  # fmt: skip
