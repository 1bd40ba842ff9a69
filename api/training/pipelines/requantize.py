"""The int8 form of a checkpoint that is already there, made anew from the films it learned from."""

from collections.abc import Sequence
from pathlib import Path

import keras

from api.decision.out_of_distribution import METHODS
from api.decision.references import load_references
from api.errors import InvalidDataset
from api.files import write_atomic
from api.inputs.discovery import find_images, manifest_digest
from api.model_card.card import Card
from api.model_card.card_file import read_card, write_card
from api.model_card.quantization import Reduced
from api.registry.store import Checkpoint, card_path, int8_path, reference_path, verify_weights
from api.tasks.recipe import Recipe
from api.tasks.task_files import load_task
from api.training.assessment.decision_rules import SplitPredictions
from api.training.assessment.int8_acceptance import Fp32Baseline, int8_form
from api.training.data.dataset import Decoded, decode_images
from api.training.data.splits import HOLDOUT
from api.training.models.inference import BatchPredictor
from api.training.models.mobilenet import load
from api.training.pipelines.train import split_images


def requantize(weights: Path, folders: Sequence[Path]) -> Reduced:
    """Write the int8 form and its record in the card.

    Args:
        folders: those of the training; the films must be exactly the same, so that what it is
            compared on is what neither form has seen.

    Raises: InvalidCheckpoint, InvalidDataset, StorageFailed.
    """
    card = read_card(card_path(weights))
    verify_weights(Checkpoint(weights, card))
    splits = splits_of(card, folders)
    model = load(weights)
    made = int8_form(
        model, splits, card.preprocessing, _baseline(card, weights, model, splits[HOLDOUT])
    )
    if made is None:
        raise InvalidDataset("There are no hold-out films to compare the two forms on.")
    record, content = made
    write_atomic(int8_path(weights), content)
    write_card(card_path(weights), card.model_copy(update={"reduced": record}))
    return record


def _baseline(card: Card, weights: Path, model: keras.Model, holdout: Decoded) -> Fp32Baseline:
    """What the network itself gives for the hold-out, read as its card says."""
    seen = BatchPredictor(model, card.preprocessing).predict(holdout.images)
    rule, reference, distances = card.outliers, None, None
    if rule:
        reference = load_references(reference_path(weights), sha256=rule.reference_sha256).ood
        distances = METHODS[rule.method](reference, seen.early_features)
    predictions = SplitPredictions(seen.logits, holdout.targets, holdout.sources, distances)
    return Fp32Baseline(predictions, rule, reference, card.heatmap, load_task(card.task))


def splits_of(card: Card, folders: Sequence[Path]) -> dict[str, Decoded]:
    """The films of a training as it divided them. Raises: InvalidDataset if they are others."""
    task = load_task(card.task)
    recipe = Recipe.model_validate(card.training.recipe)
    images, _ = decode_images(find_images(tuple(folders), task).images, task, card.preprocessing)
    splits = split_images(images, recipe, seed=card.training.seed)
    found = manifest_digest(image for members in splits.values() for image in members.labelled)
    if found != card.data.manifest_sha256:
        raise InvalidDataset(
            f"The films are not those that '{card.version}' was trained on; give the same folders."
        )
    return splits
