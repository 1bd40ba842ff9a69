"""Records of a PostgreSQL server that has been running for long, made by SQL: ten million answers
in minutes.

The same as `benchmarks.growth.records` makes of SQLite, but for two things that a server which has
been running for long has not either: heat-map data beyond the newest million answers, and counters
that no window reaches any more.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, Engine, text

from api.clock import now
from api.records.answers.predictions import packed
from api.records.database import open_database, writing
from api.records.statistics import sample_sums
from api.records.statistics.counters import RETENTION
from api.records.statistics.latency_histogram import GROWTH
from benchmarks.growth.records import HISTORY, LABELS, TASK, Filled, add_jobs

# Connections that write answers at once, and answers in one statement.
WRITERS = 2
AT_ONCE = 100_000
MAX_HEATMAPS = 1_000_000
MAX_JOBS = 5000
LARGE = ("predictions", "heatmaps", "feedback", "samples")

_COVID, _NORMAL, _BACTERIAL, _VIRAL = LABELS
ANSWERS = f"""
INSERT INTO predictions (number, task, id, created_at, filename, image_sha256, model_version, label,
    confidence, probabilities, score, decision, reasons, timings, causes, operating_point,
    threshold, prevalence, ppv, npv, unlikeness, total_ms)
SELECT n, '{TASK}', md5('answer ' || n), :moment - :history * (:of - n) / :of,
    'film-' || n || '.jpg', md5('film ' || n) || md5(n || ' film'), 'v1',
    CASE greatest(a, b, c, d) WHEN a THEN '{_COVID}' WHEN b THEN '{_NORMAL}'
        WHEN c THEN '{_BACTERIAL}' ELSE '{_VIRAL}' END,
    greatest(a, b, c, d) / (a + b + c + d),
    json_build_object('{_COVID}', a / (a + b + c + d), '{_NORMAL}', b / (a + b + c + d),
        '{_BACTERIAL}', c / (a + b + c + d), '{_VIRAL}', d / (a + b + c + d)),
    1 - b / (a + b + c + d),
    CASE WHEN n % 7 = 0 THEN 'refer' WHEN b = greatest(a, b, c, d) THEN 'negative'
        ELSE 'positive' END,
    '["The score is between the bounds of what can be told apart."]',
    json_build_object('decode_ms', 2.1, 'inference_ms', 6.3, 'total_ms', ms),
    '["uncertain"]', 'balanced', 0.4, 0.5, 0.9, 0.95, 1.1, ms
FROM (
    SELECT n, -ln(1 - random()) AS a, -ln(1 - random()) AS b, -ln(1 - random()) AS c,
        -ln(1 - random()) AS d,
        round((5 - 8 * ln(1 - random()) - 8 * ln(1 - random()))::numeric, 2)::float8 AS ms
    FROM generate_series(CAST(:low AS integer), CAST(:high AS integer)) AS n
) AS drawn
"""
HEATMAPS = """
INSERT INTO heatmaps (number, activation)
SELECT n, :content FROM generate_series(CAST(:low AS integer), CAST(:high AS integer)) AS n
"""
WORDS = f"""
INSERT INTO feedback (number, task, prediction_id, at, label, remark)
SELECT n, '{TASK}', md5('answer ' || n * 10), :moment, '{_NORMAL}', ''
FROM generate_series(1, CAST(:of AS integer) / 10) AS n
"""
SAMPLES = f"""
INSERT INTO samples (task, sha256, label, filename, file, size_bytes, created_at, brightness,
    edge_density, histogram, part, patient_id, source, origin, near_hash, disputed)
SELECT '{TASK}', lpad(n::text, 64, '0'), label, 'film-' || n || '.jpg',
    label || '/' || lpad(n::text, 64, '0') || '.jpg', 300000,
    :moment - :history * (:of - n) / :of, 255 * random(), random(), CAST(:histogram AS json),
    (ARRAY['train', 'holdout', NULL])[n % 3 + 1], 'patient ' || n / 3, 'ward ' || n % 5, 'upload',
    sha256(n::text::bytea), CASE WHEN n % 100 = 1 THEN '{_NORMAL}' END
FROM (
    SELECT n, (CAST(:labels AS text[]))[n % 4 + 1] AS label
    FROM generate_series(0, CAST(:of AS integer) - 1) AS n
) AS numbered
"""
COUNTS = """
INSERT INTO {table} (task, resolution_s, start, {what}, answers)
SELECT task, {resolution}, floor(created_at)::integer / {resolution} * {resolution} AS slice,
    {value} AS counted, count(*)
