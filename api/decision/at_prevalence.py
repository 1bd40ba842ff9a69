"""A stored answer for another prevalence: what `decide` would have said, without the film."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from api.decision import reasons
from api.decision.prevalence import shift_prior, shift_score
from api.errors import InvalidRequest
from api.records.answers.predictions import PredictionRecord

# The sentences of `reasons` that name probabilities.
_UNCERTAIN = re.compile(r"^Uncertain: a probability of a finding between .+ \(here [^)]+\) is ")
_THRESHOLD = re.compile(r"^The probability of a finding is .+ the threshold of .+ operating point")


def at_prevalence(
    record: PredictionRecord, prevalence: float, *, negative_class: str | None
) -> PredictionRecord:
    """Correct an answer for another share of films with a finding (Saerens et al. 2002).

    Corrections for a prevalence are factors on odds, so that one can be put after the other: also
    on predictive values, by Bayes' rule. Which films are called positive, and which are referred,
    does not depend on it.

    Args:
        prevalence: in (0, 1).
        negative_class: the class without a finding.

    Raises: InvalidRequest if the answer was given for no prevalence.
    """
    learned, threshold = record.prevalence, record.threshold
    if learned is None or threshold is None or negative_class not in record.probabilities:
        raise InvalidRequest(
            f"Prediction '{record.id}' assumes no prevalence, so it has no other one; ask for it "
            "without `prevalence`."
        )
    shift = partial(shift_score, learned=learned, actual=prevalence)
    classes = list(record.probabilities)
    shifted = shift_prior(
        np.array([record.probabilities[name] for name in classes]),
        negative_index=classes.index(negative_class),
        learned=learned,
        actual=prevalence,
    )
    winner = int(shifted.argmax())
    changed = replace(
        record,
        label=classes[winner],
        confidence=float(shifted[winner]),
        probabilities=dict(zip(classes, shifted.tolist(), strict=True)),
        score=shift(record.score),
        threshold=shift(threshold),
        prevalence=prevalence,
        ppv=None if record.ppv is None else shift(record.ppv),
        npv=None if record.npv is None else 1 - shift(1 - record.npv),
    )
    reworded = _rewording(changed, is_positive=record.score >= threshold)
    return replace(changed, reasons=tuple(map(reworded, record.reasons)))


def _rewording(record: PredictionRecord, *, is_positive: bool) -> Callable[[str], str]:
    """A reason with the figures of the new prevalence."""
    assert record.threshold is not None
    now = f"Uncertain: a probability of a finding like the one here, {reasons.share(record.score)},"
    cut = reasons.threshold(
        record.score,
        record.threshold,
        positive=is_positive,
        operating_point=record.operating_point or "",
    )

    def reworded(reason: str) -> str:
        if _THRESHOLD.match(reason):
            return cut
        return _UNCERTAIN.sub(f"{now} is ", reason)

    return reworded
