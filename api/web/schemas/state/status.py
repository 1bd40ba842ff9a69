"""What goes over the wire about the service itself."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.model_card.quantization import Precision
from api.records.champions.nodes import NodeState
from api.web.schemas.base import Schema
from api.web.schemas.training.models import PublicJobState
from api.web.schemas.training.sites import SiteSummary

StreamTest = Literal["mmd", "ks_acquisition", "ks_score", "ks_unlikeness"]


class Latency(Schema):
    """Milliseconds from request to answer, over the window."""

    p50_ms: float
    p95_ms: float
    p99_ms: float


class Bucket(Schema):
    """Predictions of one class in one slice of time."""

    start: datetime
    label: str
    count: int


class ActivitySlice(Schema):
    """What happened in one slice of time; slices without anything are left out."""

    start: datetime
    answers: int
    looked_at: int = Field(
        description="Of the newest answers, at most 50: those whose decision was looked at."
    )
    referred: int = Field(description="Of them: those that were left to a person.")
    refused: int = Field(
        description="Requests of any kind answered with 400 to 499, of the newest thousand stored."
    )
    failed: int = Field(description="Those answered with 500 or more, likewise.")
    p95_ms: float | None = Field(
        description="Milliseconds within which 95 of 100 answers came, at most 2 % away; none: no "
        "answers."
    )


class Failure(Schema):
    """A request that was refused or failed."""

    at: datetime
    status: int
    title: str
    detail: str
    path: str
    request_id: str


class UnexpectedError(Schema):
    """A kind of error that nobody foresaw: the same types at the same places of the code."""

    fingerprint: str
    type: str
    place: str = Field(description="Method and route of the newest one, or where it was else.")
    count: int
    first_at: datetime
    last_at: datetime
    request_id: str = Field(description="Of the newest one; `-`: no request was the reason.")
    version: str = Field(description="Of the program that met the newest one.")
    traceback: str = Field(description="Files, lines and functions; no values and no messages.")


class UnexpectedErrors(Schema):
    """Those that were met last come first."""

    errors: list[UnexpectedError]


class Activity(Schema):
    """What happened in the last `window_minutes`, for all workers together."""

    window_minutes: int
    bucket_seconds: int
    predictions: list[Bucket]
    over_time: list[ActivitySlice]
    by_label: dict[str, int]
    latency: Latency | None
    errors: list[Failure] = Field(description="The newest first.")
    compute_processes: int | None = Field(
        description="That are there now, of every task and those that read uploads, on the machine "
        "that answers; none: ROENTGEN_METRICS is off."
    )


class Worker(Schema):
    """One serving process."""

    pid: int
    host: str
    model_version: str | None
    precision: Precision | None = Field(description="The numbers it computes with.")
    waiting: int | None = Field(description="Films that waited at its last heart-beat.")
    films_per_s: float | None = Field(description="How many it gets done, as measured lately.")
    p99_ms: float | None = Field(
        description="Milliseconds within which it answered 99 of 100 films of the last 10 s, from "
        "their last byte on; none: too few."
    )
    decoder_crashes: int | None = Field(
        description="Films that ended a compute process since this worker started."
    )
    decoder_timeouts: int | None = Field(description="Films that took too long to read.")
    process_restarts: int | None = Field(description="Compute processes that were replaced.")
    started_at: datetime


class Node(Schema):
    """A machine among those that share the champion: of its processes, the one worst off."""

    node: str = Field(description="Its name: `ROENTGEN_NODE`, or its host's.")
    version: str | None = Field(description="What answers there; none: nothing.")
    sequence: int = Field(description="The number of the champion's move that it follows.")
    state: NodeState = Field(
        description="`serving`; `loading`: a version is made ready; `refused`: it cannot serve the "
        "champion, so it is not ready and answers nothing; `silent`: not heard of for 10 seconds."
    )
    reason: str = Field(description="What is wrong; empty: nothing.")
    since: datetime = Field(description="When it came into this state with this version.")
    last_seen: datetime
    processes: int


class Health(Schema):
    """One part the service stands on."""

    ok: bool
    detail: str


class Stream(Schema):
    """The newest answers of one source, or without one those that one client asked for, held
    against all known hospitals."""

    source: str | None = Field(description="None: answers that named no site.")
    client: str | None = Field(
        description="The key or person that asked for them, where they named no site; none: nobody "
        "was asked who they are."
    )
    n: int = Field(description="Answers that were looked at.")
    shifted: bool | None = Field(description="Null: not known, as of too few answers.")
    since: datetime | None = Field(description="When it began to be shifted.")
    test: StreamTest | None = Field(
        description="The test that is furthest above its threshold, or nearest to it: maximum mean "
        "discrepancy of acquisition, or a Kolmogorov-Smirnov distance."
    )
    window: int | None = Field(description="How many of the newest answers it looked at.")
    excess: float | None = Field(description="Its statistic over the threshold.")
    p: float | None = Field(
        description="How often streams of known films differ as much, all tests counted."
    )
    reason: str = Field(description="What it means and what to do; empty if it is not shifted.")
    checked_at: datetime | None
    model_version: str | None


class Difference(Schema):
    """How one figure is distributed in a stream, and in the known films nearest to it."""

    figure: str
    distance: float = Field(description="Kolmogorov-Smirnov, in [0, 1].")
    words: str = Field(description="What it is here, such as `darker`.")
    edges: tuple[float, ...] = Field(description="Of the bins.")
    here: tuple[float, ...] = Field(description="Share of the stream's films in each bin.")
    known: tuple[float, ...] = Field(description="Share of known films.")


class StreamDetail(Stream):
    """The same with what differs, the clearest first."""

    differences: list[Difference]


class SiteVersion(Schema):
    """A site with a version of its own."""

    site: str
    version: str
    is_loaded: bool = Field(
        description="Whether this worker has it ready; else its next request has it loaded."
    )
    problem: str | None = Field(description="Why the champion answers instead, if it does.")


class Status(Schema):
    """The state of the service; every worker gives the same answer, but for the memory."""

    uptime_seconds: float
    num_predictions: int
    last_retrain_time: datetime | None = Field(description="When a retraining last finished.")
    last_retrain_state: PublicJobState | None
    current_model_path: str | None
    model_version: str | None
    task: str
    classes: dict[str, str] = Field(description="Each class and what it means in plain words.")
    coarse_labels: dict[str, str] = Field(
        description="What a film may be labelled with where its class is not known."
    )
    negative_class: str | None = Field(description="None: no class says that there is nothing.")
    operating_point: str = Field(description="What decides unless a request asks for another.")
    prevalence: float | None = Field(
        description="What answers are corrected for unless a request says another; none: the "
        "model's own, see its card."
    )
    running_job: str | None = Field(description="URL of the retraining that is under way.")
    waiting_job: str | None = Field(description="URL of the retraining that begins after it.")
    retrain_queue: bool = Field(description="Whether one retraining may wait for another.")
    samples: dict[str, int]
    sites: list[SiteSummary] = Field(description="Those that ever had a profile.")
    site_versions: list[SiteVersion] = Field(
        description="Sites that a version of their own answers."
    )
    workers: list[Worker]
    champion_sequence: int | None = Field(
        description="How often the champion changed; none where nobody knows."
    )
    nodes: list[Node] = Field(
        description="What each node serves, of those heard of in the last hour; none where the "
        "champion is a file of this machine."
    )
    streams: list[Stream] = Field(
        description="Sources of the newest answers, at most 50, the shifted ones first."
    )
    health: dict[str, Health]
    task_memory_mb: dict[str, float] = Field(
        description="By task whose model is loaded in the worker that answers: memory of the "
        "compute processes that hold it and nothing else; none where the server itself holds it."
    )
    version: str = Field(description="Of the program.")


class Alive(Schema):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(Schema):
    """A real inference on the current champion succeeded."""

    status: Literal["ready"] = "ready"
    model_version: str
    precision: Precision
    inference_ms: float
    problem: str | None = Field(
        None, description="Why `model_version` goes on serving although something is wrong."
    )
