"""What a retrained network is worth: on the films its parent remembers and on the new ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import keras
import numpy as np

from api.arrays import ByteArray, Float32Array, FloatArray
from api.decision.decide import probabilities_of
from api.decision.references import References
from api.decision.stream_shift.reference import ShiftReference
from api.errors import AppError, StorageUnavailable
from api.evaluation.calibration import Calibration
from api.evaluation.operating_points import BALANCED
from api.inputs.discovery import LabelledImage
from api.inputs.images.decoding import decode
from api.model_card.base import Interval
from api.model_card.card import Card, Replay
from api.model_card.decision_rules import OutlierRule
from api.model_card.sites.shift_rule import ShiftRule
from api.tasks.task import Task
from api.training.assessment.assess import Assessment, calibrate, image_tests, metric_fields
from api.training.assessment.decision_rules import SplitPredictions, choose_rules
from api.training.assessment.measured_references import MeasuredReferences, measured_references
from api.training.assessment.out_of_distribution import PROBES, extended_ood_rule, spread
from api.training.assessment.sites.measured_images import MeasuredImages
from api.training.assessment.sites.stream_shift import extended_shift_rule
from api.training.assessment.sites.unfamiliar_sites import extended_acquisition_rule
from api.training.data.dataset import LIMITS
from api.training.data.latent_cache import LatentCache
from api.training.data.replay_memory import Latents, ReplayMemory
from api.training.data.sample_set import SOURCE
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION
from api.training.data.trainable_tail import TrainableTail
from api.training.models.inference import BatchPredictor


@dataclass(frozen=True, slots=True)
class Parent:
    """What a retraining starts from: card, references of training films, remembered films.

    `known_rates` are its sensitivity and specificity on the remembered validation films,
    `learned_logits`, (n, classes), what it says of those that it remembers to learn from.
    """

    card: Card
    references: References | None
    memory: ReplayMemory
    replay: Replay
    shift: ShiftReference | None = None
    known_rates: Interval | None = None
    learned_logits: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class NewImages:
    """The samples of a retraining by split, with their activations in a store."""

    images: Mapping[str, Sequence[LabelledImage]]
    store: LatentCache
    task: Task

    @property
    def sites(self) -> set[str]:
        """Those that somebody named as a film's source."""
        images = (image for members in self.images.values() for image in members)
        return {image.source for image in images} - {SOURCE}

    @property
    def tells_kinds(self) -> bool:
        """Whether most films with a finding are labelled with its kind; else too little can be
        learned about kinds."""
        images = (image for members in self.images.values() for image in members)
        targets = [self.task.target_of(image.label) for image in images]
        findings = [target for target in targets if target != self.task.negative_index]
        return sum(target >= 0 for target in findings) > len(findings) / 2

    def only(self, split: str, rows: Sequence[int]) -> "NewImages":
        """Some films of one split."""
        images = self.images[split]
        return NewImages({split: [images[row] for row in rows]}, self.store, self.task)

    def without(self, sha256: set[str]) -> "NewImages":
        """Those with another content."""
        images = {
            split: [image for image in members if image.sha256 not in sha256]
            for split, members in self.images.items()
        }
        return NewImages(images, self.store, self.task)

    def latents(
        self,
        split: str,
        distances: FloatArray | None = None,
        site_distances: FloatArray | None = None,
    ) -> Latents:
        """Those of one split, as they are.

        Args:
            distances, site_distances: (n,) of a split that is measured on; no film of it is
                missing.
        """
        images, activations = self.store.found(self.images[split])
        n = len(images)
        return Latents(
            activations=activations,
            distances=_or_zeros(distances, n),
            site_distances=_or_zeros(site_distances, n),
            targets=np.array(
                [self.task.target_of(image.label) for image in images], dtype=np.int64
            ),
            sources=tuple(image.source for image in images),
            sha256=tuple(image.sha256 for image in images),
        )


def known_rates(
    model: keras.Model, card: Card, replay: Replay, memory: ReplayMemory, none: int
) -> Interval | None:
    """Sensitivity and specificity of a champion on the validation films that it remembers; None of
    one kind only.

    Args:
        none: number of the negative class.
    """
    images = memory.splits[VALIDATION]
    positive = images.targets != none
    if positive.all() or not positive.any():
        return None
    logits = TrainableTail(model, replay.first_trainable)(images)
    scores = 1 - probabilities_of(logits, temperature=1.0)[:, none]
    found = scores >= card.operating_points[BALANCED].threshold
    return float(found[positive].mean()), float((~found[~positive]).mean())


