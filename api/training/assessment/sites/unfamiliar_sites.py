"""Telling films of unfamiliar sites: a reference from training films and variants of them."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageFilter

from api.arrays import ByteArray, Float32Array
from api.decision.site_distance import SiteReference
from api.evaluation.sites import site_reference
from api.inputs.images.acquisition import N_FEATURES, acquisition_features
from api.model_card.decision_rules import AcquisitionRule
from api.tasks.task import Task
from api.training.assessment.decision_rules import SplitPredictions
from api.training.data.dataset import Decoded
from api.training.data.splits import VALIDATION

SEED = 0


def features_of(images: ByteArray) -> Float32Array:
    """Acquisition features of (n, height, width) films; (n, features)."""
    rows = [acquisition_features(image) for image in images]
    return np.stack(rows) if rows else np.zeros((0, N_FEATURES), np.float32)


def acquisition_rule(
    train: Decoded, validation: Decoded, task: Task
) -> tuple[AcquisitionRule, SiteReference] | None:
    """The rule and its reference; None where there are too few films or sources.

    The same film is exported in many ways; so each counts a second time as it may come another
    time, and what tells exports apart alone makes nobody unfamiliar.
    """
    familiar = site_reference.familiar_sources(train.sources, train.targets != task.negative_index)
    checked = set(validation.sources)
    enough = [
        name
        for name in familiar
        if name in checked and train.sources.count(name) >= site_reference.MIN_IMAGES
    ]
    features = np.concatenate([features_of(train.images), features_of(_exported(train.images))])
    reference = site_reference.fit_site_reference(features, train.sources * 2, enough)
    if reference is None:
        return None
    share = task.decision.max_unfamiliar
    held = np.concatenate(
        [features_of(validation.images), features_of(_exported(validation.images))]
    )
    limited = site_reference.with_limits(
        reference, held, validation.sources * 2, enough, max_unfamiliar=share
    )
    rule = AcquisitionRule(
        familiar=tuple(enough), max_unfamiliar=share, chosen_on=VALIDATION, unfamiliar={}
    )
    return rule, limited


def extended_acquisition_rule(
    rule: AcquisitionRule,
    reference: SiteReference,
    features: Float32Array,
    kinds: Sequence[tuple[str, bool]],
) -> tuple[AcquisitionRule, SiteReference]:
    """A parent's reference with the sources of new films that hold both kinds of film.

    Args:
        features: (n, features) of new films.
        kinds: source of each, and whether it has a finding.
    """
    names = np.array([source for source, _ in kinds])
    positive = np.array([has_finding for _, has_finding in kinds], dtype=bool)
    for name in site_reference.familiar_sources(names.tolist(), positive) if kinds else ():
        own = features[names == name]
        if len(own) < site_reference.MIN_IMAGES or name in rule.familiar:
            continue
        reference = site_reference.extended(reference, own, max_unfamiliar=rule.max_unfamiliar)
        rule = rule.model_copy(update={"familiar": (*rule.familiar, name)})
    return rule.model_copy(update={"unfamiliar": {}}), reference


def with_shares(
    rule: AcquisitionRule, predictions: Mapping[str, SplitPredictions]
) -> AcquisitionRule:
    """The rule with the shares of each split's films that are unfamiliar, per source."""
    shares = {
        name: site_reference.unfamiliar_shares(seen.site_distances, seen.sources)
        for name, seen in predictions.items()
        if seen.site_distances is not None and len(seen)
    }
    return rule.model_copy(update={"unfamiliar": shares})


def _exported(images: ByteArray) -> ByteArray:
    """Each film as another program might have written it, drawn by its place."""
    rng = np.random.default_rng(SEED)
    return np.stack([_variant(image, rng) for image in images]) if len(images) else images


def _variant(image: ByteArray, rng: np.random.Generator) -> ByteArray:
    """Blurred, sharpened, resampled or cropped a little, and half of the time JPEG once more."""
    height, width = image.shape
    picture, way = Image.fromarray(image), int(rng.integers(0, 6))
    if way == 0:
        picture = picture.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.2, 0.7))))
    elif way == 1:
        percent = int(rng.uniform(10, 60))
        picture = picture.filter(ImageFilter.UnsharpMask(radius=1.0, percent=percent, threshold=0))
    elif way in {2, 3}:
        share = float(rng.uniform(0.75, 0.98) if way == 2 else rng.uniform(1.3, 4.0))
        side = (max(int(width * share), 1), max(int(height * share), 1))
        picture = picture.resize(side, Image.Resampling.BICUBIC).resize(
            (width, height), Image.Resampling.BILINEAR, reducing_gap=3.0
        )
    elif way == 4:
        left, top, right, bottom = rng.uniform(0, 0.05, 4)
        box = (left * width, top * height, (1 - right) * width, (1 - bottom) * height)
        picture = picture.resize((width, height), Image.Resampling.BILINEAR, box=box)
    if way == 5 or rng.random() < 0.5:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=int(rng.integers(70, 96)))
        picture = Image.open(buffer).convert("L")
    return np.asarray(picture)
