"""What a challenger inherits, and what its card says."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping

import keras
import numpy as np

from api.clock import now
from api.decision.references import References, load_references
from api.decision.stream_shift.reference import ShiftReference, load_shift_reference
from api.errors import AppError, InvalidCheckpoint
from api.inputs.discovery import counts, manifest_digest
from api.model_card.card import Card, Data, Epoch, ReferenceStatistics, Replay, TrainingRecord
from api.records.training_images.samples import SampleRecord
from api.registry.store import Checkpoint, Store, reference_path, replay_path, shift_path
from api.tasks.recipe import Recipe
from api.training.assessment import golden
from api.training.assessment.assess import Assessment
from api.training.assessment.assess_retrained import (
    NewImages,
    Parent,
    known_rates,
)
from api.training.data.replay_memory import load_memory
from api.training.data.sample_set import SPLIT_RULE, SampleSplits
from api.training.data.splits import TRAIN
from api.training.data.trainable_tail import TrainableTail
from api.training.models import mobilenet
from api.training.pipelines import checkpoint


def load_parent(
    found: Checkpoint, model: keras.Model, known: set[str], *, negative_index: int
) -> Parent:
    """What the challenger inherits.

    Args:
        known: hashes of films that are samples here, or were. What they teach is what they are
            now: those that were relabelled, disputed or deleted must not be remembered as before.

    Raises: InvalidCheckpoint if the parent's files do not belong together, or it has no memory.
    """
    card = found.card
    if card.replay is None:
        raise InvalidCheckpoint(
            f"'{found.version}' has no replay memory, so a retraining would forget what it knew. "
            "Promote a version that has one, or train it anew with `python -m api train`."
        )
    memory = load_memory(replay_path(found.weights), card.replay).without(known)
    references = _references(found, model, card.replay)
    rates = known_rates(model, card, card.replay, memory, negative_index)
    logits = TrainableTail(model, card.replay.first_trainable)(memory.splits[TRAIN])
    return Parent(card, references, memory, card.replay, _shift_reference(found), rates, logits)


def _shift_reference(found: Checkpoint) -> ShiftReference | None:
    rule = found.card.shift
    if rule is None:
        return None
    return load_shift_reference(shift_path(found.weights), sha256=rule.reference_sha256)


def _references(found: Checkpoint, model: keras.Model, replay: Replay) -> References | None:
    """The parent's, unless the early layers that it was made with are about to learn."""
    rule = found.card.outliers
    if rule is None or not mobilenet.keeps_early_features(model, replay.first_trainable):
        return None
    return load_references(reference_path(found.weights), sha256=rule.reference_sha256)


@dataclasses.dataclass(frozen=True, slots=True)
class TrainingRun:
    """How a challenger came to be."""

    version: str
    weights_sha256: str
    replay: Replay
    recipe: Recipe
    seed: int
    history: tuple[Epoch, ...]
    duration_s: float
    skipped: Counter[str]


def first_card(found: Checkpoint, store: Store) -> Card:
    """The card of the checkpoint that the line began with, as far back as there are cards."""
    card, seen = found.card, {found.version}
    while card.parent and card.parent not in seen:
        seen.add(card.parent)
        try:
            card = store.get(card.parent).card
        except AppError:
            break
    return card


def card_of(
    parent: Card,
    first: Card,
    model: keras.Model,
    samples: SampleSplits,
    new: NewImages,
    assessment: Assessment,
    run: TrainingRun,
) -> Card:
    """The challenger's card: its parent's, with everything that is its own.

    All samples that it learned from are counted onto `first`, the card of the line's beginning.
    """
    learned = (samples.records[image.sha256] for image in new.images[TRAIN])
    return parent.model_copy(
        update={
            "version": run.version,
            # Of the parent's training; this one was not repeated.
            "cross_validation": None,
            "unseen": (),
            "parent": parent.version,
            "created_at": now().replace(microsecond=0),
            "code_version": checkpoint.code_version(),
            "weights_sha256": run.weights_sha256,
            "golden": golden.golden_outputs(model, parent.preprocessing),
            **assessment.fields,
            "statistics": grown_statistics(first.statistics, learned),
            "replay": run.replay,
            # The parent's int8 form is of other weights, and there are too few films to judge one.
            "reduced": None,
            "data": Data(
                split_rule=SPLIT_RULE,
                counts={split: counts(images) for split, images in new.images.items()},
                skipped=dict(run.skipped),
                manifest_sha256=manifest_digest(
                    f for images in new.images.values() for f in images
                ),
            ),
            "training": TrainingRecord(
                backbone=mobilenet.BACKBONE,
                base_weights=parent.version,
                recipe=run.recipe.model_dump(mode="json"),
                seed=run.seed,
                duration_s=round(run.duration_s, 1),
                temperature=assessment.calibration.temperature,
                calibration_matrix=assessment.calibration.matrix,
                biases=assessment.calibration.biases,
                history=run.history,
            ),
        }
    )


def grown_statistics(
    known: Mapping[str, ReferenceStatistics], records: Iterable[SampleRecord]
) -> dict[str, ReferenceStatistics]:
    """Means over the films that the parent learned from and the new ones."""
    grown = dict(known)
    for record in records:
        before = grown.get(record.label)
        n = before.n if before else 0
        old = before or ReferenceStatistics(n=0, brightness=0, edge_density=0, histogram=(0.0,))
        grown[record.label] = ReferenceStatistics(
            n=n + 1,
            brightness=_mean(old.brightness, record.brightness, n),
            edge_density=_mean(old.edge_density, record.edge_density, n),
            histogram=tuple(
                np.round(
                    (np.array(old.histogram) * n + np.array(record.histogram)) / (n + 1), 5
                ).tolist()
            ),
        )
    return grown


def _mean(before: float, value: float, n: int) -> float:
    return (before * n + value) / (n + 1)
