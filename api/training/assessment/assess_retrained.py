"""What a retrained network is worth: on the films its parent remembers and on the new ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from api.decision.out_of_distribution import METHODS, Reference
from api.errors import AppError
from api.inputs.discovery import Film
from api.inputs.images.decoding import decode
from api.model_card.card import Card, Replay
from api.model_card.decision_rules import OutlierRule
from api.tasks.task import Task
from api.training.assessment.assess import Appraisal, calibrate, figures, looks
from api.training.assessment.decision_rules import FloatArray, Sight, read_rules
from api.training.assessment.out_of_distribution import PROBES, extended_rule, spread
from api.training.data.dataset import LIMITS
from api.training.data.latent_cache import LatentStore
from api.training.data.replay_memory import Latents, Memory
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION
from api.training.models import mobilenet
from api.training.models.inference import Observer
from api.training.models.mobilenet import LOGITS

BATCH = 64


@dataclass(frozen=True, slots=True)
class Parent:
    """What a retraining starts from: card, reference of training films, remembered films."""

    card: Card
    reference: Reference | None
    memory: Memory
    replay: Replay


@dataclass(frozen=True, slots=True)
class NewFilms:
    """The samples of a retraining by side, with their activations in a store."""

    films: Mapping[str, Sequence[Film]]
    store: LatentStore
    task: Task

    def only(self, part: str, rows: Sequence[int]) -> "NewFilms":
        """Some films of one side."""
        films = self.films[part]
        return NewFilms({part: [films[row] for row in rows]}, self.store, self.task)

    def without(self, sha256: set[str]) -> "NewFilms":
        """Those with another content."""
        films = {
            part: [film for film in members if film.sha256 not in sha256]
            for part, members in self.films.items()
        }
        return NewFilms(films, self.store, self.task)

    def latents(self, part: str, distances: FloatArray | None = None) -> Latents:
        """Those of one side, as they are.

        Args:
            distances: (n,) of a side that is measured on; no film of it is missing.
        """
        films, activations = self.store.found(self.films[part])
        n = len(films)
        return Latents(
            activations=activations,
            distances=np.zeros(n, np.float32)
            if distances is None
            else distances.astype(np.float32),
            targets=np.array([self.task.target_of(film.label) for film in films], dtype=np.int64),
            sources=tuple(film.source for film in films),
            sha256=tuple(film.sha256 for film in films),
        )


class Tail:
    """The part of a network that learns, asked for what one of its layers gives."""

    def __init__(self, model: keras.Model, first_trainable: str, *, until: str = LOGITS) -> None:
        tail = mobilenet.tail_of(model, first_trainable, until=until)
        self._run = tf.function(lambda batch: tail(batch, training=False), reduce_retracing=True)
        self._width: int = tail.output_shape[-1]

    def __call__(self, films: Latents) -> FloatArray:
        """(n, outputs), with the weights as they are now."""
        batches = [
            self._run(films.activations[start : start + BATCH].astype(np.float32)).numpy()
            for start in range(0, len(films), BATCH)
        ]
        return np.concatenate(batches) if batches else np.zeros((0, self._width), np.float32)


def reappraise(model: keras.Model, new: NewFilms, parent: Parent, task: Task) -> Appraisal:
    """Calibrate in place, choose how to read the answers, and measure.

    Both on the remembered films and on the new ones; the reference of training films is extended
    by the new ones instead of made anew.
    """
    tail = Tail(model, parent.replay.first_trainable)
    rule, reference, content = _grown_reference(new, parent, task)
    films = {
        part: parent.memory.parts[part].joined(
            new.latents(part, _distances(new, part, rule, reference))
        )
        for part in (VALIDATION, HOLDOUT)
    }
    validation = films[VALIDATION]
    calibration = calibrate(model, tail(validation), validation.targets, task, parent=parent.card)
    sights = {
        part: Sight(tail(f), f.targets, f.sources, f.distances if rule else None)
        for part, f in films.items()
    }
    reading = read_rules(sights[VALIDATION].logits, validation.targets, task, parent.card)
    pictures = _pictures(new)
    return Appraisal(
        calibration=calibration,
        reference=reference,
        reference_bytes=content,
        sights=sights,
        fields=figures(sights, reading, rule, task, parent.card)
        | looks(Observer(model, new.store.front.spec), pictures),
    )


def _grown_reference(
    new: NewFilms, parent: Parent, task: Task
) -> tuple[OutlierRule | None, Reference | None, bytes | None]:
    rule, reference = parent.card.outliers, parent.reference
    if rule is None or reference is None:
        return None, None, None
    train, validation = new.films[TRAIN], new.films[VALIDATION]
    return extended_rule(
        rule,
        reference,
        new.store.early_features(train),
        [film.stratum for film in train],
        new.store.early_features(validation),
        [film.source for film in validation],
        max_refused=task.decision.max_refused,
    )


def _distances(
    new: NewFilms, part: str, rule: OutlierRule | None, reference: Reference | None
) -> FloatArray | None:
    if rule is None or reference is None:
        return None
    features = new.store.early_features(new.films[part])
    return METHODS[rule.method](reference, features) if len(features) else None


def _pictures(new: NewFilms) -> "np.typing.NDArray[np.uint8]":
    """Some new hold-out films, decoded again; of the remembered ones there are no pictures."""
    spec, films = new.store.front.spec, new.films[HOLDOUT]
    pictures = []
    for row in spread(len(films), PROBES):
        try:
            pictures.append(spec.resize(decode(films[row].path.read_bytes(), LIMITS)))
        except (AppError, OSError):
            # Deleted since its activations were computed.
            continue
    empty = np.zeros((0, spec.height, spec.width), dtype=np.uint8)
    return np.stack(pictures) if pictures else empty
