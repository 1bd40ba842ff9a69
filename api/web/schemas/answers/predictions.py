"""What goes over the wire. None of these classes is used inside."""

from datetime import datetime
from typing import Literal

from pydantic import AliasChoices, Field

from api.web.schemas.base import Schema


class Timings(Schema):
    """Milliseconds."""

    decode_ms: float
    inference_ms: float
    total_ms: float


class Explanation(Schema):
    """Where the evidence for a class lies (class activation map)."""

    label: str
    heatmap: str = Field(description="URL of a PNG to lay over the film, for any class.")
    evidence: list[list[float]] = Field(
        description="Rows of places, top left first: what each adds to the logit of `label`, less "
        "the mean over the classes."
    )


class DicomTags(Schema):
    """What a DICOM film's tags say of it; null: nothing, or it is not to be shown."""

    study_instance_uid: str | None
    series_instance_uid: str | None
    sop_instance_uid: str | None
    view: str | None = Field(description="View position, as AP or PA.")
    patient_age_band: str | None = Field(description="Ten years, as 40-49; 90+ from 90 on.")
    manufacturer: str | None


class OwnFeedback(Schema):
    """The newest word of whoever asks about an answer."""

    label: str
    agrees: bool = Field(description="Whether the answer's label is the same.")
    remark: str
    blinded: bool = Field(description="Whether it counts as said without having seen the answer.")
    at: datetime
    sample: str | None = Field(description="SHA-256 of the sample that came of it; null: none.")


class Prediction(Schema):
    """One answer about one film."""

    id: str
    filename: str = Field(description="Empty once it was dropped (`ROENTGEN_KEEP_FILENAMES`).")
    label: str = Field(description="The most probable class.")
    confidence: float = Field(ge=0, le=1, description="Probability of `label`.")
    probabilities: dict[str, float] = Field(description="One a class, summing to 1.")
    score: float = Field(
        ge=0, le=1, description="1 - P(negative class), or 1 - `confidence` where there is none."
    )
    decision: Literal["negative", "positive", "accept", "refer"] = Field(
        description="`score` against `threshold`; `accept` where the task has no negative class; "
        "`refer`: a person must look, see `causes`."
    )
    causes: tuple[
        Literal[
            "uncertain", "unlike", "poor_quality", "other_view", "unfamiliar_site", "out_of_range"
        ],
        ...,
    ] = Field(description="Why it is referred; empty if it is not.")
    reasons: tuple[str, ...] = Field(description="All of it in plain words.")
    operating_point: str | None = Field(description="Name of the cut, see the model's card.")
    threshold: float | None = Field(description="Where the score is cut, at `prevalence`.")
    prevalence: float | None = Field(
        description="Share of films with a finding that probabilities and predictive values assume."
    )
    ppv: float | None = Field(description="Share of positive answers that are right, expected.")
    npv: float | None = Field(description="Share of negative answers that are right, expected.")
    unlikeness: float | None = Field(
        description="Distance to the training films over the limit; above 1 is referred."
    )
    ood_score: float | None = Field(
        validation_alias=AliasChoices("ood_score", "unlikeness"),
        description="The same as `unlikeness`, by the field's name for it: out-of-distribution.",
    )
    source: str | None = Field(description="The site that the request named.")
    site_profile: str | None = Field(description="The site profile that was applied, if any.")
    site_distance: float | None = Field(
        description="How the film was made: distance to the known sites over their limits; above 1 "
        "is unfamiliar equipment."
    )
    site_shift: bool | None = Field(
        description="Whether this source's latest answers are unlike what is usual; null: not "
        "looked at."
    )
    possible_labels: tuple[str, ...] | None = Field(
        description="The classes that the answer leaves open, the most probable first; null: not "
        "known."
    )
    finding_kind: str | None = Field(
        description="Of a positive answer: the only kind that is left open; null: there is no "
        "finding, or its kind is uncertain (`possible_labels`) or not known."
    )
    out_of_range: tuple[str, ...] = Field(
        (),
        exclude_if=lambda names: not names,
        description="Of a row of a table: its numbers beyond the training range; left out if none "
        "is.",
    )
    actor: str | None = Field(
        description="Who asked: a user, a key, or `local`; null: from before this was kept."
    )
    model_version: str
    created_at: datetime
    timings: Timings
    explanation: Explanation | None = Field(
        None, description="Only with `explain=true`: where the network looked."
    )
    dicom: DicomTags | None = Field(
        None,
        description="Of a DICOM film, where `ROENTGEN_DICOM_TAGS` allows it: shown once, in the "
        "answer to the request that brought the film, and never stored.",
    )
    feedback: OwnFeedback | None = Field(
        None,
        exclude_if=lambda word: word is None,
        description="Of `GET /predictions/{id}` only: what whoever asks has said about it last; "
        "left out if nothing.",
    )


class PredictionPage(Schema):
    """Newest first. `next_before` continues the list; null at its end."""

    predictions: list[Prediction]
    next_before: str | None
