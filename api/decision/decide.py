"""From one pass of the network to an answer: probabilities, label, decision and reasons."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from api.arrays import Float64Array, FloatArray
from api.decision import reasons
from api.decision.prevalence import PredictiveValues, predictive_values, shift_prior, shift_score
from api.decision.site_rules import (
    SiteRules,
    calibrated_probabilities,
    calibrated_score,
    card_at_site,
    relative_distance,
)
from api.errors import InvalidRequest
from api.model_card.card import Card
from api.model_card.decision_rules import Band, OperatingPoint
from api.model_card.sites.site_profile import SiteProfile
from api.tasks.decisions import Decided
from api.tasks.splits import HOLDOUT
from api.tasks.task_files import wording_of

DEFAULT_POINT = "balanced"
UNCERTAIN, UNLIKE, POOR = "uncertain", "unlike", "poor_quality"
OTHER_VIEW = "other_view"


@dataclass(frozen=True, slots=True)
class DecisionPolicy:
    """How answers are wanted here.

    Attributes:
        operating_point: a name in the card.
        prevalence: expected share of films with a finding, in (0, 1); None: as in the card.
        max_error: bound of error that decides what is referred; None: the card's own.
        site: what the site's own films change.
        unknown_site: what becomes of positive answers while their stream is shifted.
    """

    operating_point: str = DEFAULT_POINT
    prevalence: float | None = None
    max_error: float | None = None
    site: SiteRules | None = None
    unknown_site: Literal["answer", "refer"] = "answer"


@dataclass(frozen=True, slots=True)
class DecisionInputs:
    """What is known of a film before anything is decided.

    Attributes:
        logits: (classes,) float32.
        ood_score: distance to the training films over the threshold; None if not measured.
        quality_issues: what is wrong with the picture's quality.
        site_distance: of how the film was made from the known sites over their limits; None if not
            measured.
        tag_issues: why it is no film that the task is about, by the tags of its DICOM file.
    """

    logits: FloatArray
    ood_score: float | None = None
    quality_issues: tuple[str, ...] = ()
    site_distance: float | None = None
    tag_issues: tuple[str, ...] = ()

    @property
    def is_unfamiliar(self) -> bool:
        """Whether the film was made unlike those of all known sites."""
        return self.site_distance is not None and self.site_distance > 1


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer. `score` is 1 - P(negative class) at `prevalence`.

    `decision` is negative, positive, accept (where no class is negative) or refer; `causes` names
    why it is refer (uncertain, unlike, poor_quality, other_view, out_of_range), `reasons` says all
    of it in words. `possible_labels` are the classes that the answer leaves open, the most probable
    first; None where the card does not tell.
    """

    label: str
    confidence: float
    probabilities: dict[str, float]
    score: float
    decision: Decided
    causes: tuple[str, ...]
    reasons: tuple[str, ...]
    operating_point: str | None
    threshold: float | None
    prevalence: float | None
    ppv: float | None
    npv: float | None
    unlikeness: float | None
    site_distance: float | None = None
    possible_labels: tuple[str, ...] | None = None
    site_profile: str | None = None
    # Of its stream, which `stream_shift` knows.
    site_shift: bool | None = None
    # Names of a row's numbers that lie beyond what was trained on.
    out_of_range: tuple[str, ...] = ()


