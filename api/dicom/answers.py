"""An answer as other systems are told it, and the instance that it is about."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

NOTICE = "AI, research use"
# Of terms that no public coding scheme has; such names begin with 99 (PS3.3 table 8-1).
OWN_SCHEME = "99ROENTGEN"


@dataclass(frozen=True, slots=True)
class Term:
    """A coded concept: its code in a scheme (`SCT`: SNOMED CT, `DCM`: DICOM), and in words."""

    scheme: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class ResultOfImage:
    """One answer about one image.

    Attributes:
        id: of the prediction, 32 hexadecimal digits: all UIDs are made of it.
        created_at: with its time zone.
        title: of the task, in words.
        procedure: what kind of image it is about.
        decision: `negative`, `positive`, `refer` or `accept`.
        finding: what the decision comes to, as a term.
        finding_probability: in [0, 1]; None where the decision names no finding.
        label, label_term: the most probable class.
        possible_labels: the classes that are left open, the most probable first; None: not known.
        probabilities: each class with its calibrated probability in [0, 1].
        score: probability in [0, 1] of any finding.
        causes: why it is referred, each a word; `reasons` the same and more in sentences.
        model_version, weights_sha256: which weights answered; no hash where that version is not
            kept any more.
    """

    id: str
    created_at: datetime
    task: str
    title: str
    procedure: Term
    decision: str
    finding: Term
    finding_probability: float | None
    label: str
    label_term: Term
    probabilities: tuple[tuple[Term, float], ...]
    possible_labels: tuple[Term, ...] | None
    score: float
    model_version: str
    weights_sha256: str
    causes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    operating_point: str | None = None
    threshold: float | None = None
    prevalence: float | None = None

    def uid(self, purpose: str) -> str:
        """The same for the same prediction and purpose, so that what is sent twice is one
        instance: a UID of a UUID (PS3.5 B.2, RFC 9562 version 5)."""
        return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, f'roentgen/{self.id}/{purpose}').int}"

    def instance_uid(self, purpose: str, source: "SourceInstance | None") -> str:
        """Of a result: another one in another study, or with a patient where the other has none,
        since one SOP Instance UID names one content (PS3.5 9.1)."""
        study = source.study_uid if source else "none"
        patient = "with" if source and source.header else "without"
        return self.uid(f"{purpose}/{study}/{patient} patient")

    @property
    def device_uid(self) -> str:
        """Of the weights: one for all that they answer."""
        name = f"roentgen/weights/{self.weights_sha256 or self.model_version}"
        return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, name).int}"


@dataclass(frozen=True, slots=True)
class SourceInstance:
    """The DICOM instance that was answered; nothing of it is printed.

    `header` has the attributes of its patient and study that a result repeats, as the JSON model
    of PS3.18 F.2; empty: the result leaves them empty, which says that they are not known.
    """

    study_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    instance_uid: str = field(repr=False)
    sop_class_uid: str = field(repr=False)
    header: Mapping[str, Any] = field(default_factory=dict, repr=False)
