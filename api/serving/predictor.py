"""The use case of a prediction: an image in, a decision out, and for requests a stored answer.

Routes, batches and the command line all predict here.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Protocol

from api.arrays import Float32Array
from api.clock import now
from api.decision.decide import Decision, DecisionInputs, DecisionPolicy, probabilities_of
from api.decision.site_rules import SiteRules
from api.decision.stream_shift.answer import StreamState, in_stream
from api.decision.stream_shift.features import packed
from api.inputs.images.decoding import Limits
from api.inputs.images.dicom.identifiers import tells_whose
from api.inputs.stored_names import DROPPED, KEEP_NAMES, FilenamePolicy
from api.kinds.by_name import kind_of
from api.kinds.kind import DecodedInput, Kind
from api.model_card.card import Card
from api.records.answers.prediction_writer import PredictionWriter
from api.records.answers.predictions import PredictionRecord
from api.samples.image_retention import RetainedImages
from api.serving.inference import Inference, Outputs, Predictor
from api.settings import Settings


@dataclass(frozen=True, slots=True)
class ServedPrediction:
    """A decision, what the network gave for it, the image's hex digest, the milliseconds that each
    step took, what a shift of its stream is found by, and the decoded image if it was asked for.

    `dicom`: what the settings let the answer show of a DICOM film's tags. It is never stored.
    `dicom_source`: its UIDs, where the settings store them with the answer. `identifiers`: what in
    a file's name tells whose film it is.
    """

    decision: Decision
    outputs: Outputs
    sha256: str
    timings: dict[str, float]
    shift_features: bytes | None
    dicom: Mapping[str, str | None] | None = field(default=None, repr=False)
    dicom_source: Mapping[str, str] | None = field(default=None, repr=False)
    identifiers: tuple[str, ...] = field(default=(), repr=False)
    decoded: DecodedInput | None = None


@dataclass(frozen=True, slots=True)
class RecordedPrediction:
    """An answer as it is stored, its (7, 7, classes) activation, float32, and its image, decoded or
    as it came, where a version in shadow is asked about it too; `dicom`: what is shown of a DICOM
    film's tags and not stored; `stored_name`: the file's name as it is stored."""

    record: PredictionRecord
    activation: Float32Array
    dicom: Mapping[str, str | None] | None = field(default=None, repr=False)
    image: DecodedInput | bytes | None = None
    stored_name: str = ""


def decision_policy(
    settings: Settings,
    *,
    operating_point: str | None = None,
    prevalence: float | None = None,
    site: SiteRules | None = None,
) -> DecisionPolicy:
    """How to decide: as the request asks, else as the site's profile and the settings say."""
    usual = site.profile.prevalence if site and site.profile else settings.prevalence
    return DecisionPolicy(
        operating_point=operating_point or settings.operating_point,
        prevalence=prevalence or usual,
        max_error=settings.max_error,
        site=site,
        unknown_site=settings.unknown_site,
    )


def shift_features(inference: Inference, card: Card) -> bytes | None:
    """What is stored with an answer for its stream; None where nothing tells how an input was
    made."""
    if not inference.acquisition.size:
        return None
    learned = probabilities_of(inference.outputs.logits, temperature=card.temperature)
    return packed(
        inference.acquisition,
        score=float(1 - learned[card.negative_index]),
        ood_score=inference.unlikeness,
    )


