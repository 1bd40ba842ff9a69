"""Tables of what is watched beside answers: challengers in shadow, and drift over time."""

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, String, Table

from api.records.tables import DEFAULT_TASK, UnixTimestamp, metadata

# One row a version that ran, or runs, in shadow.
shadows = Table(
    "shadows",
    metadata,
    Column("task", String(100), primary_key=True, server_default=DEFAULT_TASK),
    Column("version", String(32), primary_key=True),
    Column("started_at", UnixTimestamp, nullable=False),
    # Null: it runs.
    Column("stopped_at", UnixTimestamp),
    Column("started_by", String(100), nullable=False),
    # Films that it was not asked about because others were waiting, and those that it failed on.
    Column("dropped", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    # Why it cannot be asked; null: it can.
    Column("problem", String(500)),
)
# What a challenger would have answered; what was answered is in `predictions`.
shadow_answers = Table(
    "shadow_answers",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("task", String(100), nullable=False, server_default=DEFAULT_TASK),
    Column("version", String(32), nullable=False),
    Column("prediction_id", String(32), nullable=False),
    Column("label", String(100), nullable=False),
    Column("decision", String(20), nullable=False),
    Column("score", Float, nullable=False),
    # Milliseconds of the network alone: the film was read already.
    Column("inference_ms", Float, nullable=False),
)
Index("shadow_answers_by_version", shadow_answers.c.task, shadow_answers.c.version)
Index("shadow_answers_by_prediction", shadow_answers.c.prediction_id)
# What the champion's newest answers looked like each time that they were looked at.
drift_looks = Table(
    "drift_looks",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("task", String(100), nullable=False, server_default=DEFAULT_TASK),
    Column("at", UnixTimestamp, nullable=False),
    Column("model_version", String(32), nullable=False),
    # The highest number of an answer that was looked at.
    Column("seen_to", Integer, nullable=False),
    Column("drifted", Boolean, nullable=False),
    # By window, each figure with its distance and threshold.
    Column("windows", JSON, nullable=False),
)
Index("drift_looks_by_number", drift_looks.c.task, drift_looks.c.number)
