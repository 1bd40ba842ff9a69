"""What is kept, table by table."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
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
)

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


def task_column(*, primary_key: bool = False) -> Column[str]:
    """Which task a row belongs to; every query asks for the rows of one."""
    return Column(
        "task", String(100), nullable=False, primary_key=primary_key, server_default=DEFAULT_TASK
    )


predictions = Table(
    "predictions",
    metadata,
    Column("number", Integer, primary_key=True),
    task_column(),
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
Index("predictions_by_film", predictions.c.image_sha256)
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
    task_column(primary_key=True),
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
    task_column(primary_key=True),
    Column("low", Integer, primary_key=True, autoincrement=False),
    Column("high", Integer, nullable=False),
)

# Answers by class, in slices of `resolution_s` seconds that begin at `start` (seconds since 1970).
prediction_counts = Table(
    "prediction_counts",
    metadata,
    task_column(primary_key=True),
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
    task_column(primary_key=True),
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
    task_column(),
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
    task_column(),
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


failures = Table(
    "failures",
    metadata,
    Column("number", Integer, primary_key=True),
    task_column(),
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
    task_column(primary_key=True),
    Column("source", String(100), primary_key=True),
    # Who asked, where no source was named.
    Column("client", String(200), primary_key=True),
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
