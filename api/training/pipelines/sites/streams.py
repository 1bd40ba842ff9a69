"""The rule for shifted streams of a checkpoint that is already there, from the films it learned
from."""

from collections.abc import Sequence
from pathlib import Path

from api.decision.out_of_distribution import METHODS
from api.decision.references import load_references
from api.errors import InvalidDataset
from api.files import write_atomic
from api.model_card.card import Card
from api.model_card.card_file import read_card, write_card
from api.model_card.sites.shift_rule import ShiftRule
from api.registry.store import Checkpoint, card_path, reference_path, shift_path, verify_weights
from api.tasks.task_files import load_task
from api.training.assessment.decision_rules import SplitPredictions
from api.training.assessment.sites.stream_shift import shift_rule
from api.training.data.dataset import Decoded
from api.training.data.splits import HOLDOUT, VALIDATION
from api.training.models.inference import BatchPredictor
from api.training.models.mobilenet import load
from api.training.pipelines.requantize import splits_of


def add_shift_rule(weights: Path, folders: Sequence[Path]) -> ShiftRule:
    """Write the reference of streams and the card's rule for it.

    Args:
        folders: those of the training; the films must be exactly the same, so that none that was
            learned from is taken for a held-out one.

    Raises: InvalidCheckpoint, InvalidDataset, StorageFailed.
    """
    card = read_card(card_path(weights))
    verify_weights(Checkpoint(weights, card))
    splits = splits_of(card, folders)
    predictor = BatchPredictor(load(weights), card.preprocessing)
    predictions = {
        name: _predictions(predictor, card, weights, splits[name]) for name in (VALIDATION, HOLDOUT)
    }
    rule, content = shift_rule(splits, predictions, card.outliers, load_task(card.task))
    if rule is None or content is None:
        raise InvalidDataset("There are too few films to tell how streams of them look.")
    write_atomic(shift_path(weights), content)
    write_card(card_path(weights), card.model_copy(update={"shift": rule}))
    return rule


def _predictions(
    predictor: BatchPredictor, card: Card, weights: Path, data: Decoded
) -> SplitPredictions:
    seen, rule, distances = predictor.predict(data.images), card.outliers, None
    if rule:
        reference = load_references(reference_path(weights), sha256=rule.reference_sha256).ood
        distances = METHODS[rule.method](reference, seen.early_features)
    return SplitPredictions(seen.logits, data.targets, data.sources, distances)
