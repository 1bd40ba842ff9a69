"""What goes over the wire about retrainings and the versions they make."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.model_card.card import Epoch
from api.model_card.promotion_policy import Verdict
from api.records.retrainings.job_states import JobState
from api.registry.history import MoveKind
from api.web.schemas.base import Schema

# All but `WAITING`: a job that waits for another is shown as queued.
PublicJobState = Literal[
    JobState.QUEUED,
    JobState.RUNNING,
    JobState.PROMOTED,
    JobState.PROMOTED_FOR_SITE,
    JobState.KEPT,
    JobState.FAILED,
    JobState.CANCELLED,
    JobState.INTERRUPTED,
]


class Job(Schema):
    """One retraining. `url` is where to watch it.

    One that waits for another is `queued`, with the phase `waiting`.
    """

    id: str
    url: str
    state: PublicJobState
    phase: str = Field(description="What it is doing: features, head, tail, evaluating, …")
    epoch: int
    epochs: int
    progress: float = Field(ge=0, le=1, description="Share of the whole job that is done.")
    eta_seconds: float | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    parent: str | None = Field(description="Version it started from.")
    version: str | None = Field(description="Version it made.")
    samples: dict[str, int] = Field(description="Images of each class it works on.")
    history: list[Epoch]
    verdict: Verdict | None
    reason: str | None = Field(description="Why it ended as it did, in a sentence.")
    cause: str | None = Field(description="Why it began: by request, new samples, schedule.")
    restarts: int = Field(description="How often its trainer was lost and another one started.")
    waiting_for: str | None = Field(
        description="URL of the retraining after which it begins; none: it does not wait."
    )
    paused: str | None = Field(
        description="Why its trainer stands still at the moment, in a sentence; none: it does not."
    )
    paused_seconds: float = Field(description="How long its trainer stood still, in all.")


class JobList(Schema):
    """Newest first."""

    jobs: list[Job]


class ModelSummary(Schema):
    """One checkpoint."""

    version: str
    is_champion: bool
    sites: list[str] = Field(
        default_factory=list, description="Sites that it answers although it is not the champion."
    )
    parent: str | None
    created_at: datetime | None
    size_bytes: int
    accuracy: float | None = Field(description="On its hold-out.")
    balanced_accuracy: float | None
    problem: str | None = Field(None, description="Why it cannot serve, if it cannot.")
    note: str = Field("", description="What else there is to know about it, or was done.")
    signed_by: str | None = Field(
        None,
        description="Who signed its card: a trusted signer's name, else the public key; none: it "
        "has no valid signature. Its other files are compared when it is loaded.",
    )


class ModelDetail(ModelSummary):
    """One checkpoint, and what became of the samples behind it."""

    deleted_since: int | None = Field(
        description="Samples that it, or a version it comes from, learned from and that were "
        "deleted since; none: there is no list of what it learned from."
    )
    deleted_samples: list[str] = Field(description="Their SHA-256.")


class Move(Schema):
    """One change of the champion, or of what answers a site."""

    version: str = Field(description="Of a site also `champion`: it has none of its own any more.")
    previous: str | None
    kind: MoveKind
    at: datetime
    by: str
    reason: str
    overrides: list[str] = Field(description="Conditions of the gate that were not met.")
    note: str = Field("", description="What was done about a damaged `champion.json`, if it was.")


class SiteVersions(Schema):
    """A site that has, or had, a version of its own, and how that changed, newest first."""

    site: str
    version: str | None = Field(description="Its own version; null: the champion answers.")
    rollback_target: str | None = Field(
        description="Where a rollback would go: a version, or `champion`; null: nowhere."
    )
    problem: str | None = Field(description="Why its version does not answer, if it does not.")
    history: list[Move]


class ModelList(Schema):
    """All checkpoints, newest first, and how the champion changed, newest first."""

    champion: str | None = Field(
        description="The version that should serve; where that cannot be told, the one that does."
    )
    problem: str | None = Field(
        None, description="What is wrong with the file that names the champion, if anything."
    )
    rollback_target: str | None = Field(description="Where a rollback would go; null: nowhere.")
    in_shadow: str | None = Field(
        None, description="The version that is asked about live films beside the champion."
    )
    models: list[ModelSummary]
    history: list[Move]
    site_versions: list[SiteVersions] = Field(
        description="Those that have, or had, sites that have, or had, versions of their own."
    )


class Promoted(ModelSummary):
    """The version that serves now, everybody or the site that was named."""

    overrides: list[str] = Field(description="Conditions of the gate that it had not met.")


class Promotion(BaseModel):
    """Why a version is promoted by hand."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "Better on our own films."}]}
    )

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S")


class Rollback(BaseModel):
    """Why the champion before serves again."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "Too many false alarms."}]}
    )

    reason: str = Field("rolled back by hand", min_length=1, max_length=500)
    from_version: str | None = Field(
        None,
        max_length=20,
        description="The champion that is to go: 409 if it is another one by now.",
    )
