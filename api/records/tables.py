"""What is kept, table by table."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

from api.records.retrainings.job_states import ACTIVE_STATES, JobState

# The task of rows that were written without one, and of the paths that name none.
DEFAULT_TASK = "pneumonia"


class UnixTimestamp(TypeDecorator[datetime]):
    """A point in time as seconds since 1970 UTC: sorts, compares and subtracts everywhere."""

    impl = Float
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> float | None:
        return None if value is None else value.timestamp()

    def process_result_value(self, value: float | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


metadata = MetaData()


def _task(*, primary_key: bool = False) -> Column[str]:
    """Which task a row belongs to; every query asks for the rows of one."""
    return Column(
        "task", String(100), nullable=False, primary_key=primary_key, server_default=DEFAULT_TASK
    )


predictions = Table(
    "predictions",
    metadata,
    Column("number", Integer, primary_key=True),
    _task(),
    Column("id", String(32), nullable=False, unique=True),
    Column("created_at", UnixTimestamp, nullable=False),
    Column("filename", Text, nullable=False),
    Column("image_sha256", String(64), nullable=False),
    Column("model_version", String(32), nullable=False),
    Column("label", String(100), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("probabilities", JSON, nullable=False),
    Column("score", Float, nullable=False),
    Column("decision", String(20), nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("timings", JSON, nullable=False),
    Column("operating_point", String(40)),
    Column("threshold", Float),
    Column("prevalence", Float),
    Column("ppv", Float),
    Column("npv", Float),
    Column("unlikeness", Float),
    Column("causes", JSON),
    # The site that the request named; null: none.
    Column("source", String(100)),
    # Of the site profile that was applied; null: none was.
    Column("site_profile", String(40)),
    # How the film was made, its distance to the known sites over their limits.
    Column("site_distance", Float),
    # Whether the answers of this source were shifted when this one was given.
    Column("site_shift", Boolean),
    # Who asked: a user, a key, or `local`; null: from before this was kept.
    Column("actor", String(200)),
    # The classes that the answer leaves open.
    Column("possible_labels", JSON),
    # Of a row of a table: its numbers that lie beyond what was trained on.
    Column("out_of_range", JSON),
    # The UIDs of a DICOM film: study, series, instance, SOP class; null: none, or not to be stored.
    Column("dicom_source", JSON(none_as_null=True)),
    # float16, what a shift of the source is found by.
    Column("shift_features", LargeBinary),
    # Heat-map data of answers from before the table `heatmaps`; nothing is written here any more.
    Column("activation", LargeBinary),
    Column("total_ms", Float, nullable=False),
)
Index("predictions_by_time", predictions.c.task, predictions.c.created_at)
Index("predictions_by_number", predictions.c.task, predictions.c.number)
Index("predictions_by_source", predictions.c.task, predictions.c.source, predictions.c.number)

# (rows, columns, classes) float16 by the answer's number: what its heat map is drawn from. Apart
# from the answers, so that pages are freed when it is pruned before them.
heatmaps = Table(
    "heatmaps",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("activation", LargeBinary, nullable=False),
)

# One row a task: what is known of all its answers without looking at them.
prediction_totals = Table(
    "prediction_totals",
    metadata,
    _task(primary_key=True),
    Column("given", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    # The highest number that `given` includes.
    Column("known_to", Integer, nullable=False),
    # The answer, by time and number, up to which heat-map data was pruned; null: none yet.
    Column("heatmaps_pruned_until", UnixTimestamp),
    Column("heatmaps_pruned_number", Integer),
)

# Ranges of answers that are in `given`, but not yet in the counters below: an earlier version of
# the program wrote them.
uncounted_predictions = Table(
    "uncounted_predictions",
    metadata,
    _task(primary_key=True),
    Column("low", Integer, primary_key=True, autoincrement=False),
    Column("high", Integer, nullable=False),
)

# Answers by class, in slices of `resolution_s` seconds that begin at `start` (seconds since 1970).
prediction_counts = Table(
    "prediction_counts",
    metadata,
    _task(primary_key=True),
    Column("resolution_s", Integer, primary_key=True, autoincrement=False),
    Column("start", Integer, primary_key=True, autoincrement=False),
    Column("label", String(100), primary_key=True),
    Column("answers", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Answers by how long they took, in the same slices; for the bins see `latency_histogram`.
latency_counts = Table(
    "latency_counts",
    metadata,
    _task(primary_key=True),
    Column("resolution_s", Integer, primary_key=True, autoincrement=False),
    Column("start", Integer, primary_key=True, autoincrement=False),
    Column("bin", Integer, primary_key=True, autoincrement=False),
    Column("answers", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Append-only: what people say about answers.
feedback = Table(
    "feedback",
    metadata,
    Column("number", Integer, primary_key=True),
    _task(),
    Column("prediction_id", String(32), nullable=False),
    Column("at", UnixTimestamp, nullable=False),
    Column("label", String(100), nullable=False),
    Column("remark", Text, nullable=False),
    Column("given_by", String(100)),
    # SHA-256 of the sample that came of it; null: the film was not kept, or it could not be one.
    Column("sample", String(64)),
    # Whether the answer was hidden until this was said; null: from before this was kept.
    Column("blinded", Boolean),
)
Index("feedback_by_prediction", feedback.c.task, feedback.c.prediction_id)

# Guided questions that somebody answered. Of all tasks' topics, also of tasks that are not served.
intakes = Table(
    "intakes",
    metadata,
    Column("id", String(32), primary_key=True),
    _task(),
    Column("topic", String(40), nullable=False),
    # Of the file whose questions were asked.
    Column("rules_version", String(100), nullable=False),
    Column("created_at", UnixTimestamp, nullable=False),
    # In their order, with the words in which they were asked and given.
    Column("answers", JSON, nullable=False),
    # What the rules said at the end; null: a question is open.
    Column("outcome", JSON),
    # The answer about an image that it stands beside; null: none.
    Column("prediction_id", String(32)),
)
Index("intakes_by_time", intakes.c.created_at)
Index("intakes_by_prediction", intakes.c.prediction_id, intakes.c.created_at)

samples = Table(
    "samples",
    metadata,
    _task(primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("label", String(100), nullable=False),
    Column("filename", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("created_at", UnixTimestamp, nullable=False),
    Column("brightness", Float, nullable=False),
    Column("edge_density", Float, nullable=False),
    Column("histogram", JSON, nullable=False),
    # 'holdout' once drawn for it, and then for ever; 'train' likewise; null: not yet drawn.
    Column("part", String(10)),
    Column("patient_id", String(100)),
    Column("source", String(100)),
    # 'upload', 'import', 'folder' or 'feedback'; null: from before this was kept.
    Column("origin", String(20)),
    Column("added_by", String(100)),
    # 256 bits, see `inputs.near`; null: not yet computed.
    Column("near_hash", LargeBinary),
    # The other class that somebody gave the same picture; null: nobody did.
    Column("disputed", String(100)),
    # SHA-256 of the file as it was sent, where metadata was left out of it; null: it is as sent.
    Column("sent_sha256", String(64)),
)

# What `GET /samples` is narrowed down to, each in the order in which it is listed.
Index("newest_samples", samples.c.task, samples.c.created_at, samples.c.sha256)
for _name in ("label", "part", "source", "origin"):
    Index(
        f"newest_by_{_name}",
        samples.c.task,
        samples.c[_name],
        samples.c.created_at,
        samples.c.sha256,
    )
_DISPUTED = samples.c.disputed.is_not(None)
for _name, _columns in (
    ("newest_disputed", (samples.c.task, samples.c.created_at, samples.c.sha256)),
    ("disputed_by_label", (samples.c.task, samples.c.label, samples.c.disputed)),
):
    Index(_name, *_columns, sqlite_where=_DISPUTED, postgresql_where=_DISPUTED)

# Sums over the samples of a class that may be learned from, so that their means cost nothing; in
# fixed point (see `sample_sums`): integers that are added and taken away again leave no error.
sample_sums = Table(
    "sample_sums",
    metadata,
    _task(primary_key=True),
    Column("label", String(100), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("disputed", Integer, nullable=False),
    Column("brightness", BigInteger, nullable=False),
    Column("edge_density", BigInteger, nullable=False),
    Column("histogram", JSON, nullable=False),
)

# One row a task: the newest change that its sums know of.
sample_sums_state = Table(
    "sample_sums_state",
    metadata,
    _task(primary_key=True),
    Column("changes_to", Integer, nullable=False),
)

# Append-only: what became of a sample after it was stored, and why.
sample_changes = Table(
    "sample_changes",
    metadata,
    Column("number", Integer, primary_key=True),
    _task(),
    Column("sha256", String(64), nullable=False),
    Column("at", UnixTimestamp, nullable=False),
    Column("what", String(20), nullable=False),
    Column("before", String(100)),
    Column("after", String(100)),
    Column("remark", Text, nullable=False),
    Column("changed_by", String(100)),
    # The side of the hold-out that a deleted sample was on.
    Column("part", String(10)),
    # Of a deleted sample, so that the same film in another encoding is known too.
    Column("near_hash", LargeBinary),
)
Index("changes_by_sample", sample_changes.c.task, sample_changes.c.sha256)
Index("changes_by_number", sample_changes.c.task, sample_changes.c.number)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("task", String(100), nullable=False),
    Column("state", String(20), nullable=False),
    Column("phase", String(40), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("progress", Float, nullable=False),
    Column("eta_seconds", Float),
    Column("created_at", UnixTimestamp, nullable=False),
    Column("started_at", UnixTimestamp),
    Column("heartbeat_at", UnixTimestamp),
    Column("finished_at", UnixTimestamp),
    Column("parent", String(32)),
    Column("version", String(32)),
    Column("samples", JSON, nullable=False),
    Column("history", JSON, nullable=False),
    Column("verdict", JSON),
    Column("reason", Text),
    Column("host", String(200)),
    Column("pid", Integer),
    # How often its trainer was lost and another one started; null: never.
    Column("restarts", Integer),
    # Why it began; null: from before this was kept.
    Column("cause", Text),
    # Why its trainer stands still at the moment; null: it does not. How long it did in all.
    Column("paused", Text),
    Column("paused_seconds", Float),
)


def _at_most_one(name: str, condition: str) -> Index:
    """Of a task: the database itself keeps a second one out, whichever worker is asked."""
    where = text(condition)
    return Index(name, jobs.c.task, unique=True, sqlite_where=where, postgresql_where=where)


_at_most_one("one_active_job", f"state IN {tuple(map(str, ACTIVE_STATES))}")
_at_most_one("one_waiting_job", f"state = '{JobState.WAITING}'")
Index("jobs_by_state", jobs.c.task, jobs.c.state)
Index("newest_jobs", jobs.c.task, jobs.c.created_at)
Index("jobs_by_version", jobs.c.task, jobs.c.version, jobs.c.created_at)
Index("last_finished_jobs", jobs.c.task, jobs.c.finished_at)

failures = Table(
    "failures",
    metadata,
    Column("number", Integer, primary_key=True),
    _task(),
    Column("at", UnixTimestamp, nullable=False),
    Column("status", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("request_id", String(64), nullable=False),
)
Index("failures_by_time", failures.c.task, failures.c.at)
Index("failures_by_number", failures.c.task, failures.c.number)

# Processes serve all tasks; so these rows have none.
workers = Table(
    "workers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("host", String(200), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", UnixTimestamp, nullable=False),
    Column("heartbeat_at", UnixTimestamp, nullable=False),
    Column("model_version", String(32)),
    Column("precision", String(8)),
    # Films that wait for a compute thread, and how many a second get done.
    Column("waiting", Integer),
    Column("films_per_s", Float),
    # Of the films answered lately, milliseconds; null: too few.
    Column("p99_ms", Float),
    # Since the worker started: images that ended a compute process, images that took too long,
    # and compute processes that were replaced.
    Column("decoder_crashes", Integer),
    Column("decoder_timeouts", Integer),
    Column("process_restarts", Integer),
)

# One row a source ('' for answers without one): whether its newest answers are unlike known ones.
streams = Table(
    "streams",
    metadata,
    _task(primary_key=True),
    Column("source", String(100), primary_key=True),
    # The highest number of its answers that was counted, and answers since the last look.
    Column("seen_to", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("shifted", Boolean),
    Column("since", UnixTimestamp),
    Column("checked_at", UnixTimestamp),
    Column("model_version", String(32)),
    Column("test", String(40)),
    Column("window", Integer),
    Column("excess", Float),
    Column("p", Float),
    # What differs, in words.
    Column("words", JSON, nullable=False),
    # How figures are distributed here and in known films, for a picture.
    Column("differences", JSON, nullable=False),
)
Index("streams_by_number", streams.c.task, streams.c.seen_to)