@dataclass(frozen=True, slots=True)
class ImagePredictor:
    """Predicts with one loaded checkpoint and one policy; stores nothing."""

    engine: Predictor
    limits: Limits
    policy: DecisionPolicy
    # Asked for each film: a batch may take longer than its stream stays as it was.
    stream: Callable[[], StreamState | None] = lambda: None
    # Another version with the same preprocessing is to be asked too.
    keep_decoded: bool = False

    @property
    def card(self) -> Card:
        return self.engine.card

    @property
    def kind(self) -> Kind:
        return kind_of(self.card.input_kind)

    def check_policy(self) -> None:
        """Raises: InvalidRequest if the card has no such operating point."""
        self.kind.check_policy(self.card, self.policy)

    def predict(self, content: bytes, *, alone: bool = False) -> ServedPrediction:
        """Predict one image file; `alone`: all cores are free for it.

        Raises: UnsupportedFormat, UnreadableImage, TooLarge, DecoderFailed, InvalidRequest,
            ModelNotReady.
        """
        started = time.perf_counter()
        # A wrong operating point is refused before any work is done.
        self.check_policy()
        inference = self.engine.infer(
            content, self.limits, alone=alone, keep_decoded=self.keep_decoded
        )
        return ServedPrediction(
            decision=self.decide(inference),
            outputs=inference.outputs,
            sha256=inference.sha256,
            shift_features=shift_features(inference, self.card),
            dicom=inference.dicom,
            dicom_source=inference.dicom_source,
            identifiers=inference.identifiers,
            timings={
                "decode_ms": inference.decode_ms,
                "inference_ms": inference.inference_ms,
                "total_ms": round((time.perf_counter() - started) * 1e3, 3),
            },
            decoded=inference.decoded,
        )

    def decide(self, inference: Inference) -> Decision:
        """What the network's output means here. Raises: InvalidRequest."""
        inputs = DecisionInputs(
            logits=inference.outputs.logits,
            ood_score=inference.unlikeness,
            quality_issues=inference.quality_issues,
            site_distance=inference.site_distance,
            tag_issues=inference.tag_issues,
        )
        return in_stream(
            self.kind.decide(inputs, self.card, self.policy),
            self.stream(),
            refer=self.policy.unknown_site == "refer",
        )

    def to_record(
        self,
        served: ServedPrediction,
        filename: str,
        *,
        source: str | None = None,
        actor: str | None = None,
    ) -> PredictionRecord:
        """A prediction as it is answered; `source`: the site that the request named; `actor`: who
        asked."""
        return PredictionRecord(
            id=uuid.uuid4().hex,
            created_at=now(),
            filename=filename,
            image_sha256=served.sha256,
            model_version=self.engine.version,
            timings=served.timings,
            source=source,
            actor=actor,
            shift_features=served.shift_features,
            dicom_source=served.dicom_source,
            **{each.name: getattr(served.decision, each.name) for each in fields(Decision)},
        )


Work = Callable[[], RecordedPrediction]


class Shadowing(Protocol):
    """Whoever is handed each image after it was answered."""

    def offer(self, recorded: RecordedPrediction, predictor: ImagePredictor) -> None:
        """Take an image, or count it as dropped; returns at once."""


@dataclass(frozen=True, slots=True)
class RecordingPredictor:
    """Predicts, retains the image where the settings say so, and stores the answer.

    `actor` is who asks; `names` says in which form the file's name is stored.
    """

    predictor: ImagePredictor
    retained_images: RetainedImages
    writer: PredictionWriter
    task: str
    source: str | None = None
    actor: str | None = None
    names: FilenamePolicy = KEEP_NAMES
    shadow: Shadowing | None = None

    async def predict(
        self,
        filename: str,
        read: Callable[[], bytes],
        *,
        run: Callable[[Work], Awaitable[RecordedPrediction]],
        is_alone: Callable[[], bool] = lambda: False,
    ) -> RecordedPrediction:
        """Predict one image; returns once the answer is committed.

        Args:
            read: gives the file's bytes, on the thread that computes.
            run: queues the work for a compute thread and waits for it.
            is_alone: whether all cores are free for it, asked when the work begins.

        Raises: what `ImagePredictor.predict`, `read` and `run` raise; StoreBusy or StorageFailed
            if the answer could not be stored.
        """

        def work() -> RecordedPrediction:
            content = read()
            served = self.predictor.predict(content, alone=is_alone())
            record = self.predictor.to_record(
                served, filename, source=self.source, actor=self.actor
            )
            self.retained_images.keep(
                content,
                sha256=record.image_sha256,
                decision=record.decision,
                without_metadata=self.predictor.kind.without_metadata,
            )
            image = (served.decoded or content) if self.shadow else None
            name = self._stored_name(filename, served.identifiers)
            activation = served.outputs.activation
            return RecordedPrediction(record, activation, served.dicom, image, name)

        recorded = await run(work)
        # What looks at no places has no heat map to keep.
        activation = recorded.activation if recorded.activation.size else None
        # The answer names the file as it was sent; what is stored need not.
        record = replace(recorded.record, filename=recorded.stored_name)
        stored = self.writer.add(record, task=self.task, activation=activation)
        await asyncio.wrap_future(stored)
        if self.shadow:
            self.shadow.offer(recorded, self.predictor)
        return recorded

    def _stored_name(self, name: str, identifiers: tuple[str, ...]) -> str:
        """Whatever the setting: no name that tells whose DICOM film it is."""
        return DROPPED if tells_whose(name, identifiers) else self.names.stored(name)