def assess_retrained(model: keras.Model, new: NewImages, parent: Parent, task: Task) -> Assessment:
    """Calibrate in place, choose how to read the answers, and measure.

    Both on the remembered films and on the new ones; the reference of training films is extended
    by the new ones instead of made anew. That is all that the gate looks at: `completed` has the
    rest.
    """
    tail = TrainableTail(model, parent.replay.first_trainable)
    measured = grown_references(new, parent, task)
    images = {
        split: parent.memory.splits[split].joined(
            new.latents(
                split,
                measured.ood_distances(new.store.early_features(new.images[split])),
                measured.site_distances(new.store.acquisition(new.images[split])),
            )
        )
        for split in (VALIDATION, HOLDOUT)
    }
    validation = images[VALIDATION]
    # Where all new films were learned from, only remembered ones are validated on. On these the
    # parent is calibrated; a site's profile has a temperature of its own.
    in_folds = not new.images[VALIDATION]
    calibration = (
        Calibration.identity(len(task.labels))
        if in_folds
        else calibrate(model, tail(validation), validation.targets, task, parent=parent.card)
    )
    predictions = {
        split: SplitPredictions(
            tail(latents),
            latents.targets,
            latents.sources,
            latents.distances if measured.rule else None,
            latents.site_distances if measured.acquisition else None,
        )
        for split, latents in images.items()
    }
    rules = choose_rules(
        predictions[VALIDATION].logits,
        validation.targets,
        task,
        parent.card,
        usual_rates=parent.known_rates if in_folds else None,
    )
    return Assessment(
        calibration=calibration,
        references=measured.references,
        references_bytes=measured.content,
        predictions=predictions,
        fields=metric_fields(predictions, rules, measured, task, parent.card),
    )


def completed(
    assessment: Assessment, model: keras.Model, new: NewImages, parent: Parent, task: Task
) -> Assessment:
    """With what the card alone says, and no verdict hangs on: heat map, stability, streams.

    It costs as much as the fits of one fold, so only the network that is published gets it.
    """
    outliers = assessment.fields["outliers"]
    shift, shift_bytes = _grown_shift(new, parent, assessment.predictions, outliers, task)
    seen = image_tests(BatchPredictor(model, new.store.backbone.spec), _pictures(new))
    fields = assessment.fields | {"shift": shift} | seen
    return replace(assessment, shift_bytes=shift_bytes, fields=fields)


def grown_references(new: NewImages, parent: Parent, task: Task) -> MeasuredReferences:
    """The parent's references of training films, extended by the new ones that are learned from."""
    rule, references = parent.card.outliers, parent.references
    if rule is None or references is None:
        return MeasuredReferences()
    train, validation = new.images[TRAIN], new.images.get(VALIDATION, ())
    ood = extended_ood_rule(
        rule,
        references.ood,
        new.store.early_features(train),
        [image.stratum for image in train],
        new.store.early_features(validation),
        [image.source for image in validation],
        max_refused=task.decision.max_refused,
    )
    acquisition = parent.card.acquisition
    if acquisition is None or references.site is None:
        return measured_references(ood, None)
    images = [*train, *validation]
    site = extended_acquisition_rule(
        acquisition,
        references.site,
        new.store.acquisition(images),
        [(image.source, image.label != task.negative_class) for image in images],
    )
    return measured_references(ood, site)


def _grown_shift(
    new: NewImages,
    parent: Parent,
    predictions: Mapping[str, SplitPredictions],
    outliers: OutlierRule | None,
    task: Task,
) -> tuple[ShiftRule | None, bytes | None]:
    """The parent's rule for streams, which knows the new films' sources too."""
    rule, reference = parent.card.shift, parent.shift
    if rule is None or reference is None:
        return None, None
    images = [image for split in (TRAIN, VALIDATION, HOLDOUT) for image in new.images[split]]
    xrays = MeasuredImages(images, new.store.acquisition(images))
    return extended_shift_rule(rule, reference, xrays, predictions, outliers, task)


def _or_zeros(values: FloatArray | None, n: int) -> Float32Array:
    return np.zeros(n, np.float32) if values is None else values.astype(np.float32)


def _pictures(new: NewImages) -> ByteArray:
    """Some new hold-out films, decoded again; of the remembered ones there are no pictures."""
    spec, images = new.store.backbone.spec, new.images[HOLDOUT]
    pictures = []
    for row in spread(len(images), PROBES):
        try:
            pictures.append(spec.resize(decode(images[row].read(), LIMITS)))
        except StorageUnavailable:
            raise
        except (AppError, OSError):
            # Deleted since its activations were computed.
            continue
    empty = np.zeros((0, spec.height, spec.width), dtype=np.uint8)
    return np.stack(pictures) if pictures else empty
