"""What a retrained network is worth: on the films its parent remembers and on the new ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from api.arrays import ByteArray, FloatArray
from api.decision.out_of_distribution import METHODS, OodReference
from api.errors import AppError
from api.inputs.discovery import LabelledImage
from api.inputs.images.decoding import decode
from api.model_card.card import Card, Replay
from api.model_card.decision_rules import OutlierRule
from api.tasks.task import Task
from api.training.assessment.assess import Assessment, calibrate, image_tests, metric_fields
from api.training.assessment.decision_rules import SplitPredictions, choose_rules
from api.training.assessment.out_of_distribution import PROBES, extended_ood_rule, spread
from api.training.data.dataset import LIMITS
from api.training.data.latent_cache import LatentCache
from api.training.data.replay_memory import Latents, ReplayMemory
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION
from api.training.models import mobilenet
from api.training.models.inference import BatchPredictor
from api.training.models.mobilenet import LOGITS

BATCH = 64


@dataclass(frozen=True, slots=True)
class Parent:
    """What a retraining starts from: card, reference of training films, remembered films."""

    card: Card
    reference: OodReference | None
    memory: ReplayMemory
    replay: Replay


@dataclass(frozen=True, slots=True)
class NewImages:
    """The samples of a retraining by split, with their activations in a store."""

    images: Mapping[str, Sequence[LabelledImage]]
    store: LatentCache
    task: Task

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

    def latents(self, split: str, distances: FloatArray | None = None) -> Latents:
        """Those of one split, as they are.

        Args:
            distances: (n,) of a split that is measured on; no film of it is missing.
        """
        images, activations = self.store.found(self.images[split])
        n = len(images)
        return Latents(
            activations=activations,
            distances=np.zeros(n, np.float32)
            if distances is None
            else distances.astype(np.float32),
            targets=np.array(
                [self.task.target_of(image.label) for image in images], dtype=np.int64
            ),
            sources=tuple(image.source for image in images),
            sha256=tuple(image.sha256 for image in images),
        )


class TrainableTail:
    """The part of a network that learns, asked for what one of its layers gives."""

    def __init__(self, model: keras.Model, first_trainable: str, *, until: str = LOGITS) -> None:
        tail = mobilenet.trainable_tail(model, first_trainable, until=until)
        self._run = tf.function(lambda batch: tail(batch, training=False), reduce_retracing=True)
        self._width: int = tail.output_shape[-1]

    def __call__(self, images: Latents) -> FloatArray:
        """(n, outputs), with the weights as they are now."""
        batches = [
            self._run(images.activations[start : start + BATCH].astype(np.float32)).numpy()
            for start in range(0, len(images), BATCH)
        ]
        return np.concatenate(batches) if batches else np.zeros((0, self._width), np.float32)


def assess_retrained(model: keras.Model, new: NewImages, parent: Parent, task: Task) -> Assessment:
    """Calibrate in place, choose how to read the answers, and measure.

    Both on the remembered films and on the new ones; the reference of training films is extended
    by the new ones instead of made anew.
    """
    tail = TrainableTail(model, parent.replay.first_trainable)
    rule, reference, content = _grown_reference(new, parent, task)
    images = {
        split: parent.memory.splits[split].joined(
            new.latents(split, _distances(new, split, rule, reference))
        )
        for split in (VALIDATION, HOLDOUT)
    }
    validation = images[VALIDATION]
    calibration = calibrate(model, tail(validation), validation.targets, task, parent=parent.card)
    predictions = {
        split: SplitPredictions(tail(f), f.targets, f.sources, f.distances if rule else None)
        for split, f in images.items()
    }
    rules = choose_rules(predictions[VALIDATION].logits, validation.targets, task, parent.card)
    pictures = _pictures(new)
    return Assessment(
        calibration=calibration,
        reference=reference,
        reference_bytes=content,
        predictions=predictions,
        fields=metric_fields(predictions, rules, rule, task, parent.card)
        | image_tests(BatchPredictor(model, new.store.front.spec), pictures),
    )


def _grown_reference(
    new: NewImages, parent: Parent, task: Task
) -> tuple[OutlierRule | None, OodReference | None, bytes | None]:
    rule, reference = parent.card.outliers, parent.reference
    if rule is None or reference is None:
        return None, None, None
    train, validation = new.images[TRAIN], new.images[VALIDATION]
    return extended_ood_rule(
        rule,
        reference,
        new.store.early_features(train),
        [image.stratum for image in train],
        new.store.early_features(validation),
        [image.source for image in validation],
        max_refused=task.decision.max_refused,
    )


def _distances(
    new: NewImages, split: str, rule: OutlierRule | None, reference: OodReference | None
) -> FloatArray | None:
    if rule is None or reference is None:
        return None
    features = new.store.early_features(new.images[split])
    return METHODS[rule.method](reference, features) if len(features) else None


def _pictures(new: NewImages) -> ByteArray:
    """Some new hold-out films, decoded again; of the remembered ones there are no pictures."""
    spec, images = new.store.front.spec, new.images[HOLDOUT]
    pictures = []
    for row in spread(len(images), PROBES):
        try:
            pictures.append(spec.resize(decode(images[row].path.read_bytes(), LIMITS)))
        except (AppError, OSError):
            # Deleted since its activations were computed.
            continue
    empty = np.zeros((0, spec.height, spec.width), dtype=np.uint8)
    return np.stack(pictures) if pictures else empty