def probabilities_of(logits: FloatArray, *, temperature: float) -> Float64Array:
    """softmax(logits / temperature) along the last axis, float64 summing to 1."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def decide(inputs: DecisionInputs, card: Card, policy: DecisionPolicy | None = None) -> Decision:
    """Read a checkpoint's output as its card says.

    The prevalence changes what the probabilities and predictive values are, not which films are
    called positive: sensitivity and specificity belong to the cut on the order of films.

    Raises: InvalidRequest if the card has no such operating point.
    """
    policy = policy or DecisionPolicy()
    profile, measured = policy.site.profile if policy.site else None, inputs
    if profile:
        card, inputs = card_at_site(card, profile), _inputs_at_site(inputs, profile)
    point = point_of(card, policy.operating_point)
    learned = probabilities_of(inputs.logits, temperature=card.temperature)
    raw_score = float(1 - learned[card.negative_index])
    prevalence = policy.prevalence or card.prevalence
    probabilities = shift_prior(
        calibrated_probabilities(learned, profile, negative_index=card.negative_index),
        negative_index=card.negative_index,
        learned=card.prevalence,
        actual=prevalence,
    )
    band = band_of(card, policy, unfamiliar=inputs.is_unfamiliar)
    causes = tuple(_causes(raw_score, point.threshold, band, inputs))
    positive = raw_score >= point.threshold

    def at_prevalence(score: float) -> float:
        calibrated = calibrated_score(score, profile)
        return shift_score(calibrated, learned=card.prevalence, actual=prevalence)

    score, threshold = at_prevalence(raw_score), at_prevalence(point.threshold)
    winner = int(probabilities.argmax())
    values = values_of(card, policy.operating_point, prevalence)
    ends = band.ends(point.threshold) if band else None
    decided = Decided.POSITIVE if positive else Decided.NEGATIVE
    decision = Decided.REFER if causes else decided
    # A site's profile says nothing about kinds: for them its equipment stays unfamiliar.
    kinds = _possible_kinds(card, learned, probabilities, measured)

    def why() -> Iterator[str]:
        if band and ends and UNCERTAIN in causes:
            low, high = map(at_prevalence, ends)
            yield reasons.uncertain(score, low, high, band)
        if inputs.ood_score is not None and UNLIKE in causes:
            yield reasons.out_of_distribution(
                inputs.ood_score, measured.site_distance, wording_of(card.task)
            )
        if inputs.site_distance is not None and inputs.is_unfamiliar:
            yield reasons.unfamiliar_site(inputs.site_distance, band, wording_of(card.task))
        yield from inputs.quality_issues
        yield from inputs.tag_issues
        yield reasons.threshold(
            score, threshold, positive=positive, operating_point=policy.operating_point
        )
        if positive and kinds is not None and len(kinds) > 1:
            yield reasons.which_kind(kinds, unfamiliar=measured.is_unfamiliar)
        if policy.site:
            yield policy.site.notice

    return Decision(
        label=card.classes[winner],
        confidence=float(probabilities[winner]),
        probabilities=dict(zip(card.classes, probabilities.tolist(), strict=True)),
        score=score,
        decision=decision,
        causes=causes,
        reasons=tuple(why()),
        operating_point=policy.operating_point,
        threshold=threshold,
        prevalence=prevalence,
        ppv=values.ppv,
        npv=values.npv,
        unlikeness=inputs.ood_score,
        site_distance=measured.site_distance,
        possible_labels=_possible_labels(card, decision, kinds),
        site_profile=profile.id if profile else None,
    )


def point_of(card: Card, name: str) -> OperatingPoint:
    """An operating point of the card. Raises: InvalidRequest."""
    point = card.operating_points.get(name)
    if point is None:
        raise InvalidRequest(
            f"Model {card.version} has no operating point '{name}'; it has "
            f"{', '.join(sorted(card.operating_points))}."
        )
    return point


def band_of(card: Card, policy: DecisionPolicy, *, unfamiliar: bool = False) -> Band | None:
    """The referred band for a film; narrower answers for films of unfamiliar sites."""
    return card.refer.band_for(policy.max_error, unfamiliar=unfamiliar) if card.refer else None


def values_of(card: Card, point: str, prevalence: float) -> PredictiveValues:
    """PPV and NPV from the hold-out's figures, or from where the point was chosen."""
    holdout = card.metrics.get(HOLDOUT)
    rates = (holdout.overall.at.get(point) if holdout else None) or card.operating_points[point]
    if rates.sensitivity is None or rates.specificity is None:
        return PredictiveValues(None, None)
    return predictive_values(rates.sensitivity, rates.specificity, prevalence)


def _causes(
    score: float, threshold: float, band: Band | None, inputs: DecisionInputs
) -> Iterator[str]:
    """Why a person must look; score and threshold at the card's own prevalence."""
    if band and bool(band.referred(np.array(score), threshold)):
        yield UNCERTAIN
    if inputs.ood_score is not None and inputs.ood_score > 1:
        yield UNLIKE
    if inputs.quality_issues:
        yield POOR
    if inputs.tag_issues:
        yield OTHER_VIEW


def _inputs_at_site(inputs: DecisionInputs, profile: SiteProfile) -> DecisionInputs:
    """Distances in limits of the site."""
    return replace(
        inputs,
        ood_score=relative_distance(inputs.ood_score, "unlikeness", profile),
        site_distance=relative_distance(inputs.site_distance, "site_distance", profile),
    )


def _possible_kinds(
    card: Card, learned: Float64Array, shown: Float64Array, inputs: DecisionInputs
) -> tuple[str, ...] | None:
    """The classes with a finding that are left open if there is one, the most probable first.

    Where the equipment is unfamiliar, all of them: what tells kinds apart was learned together with
    the equipment that each was seen with.
    """
    if card.kinds is None:
        return None
    finding = max(1 - float(learned[card.negative_index]), 1e-12)
    shares = dict(zip(card.classes, (learned / finding).tolist(), strict=True))
    least = card.kinds.min_shares
    fitting = {name for name in least if inputs.is_unfamiliar or shares[name] >= least[name]}
    order = sorted(range(len(card.classes)), key=lambda index: -shown[index])
    ranked = [card.classes[index] for index in order if card.classes[index] in least]
    return tuple(name for name in ranked if not fitting or name in fitting)


def _possible_labels(
    card: Card, decision: Decided, kinds: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    if kinds is None:
        return None
    if decision == Decided.NEGATIVE:
        return (card.classes[card.negative_index],)
    return kinds if decision == Decided.POSITIVE else (*kinds, card.classes[card.negative_index])
