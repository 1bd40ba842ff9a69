"""How a checkpoint notices that a stream of answers has shifted: its reference and thresholds.

How films were made is not learned from, so films of all splits may be compared with; scores are
compared with those of validation films, and streams are made of hold-out films.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from api.decision.stream_shift.features import log_odds
from api.decision.stream_shift.reference import KernelReference, ShiftReference, parse
from api.evaluation.sites.simulated_streams import KnownImages, ShiftAims
from api.evaluation.sites.stream_shift import (
    AcquisitionTests,
    ScoreTests,
    found_after,
    simulated,
    thresholds,
)
from api.inputs.images.acquisition import N_FEATURES
from api.model_card.decision_rules import OutlierRule
from api.model_card.sites.shift_rule import ShiftRule, ShiftTest
from api.tasks.task import Task
from api.training.assessment.decision_rules import SplitPredictions
from api.training.assessment.sites.measured_images import (
    MIN_GROUP,
    MeasuredImages,
    divided,
    group_name,
    halves,
)
from api.training.data.dataset import Decoded
from api.training.data.splits import HOLDOUT, VALIDATION

# Fewer simulated streams where a person waits for a retraining.
RETRAINING_STREAMS = 30
LEFT_OUT_STREAMS = 20
# Films that were learned from are answered more surely than those that streams are made of, and the
# int8 form that serves answers a little differently.
SCORE_MARGIN = 1.25
SEED = 0


def shift_rule(
    splits: Mapping[str, Decoded],
    predictions: Mapping[str, SplitPredictions],
    outliers: OutlierRule | None,
    task: Task,
    aims: ShiftAims | None = None,
) -> tuple[ShiftRule | None, bytes | None]:
    """The rule of a new checkpoint, and the bytes of its reference; None where films are too few.

    Args:
        predictions: of validation and hold-out films.
    """
    aims = aims or ShiftAims()
    if sum(map(len, splits.values())) < 2 * aims.longest:
        return None, None
    known, streamed = divided(splits)
    reference = _with_images(_empty(), known)
    reference = _with_scores(reference, predictions[VALIDATION], outliers, task)
    content = reference.to_bytes()
    kernel = KernelReference(parse(content))
    tests, n_streams, kinds = _tests(kernel, streamed, predictions[HOLDOUT], outliers, task, aims)
    rule = ShiftRule(
        reference_sha256=hashlib.sha256(content).hexdigest(),
        tests=tests,
        every=aims.every,
        films_per_day=aims.films_per_day,
        days=aims.days,
        n_films=len(streamed.labelled) + len(predictions[HOLDOUT]),
        n_streams=n_streams,
        kinds=kinds,
        found_within=_found_within(known, streamed, tests, aims),
    )
    return (rule, content) if tests else (None, None)


def extended_shift_rule(
    rule: ShiftRule,
    reference: ShiftReference,
    images: MeasuredImages,
    predictions: Mapping[str, SplitPredictions],
    outliers: OutlierRule | None,
    task: Task,
) -> tuple[ShiftRule, bytes]:
    """A parent's rule with the groups of new films: streams of their source are usual from now on.

    All of them go into the reference. The thresholds of acquisition stay, or are raised where one
    half of the new films says so of the other; those of scores are found anew.
    """
    aims = ShiftAims(streams=RETRAINING_STREAMS, mixtures=2, every=rule.every)
    aims = replace(aims, films_per_day=rule.films_per_day, days=rule.days)
    grown = _with_scores(_with_images(reference, images), predictions[VALIDATION], outliers, task)
    content = grown.to_bytes()
    known, streamed = halves(images)
    half = KernelReference(_with_images(reference, known))
    raised = _acquisition_tests(half, streamed, aims)
    scores = _score_tests(
        KernelReference(parse(content)), predictions[HOLDOUT], outliers, task, aims
    )
    changes = {
        "reference_sha256": hashlib.sha256(content).hexdigest(),
        "tests": _with_tests(rule.tests, raised, scores),
    }
    return rule.model_copy(update=changes), content


def _empty() -> ShiftReference:
    none = np.zeros(0, np.int64)
    return ShiftReference(
        (), np.zeros((0, N_FEATURES), np.float32), none, np.zeros((0, 2), np.float32), none
    )


def _with_images(reference: ShiftReference, images: MeasuredImages) -> ShiftReference:
    groups = np.array(images.groups)
    for name in sorted(set(images.groups)):
        if (groups == name).sum() >= MIN_GROUP or name in reference.names:
            reference = reference.with_group(name, images.acquisition[groups == name])
    return reference


def _with_scores(
    reference: ShiftReference,
    predictions: SplitPredictions,
    outliers: OutlierRule | None,
    task: Task,
) -> ShiftReference:
    images = _scored(predictions, outliers, task)
    return reference.with_scores(images.values, images.groups)


def _scored(predictions: SplitPredictions, outliers: OutlierRule | None, task: Task) -> KnownImages:
    """Log odds of scores and distances over the limit, of films of large enough groups."""
    findings = 1 - predictions.probabilities[:, task.negative_index]
    odds = np.array([log_odds(float(score)) for score in findings], np.float32)
    distances = (
        predictions.distances / outliers.threshold
        if outliers is not None and predictions.distances is not None
        else np.full(len(odds), np.nan)
    )
    groups = [
        group_name(source, task.label_of(int(target)))
        for source, target in zip(predictions.sources, predictions.targets, strict=True)
    ]
    values = np.stack([odds, distances], axis=1).astype(np.float32)
    order = sorted(range(len(groups)), key=lambda row: groups[row])
    return KnownImages(
        values[order],
        [groups[row] for row in order],
        [predictions.sources[row] for row in order],
    )


def _tests(
    kernel: KernelReference,
    streamed: MeasuredImages,
    holdout: SplitPredictions,
    outliers: OutlierRule | None,
    task: Task,
    aims: ShiftAims,
) -> tuple[tuple[ShiftTest, ...], int, int]:
    # Either half of the tests may raise half of the false alarms.
    halved = replace(aims, days=2 * aims.days)
    acquisition = _acquisition_tests(kernel, streamed, halved)
    scores = _score_tests(kernel, holdout, outliers, task, halved)
    kinds = len(set(streamed.groups)) + len({f.source for f in streamed.labelled}) + aims.mixtures
    return (*acquisition, *scores), kinds * aims.streams, kinds


def _acquisition_tests(
    kernel: KernelReference, streamed: MeasuredImages, aims: ShiftAims
) -> tuple[ShiftTest, ...]:
    if not len(streamed.labelled):
        return ()
    images = streamed.as_streams()
    return thresholds(simulated(AcquisitionTests(kernel, images), images, aims, seed=SEED), aims)


def _score_tests(
    kernel: KernelReference,
    holdout: SplitPredictions,
    outliers: OutlierRule | None,
    task: Task,
    aims: ShiftAims,
) -> tuple[ShiftTest, ...]:
    images = _scored(holdout, outliers, task)
    if not len(images) or not kernel.channels:
        return ()
    statistics = simulated(ScoreTests(kernel, images), images, aims, seed=SEED)
    return thresholds(statistics, replace(aims, margin=SCORE_MARGIN))


def _with_tests(
    parents: Sequence[ShiftTest], raised: Sequence[ShiftTest], scores: Sequence[ShiftTest]
) -> tuple[ShiftTest, ...]:
    """The parent's tests of acquisition, raised where new films say so, and the new of scores."""
    higher = {(test.test, test.window): test for test in raised}
    renewed = {test.test for test in scores}
    unchanged = [test for test in parents if test.test not in renewed]

    def higher_of(test: ShiftTest) -> ShiftTest:
        found = higher.get((test.test, test.window), test)
        return found if found.threshold > test.threshold else test

    return (*map(higher_of, unchanged), *scores)


def _found_within(
    known: MeasuredImages, streamed: MeasuredImages, tests: Sequence[ShiftTest], aims: ShiftAims
) -> dict[str, float | None]:
    """Of each source, were it unknown, after how many films its streams are called shifted."""
    sources = sorted({image.source for image in known.labelled})
    found = {}
    for source in sources if len(sources) > 1 else ():
        others = [row for row, f in enumerate(known.labelled) if f.source != source]
        own = [row for row, f in enumerate(streamed.labelled) if f.source == source]
        if len(own) < min(aims.windows):
            continue
        images = streamed.take(own).as_streams()
        kernel = KernelReference(_with_images(_empty(), known.take(others)))
        found[source] = found_after(
            AcquisitionTests(kernel, images),
            images,
            tests,
            aims,
            streams=LEFT_OUT_STREAMS,
            seed=SEED,
        )
    return found
