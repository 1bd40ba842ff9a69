"""What the API answers, as this program reads it; times are ISO 8601 text."""

from typing import Literal, TypedDict

JobState = Literal["queued", "running", "promoted", "kept", "failed", "cancelled", "interrupted"]
Decision = Literal["negative", "positive", "refer"]
Cause = Literal["uncertain", "unlike", "poor_quality"]


class Timings(TypedDict):
    decode_ms: float
    inference_ms: float
    total_ms: float


class Explanation(TypedDict):
    label: str
    evidence: list[list[float]]


class Prediction(TypedDict):
    id: str
    filename: str
    label: str
    confidence: float
    probabilities: dict[str, float]
    score: float
    decision: Decision
    causes: list[Cause]
    reasons: list[str]
    operating_point: str | None
    threshold: float | None
    prevalence: float | None
    ppv: float | None
    npv: float | None
    unlikeness: float | None
    model_version: str
    created_at: str
    timings: Timings
    explanation: Explanation | None


class FileOutcome(TypedDict):
    filename: str
    label: str | None
    outcome: Literal["stored", "duplicate", "near_duplicate", "conflict", "rejected"]
    reason: str | None
    sha256: str | None


class UploadResult(TypedDict):
    stored: int
    duplicate: int
    near_duplicate: int
    conflict: int
    rejected: int
    files: list[FileOutcome]
    counts: dict[str, int]


class Feedback(TypedDict):
    prediction_id: str
    label: str
    agrees: bool
    remark: str
    at: str
    sample: FileOutcome | None


class ReviewItem(TypedDict):
    prediction: Prediction
    priority: float
    why: list[str]
    film: str | None


class ReviewQueue(TypedDict):
    total: int
    items: list[ReviewItem]


class SampleFigures(TypedDict):
    label: str
    count: int
    brightness: float | None
    edge_density: float | None
    histogram: list[float] | None
    examples: list[str]


class SampleSummary(TypedDict):
    total: int
    classes: list[SampleFigures]
    min_classes: int
    min_images: int
    ready: bool


class Epoch(TypedDict):
    phase: str
    epoch: int
    loss: float
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None


class Check(TypedDict):
    name: str
    passed: bool
    detail: str
    champion: float | None
    challenger: float | None
    films: list[str]


class Verdict(TypedDict):
    promoted: bool
    reason: str
    checks: list[Check]


class Job(TypedDict):
    id: str
    url: str
    state: JobState
    phase: str
    epoch: int
    epochs: int
    progress: float
    eta_seconds: float | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    parent: str | None
    version: str | None
    samples: dict[str, int]
    history: list[Epoch]
    verdict: Verdict | None
    reason: str | None
    cause: str | None
    restarts: int
    waiting_for: str | None
    paused: str | None
    paused_seconds: float


class ModelSummary(TypedDict):
    version: str
    is_champion: bool
    parent: str | None
    created_at: str | None
    size_bytes: int
    accuracy: float | None
    balanced_accuracy: float | None
    problem: str | None
    note: str


class Move(TypedDict):
    version: str
    previous: str | None
    kind: str
    at: str
    by: str
    reason: str
    overrides: list[str]
    note: str


class Promoted(ModelSummary):
    overrides: list[str]


class ModelList(TypedDict):
    champion: str | None
    problem: str | None
    rollback_target: str | None
    models: list[ModelSummary]
    history: list[Move]


class Latency(TypedDict):
    p50_ms: float
    p95_ms: float
    p99_ms: float


class Bucket(TypedDict):
    start: str
    label: str
    count: int


class Failure(TypedDict):
    at: str
    status: int
    title: str
    detail: str
    path: str
    request_id: str


class Activity(TypedDict):
    window_minutes: int
    bucket_seconds: int
    predictions: list[Bucket]
    by_label: dict[str, int]
    latency: Latency | None
    errors: list[Failure]


class Worker(TypedDict):
    pid: int
    host: str
    model_version: str | None
    precision: str | None
    waiting: int | None
    films_per_s: float | None
    p99_ms: float | None
    decoder_crashes: int | None
    decoder_timeouts: int | None
    process_restarts: int | None
    started_at: str


class Health(TypedDict):
    ok: bool
    detail: str


class Status(TypedDict):
    uptime_seconds: float
    num_predictions: int
    last_retrain_time: str | None
    last_retrain_state: JobState | None
    current_model_path: str | None
    model_version: str | None
    task: str
    classes: dict[str, str]
    coarse_labels: dict[str, str]
    negative_class: str
    operating_point: str
    prevalence: float | None
    running_job: str | None
    waiting_job: str | None
    retrain_queue: bool
    samples: dict[str, int]
    workers: list[Worker]
    health: dict[str, Health]
    version: str