FROM predictions WHERE created_at >= :since GROUP BY task, slice, counted
"""
COUNTED = {
    "prediction_counts": ("label", "label"),
    "latency_counts": ("bin", f"ceil(ln(greatest(total_ms, 0.001)) / ln({GROWTH!r}))::integer"),
}
TOTALS = f"""
INSERT INTO prediction_totals (task, given, removed, known_to, heatmaps_pruned_until,
    heatmaps_pruned_number)
SELECT '{TASK}', :of, 0, :of, created_at, number FROM (VALUES (1)) AS one
LEFT JOIN predictions ON number = CAST(:pruned AS integer)
"""


def fill(url: str, rows: int) -> Filled:
    """Put so many answers into an empty database, evenly over the last 31 days."""
    engine = open_database(url, timeout_s=600)
    moment = now()
    with engine.begin() as connection:
        indexes = _without_indexes(connection)
    _write_answers(engine, rows, moment)
    with engine.begin() as connection:
        _write_the_rest(connection, rows, moment)
    # As upkeep of a server does: what is seen by all is marked so, and the planner knows the sizes.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in ("VACUUM", "SET maintenance_work_mem = '512MB'", *indexes, "ANALYZE"):
            connection.exec_driver_sql(statement)
    with engine.begin() as connection:
        _count(connection, rows, moment)
    with writing(engine) as connection:
        sample_sums.rebuild(connection, task=TASK)
    add_jobs(engine, min(rows // 200, MAX_JOBS), moment)
    with engine.connect() as connection:
        middle = connection.execute(
            text("SELECT id FROM predictions WHERE number = :number"), {"number": rows // 2}
        ).scalar_one()
    engine.dispose()
    # Data of heat maps is kept of the newest answers only.
    return Filled(str(middle), f"{rows // 20 // 2:064d}", has_heatmap=False)


def size_mb(url: str) -> float:
    """What a database takes on the disk."""
    engine = open_database(url, timeout_s=60)
    with engine.connect() as connection:
        query = "SELECT pg_database_size(current_database())"
        found = connection.exec_driver_sql(query).scalar_one()
    engine.dispose()
    return float(found) / 1e6


def _without_indexes(connection: Connection) -> list[str]:
    """Take the indexes of the large tables away, which are made faster afterwards; and the log of
    what is written, which nobody would read. Returns what makes the indexes again."""
    statements = []
    for table in LARGE:
        connection.exec_driver_sql(f"ALTER TABLE {table} SET UNLOGGED")
        constraints = connection.exec_driver_sql(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            f"WHERE conrelid = '{table}'::regclass AND contype IN ('p', 'u') ORDER BY conname"
        ).all()
        for name, definition in constraints:
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            statements.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        indexes = connection.exec_driver_sql(
            f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename = '{table}'"
        ).all()
        for name, definition in indexes:
            connection.exec_driver_sql(f"DROP INDEX {name}")
            statements.append(definition)
    return statements


def _write_answers(engine: Engine, rows: int, moment: datetime) -> None:
    """On several connections at once. Raises: what one of them failed with."""
    blocks = [(low, min(low + AT_ONCE - 1, rows)) for low in range(1, rows + 1, AT_ONCE)]

    def write(block: tuple[int, int]) -> None:
        values = {"low": block[0], "high": block[1], "of": rows, **_times(moment)}
        with engine.begin() as connection:
            connection.execute(text(ANSWERS), values)

    with ThreadPoolExecutor(WRITERS) as pool:
        for _ in pool.map(write, blocks):
            pass


def _write_the_rest(connection: Connection, rows: int, moment: datetime) -> None:
    activation = np.random.default_rng(rows).normal(0, 4, (7, 7, 4)).astype(np.float32)
    drawn = {"low": max(1, rows - MAX_HEATMAPS + 1), "high": rows, "content": packed(activation)}
    connection.execute(text(HEATMAPS), drawn)
    connection.execute(text(WORDS), {"of": rows, "moment": moment.timestamp()})
    histogram = "[" + ", ".join(["0.03125"] * 32) + "]"
    about = {"of": rows // 20, "histogram": histogram, "labels": list(LABELS), **_times(moment)}
    connection.execute(text(SAMPLES), about)
    # The next answer gets the next number.
    for table in ("predictions", "feedback"):
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'number'), max(number)) FROM {table}"
        )


def _count(connection: Connection, rows: int, moment: datetime) -> None:
    for table, (what, value) in COUNTED.items():
        for resolution, retention in RETENTION.items():
            query = COUNTS.format(table=table, what=what, value=value, resolution=resolution)
            connection.execute(text(query), {"since": (moment - retention).timestamp()})
    connection.exec_driver_sql("DELETE FROM prediction_totals")
    connection.execute(text(TOTALS), {"of": rows, "pruned": max(0, rows - MAX_HEATMAPS)})


def _times(moment: datetime) -> dict[str, float]:
    return {"moment": moment.timestamp(), "history": HISTORY.total_seconds()}
