"""Every metric once: its name, what it is of, and where its figure comes from.

The table in `docs/run/metrics.md` and the Grafana dashboard are written from this list.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]
# Where a figure comes from: counted by each worker and added up; read from the records or from the
# files of models, which all machines share; or looked up on the machine that is asked.
Origin = Literal["workers", "records", "machine"]

REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
WRITE_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
# Distances over their limits: above 1 a film is out of distribution.
DISTANCES = (0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as `GET /metrics` shows it; base units: seconds, bytes, ratios."""

    name: str
    kind: Kind
    origin: Origin
    help: str
    labels: tuple[str, ...] = ()
    # Upper ends of a histogram's buckets, without the last one.
    buckets: tuple[float, ...] = ()


HTTP_REQUESTS = Metric(
    "roentgen_http_requests_total",
    "counter",
    "workers",
    "Requests that were answered, by route template, method and status. Those refused before the "
    "application has one have the route '(connection)' and the method '(none)'.",
    ("route", "method", "status"),
)
HTTP_SECONDS = Metric(
    "roentgen_http_request_duration_seconds",
    "histogram",
    "workers",
    "Seconds from the headers of a request to the end of its answer; its body's way is included.",
    ("route", "method"),
    REQUEST_SECONDS,
)
QUEUE_WAITING = Metric(
    "roentgen_queue_waiting", "gauge", "workers", "Films that wait for a compute process."
)
COMPUTE_PROCESSES = Metric(
    "roentgen_compute_processes",
    "gauge",
    "workers",
    "Compute processes that are there: of every task, and those that read uploads.",
)
COMPUTE_RESTARTS = Metric(
    "roentgen_compute_restarts_total", "counter", "workers", "Compute processes that were replaced."
)
COMPUTE_CRASHES = Metric(
    "roentgen_compute_crashes_total", "counter", "workers", "Films that ended a compute process."
)
COMPUTE_TIMEOUTS = Metric(
    "roentgen_compute_timeouts_total",
    "counter",
    "workers",
    "Films that were given up because reading them took too long.",
)
PREDICTIONS = Metric(
    "roentgen_predictions_total",
    "counter",
    "workers",
    "Answers that were stored.",
    ("task", "version", "decision", "label"),
)
REFERRALS = Metric(
    "roentgen_referrals_total",
    "counter",
    "workers",
    "Causes of answers that a person must look at; an answer may have several.",
    ("task", "cause"),
)
OOD_SCORE = Metric(
    "roentgen_ood_score",
    "histogram",
    "workers",
    "Distance of films to the training films over its limit; above 1 a film is out of "
    "distribution.",
    ("task",),
    DISTANCES,
)
SITE_DISTANCE = Metric(
    "roentgen_site_distance",
    "histogram",
    "workers",
    "Distance of how films were made to the known sites over its limit; above 1 the equipment is "
    "unfamiliar.",
    ("task",),
    DISTANCES,
)
RECORD_WRITE_SECONDS = Metric(
    "roentgen_record_write_duration_seconds",
    "histogram",
    "workers",
    "Seconds that a group of answers took to be committed.",
    (),
    WRITE_SECONDS,
)
RECORD_WRITE_FAILURES = Metric(
    "roentgen_record_write_failures_total",
    "counter",
    "workers",
    "Groups of answers that could not be committed.",
)
UNEXPECTED_ERRORS = Metric(
    "roentgen_unexpected_errors_total",
    "counter",
    "workers",
    "Errors that nobody foresaw, in requests and in the background; GET /errors groups them.",
    ("place",),
)
MEMORY = Metric(
    "roentgen_process_resident_memory_bytes",
    "gauge",
    "workers",
    "Resident memory of the serving processes (worker) and of their compute processes (compute); "
    "pages that processes share count once for each.",
    ("process",),
)
RECORDS_UP = Metric(
    "roentgen_records_up",
    "gauge",
    "records",
    "1: the records could be read for this page; 0: the figures that come from them are missing.",
)
LAST_PREDICTION = Metric(
    "roentgen_last_prediction_timestamp_seconds",
    "gauge",
    "records",
    "When the newest stored answer was given.",
    ("task",),
)
STREAM_SHIFT = Metric(
    "roentgen_stream_shift_ratio",
    "gauge",
    "records",
    "Of the source whose newest answers differ most from known films: statistic over threshold; "
    "above 1 it is shifted.",
    ("task",),
)
SHIFTED_STREAMS = Metric(
    "roentgen_shifted_streams", "gauge", "records", "Sources that are shifted now.", ("task",)
)
DRIFTED_STATISTICS = Metric(
    "roentgen_drifted_figures",
    "gauge",
    "records",
    "Figures of the newest answers that drifted at the last look.",
    ("task",),
)
ESTIMATED_ACCURACY = Metric(
    "roentgen_estimated_accuracy_ratio",
    "gauge",
    "records",
    "Share of the newest decisions that are right, estimated without labels; not there while the "
    "estimate would mean nothing.",
    ("task",),
)
JOBS = Metric(
    "roentgen_jobs_total",
    "counter",
    "records",
    "Retrainings that ended, by how.",
    ("task", "state"),
)
ACTIVE_JOBS = Metric(
    "roentgen_active_jobs",
    "gauge",
    "records",
    "Retrainings that wait, are queued or run.",
    ("task", "state"),
)
GATE_OUTCOMES = Metric(
    "roentgen_gate_outcomes_total",
    "counter",
    "records",
    "Verdicts of the promotion gate.",
    ("task", "outcome"),
)
CHAMPION_SWAPS = Metric(
    "roentgen_champion_swaps_total",
    "counter",
    "records",
    "Moves of the champion, forward and back.",
    ("task", "kind"),
)
CHAMPION = Metric(
    "roentgen_champion_info", "gauge", "records", "The version that serves.", ("task", "version")
)
SAMPLES = Metric(
    "roentgen_samples",
    "gauge",
    "records",
    "Labelled training inputs.",
    ("task", "label"),
)
LAST_RETRAINING = Metric(
    "roentgen_last_retraining_timestamp_seconds",
    "gauge",
    "records",
    "When a retraining last ended.",
    ("task",),
)
WORKERS = Metric(
    "roentgen_workers",
    "gauge",
    "records",
    "Serving processes: alive, silent (the process is there and gives no heart-beat), or gone "
    "without a word in the last hour.",
    ("state",),
)
HEARTBEAT_AGE = Metric(
    "roentgen_worker_heartbeat_age_seconds",
    "gauge",
    "records",
    "Age of the oldest heart-beat of the workers that are alive or silent.",
)
START_TIME = Metric(
    "roentgen_start_time_seconds",
    "gauge",
    "records",
    "When the worker began that has been alive longest.",
)
DISK_FREE = Metric(
    "roentgen_disk_free_bytes",
    "gauge",
    "machine",
    "Free space where a folder lies.",
    ("folder",),
)
DISK_SIZE = Metric(
    "roentgen_disk_size_bytes",
    "gauge",
    "machine",
    "Size of the file system where a folder lies.",
    ("folder",),
)
BUILD = Metric(
    "roentgen_build_info", "gauge", "machine", "The program's version.", ("version", "python")
)

METRICS = (
    HTTP_REQUESTS,
    HTTP_SECONDS,
    QUEUE_WAITING,
    COMPUTE_PROCESSES,
    COMPUTE_RESTARTS,
    COMPUTE_CRASHES,
    COMPUTE_TIMEOUTS,
    PREDICTIONS,
    REFERRALS,
    OOD_SCORE,
    SITE_DISTANCE,
    RECORD_WRITE_SECONDS,
    RECORD_WRITE_FAILURES,
    UNEXPECTED_ERRORS,
    MEMORY,
    RECORDS_UP,
    LAST_PREDICTION,
    STREAM_SHIFT,
    SHIFTED_STREAMS,
    DRIFTED_STATISTICS,
    ESTIMATED_ACCURACY,
    JOBS,
    ACTIVE_JOBS,
    GATE_OUTCOMES,
    CHAMPION_SWAPS,
    CHAMPION,
    SAMPLES,
    LAST_RETRAINING,
    WORKERS,
    HEARTBEAT_AGE,
    START_TIME,
    DISK_FREE,
    DISK_SIZE,
    BUILD,
)
