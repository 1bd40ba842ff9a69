"""How often the champion's newest answers are right: estimated without labels, and as people said.

An estimate is left out, with the reason, while it would mean nothing: probabilities that are not
those of this place, or films that are not those that they were calibrated on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Engine

from api.arrays import BoolArray
from api.decision.label_free import (
    EstimatedAccuracy,
    chance_of_right,
    estimated_accuracy,
    thresholded_accuracy,
)
from api.decision.shares import Proportion
from api.decision.stream_shift.answer import of_stream
from api.decision.stream_shift.features import BYTES, SCORE, unpacked
from api.model_card.base import Interval
from api.model_card.card import Card
from api.model_card.confidence_rule import ConfidenceRule
from api.records.answers import answer_quality
from api.records.answers.answer_quality import JudgedAnswer
from api.records.watching import drift_looks, streams
from api.tasks.decisions import Decided

# The newest answers that are looked at.
WINDOW = 1000
# Decisions of which nothing is estimated.
MIN_ANSWERS = 50
# The mean score may be so far from the share of findings that scores assume, beside three standard
# errors: that share is itself a round figure.
MAX_PREVALENCE_GAP = 0.05
BIAS = (
    "People look at what was referred or seemed wrong, so films with feedback are no random draw: "
    "their accuracy is usually lower than that of all films."
)


@dataclass(frozen=True, slots=True)
class Realised:
    """What people's newest words say about decisions; `n` decisions with one."""

    n: int
    accuracy: float | None
    interval: Interval | None
    selection: str = BIAS


@dataclass(frozen=True, slots=True)
class Quality:
    """Of the newest answers of one version.

    Attributes:
        n: answers; decided: those of them that were not referred.
        since: when the oldest of them was given.
        blanked: why there is no estimate, a sentence each; empty where there is one.
        expected: by calibrated probabilities (CBPE).
        thresholded: by average thresholded confidence (ATC); None also where the card has no
            threshold.
        realised: by feedback.
    """

    model_version: str
    n: int
    decided: int
    since: datetime | None
    blanked: tuple[str, ...]
    expected: EstimatedAccuracy | None
    thresholded: EstimatedAccuracy | None
    realised: Realised


def quality(database: Engine, card: Card, *, prevalence: float | None, task: str) -> Quality:
    """What is known of the newest answers of the version that a card belongs to.

    Args:
        prevalence: what the setting says that answers are corrected for; None: the card's own.

    Raises: StoreBusy, StorageFailed.
    """
    answers = answer_quality.newest(
        database, card.version, task=task, negative=card.negative_class or "", limit=WINDOW
    )
    decided = [each for each in answers if each.is_decided]
    assumed = prevalence or card.prevalence
    blanked = (
        *_no_finding(card),
        *_too_few(decided),
        *_drift(database, card.version, task),
        *_prevalence(answers, assumed),
    )
    return Quality(
        model_version=card.version,
        n=len(answers),
        decided=len(decided),
        since=answers[0].created_at if answers else None,
        blanked=blanked,
        expected=None if blanked else _expected(decided),
        thresholded=None if blanked else _thresholded(decided, card.confidence),
        realised=_realised(decided),
    )


def accuracy_of(
    database: Engine, card: Card | None, *, prevalence: float | None, task: str
) -> float | None:
    """The estimate of the newest decisions as one number; None where there is none, or no model.

    Raises: StoreBusy, StorageFailed.
    """
    if card is None:
        return None
    expected = quality(database, card, prevalence=prevalence, task=task).expected
    return None if expected is None else expected.accuracy


def _expected(decided: Sequence[JudgedAnswer]) -> EstimatedAccuracy | None:
    scores = np.array([each.score for each in decided])
    return estimated_accuracy(chance_of_right(scores, _positive(decided)))


def _thresholded(
    decided: Sequence[JudgedAnswer], rule: ConfidenceRule | None
) -> EstimatedAccuracy | None:
    """On the scale of the card: scores at its own prevalence, as they are stored for streams."""
    usable = [each for each in decided if len(each.shift_features or b"") == BYTES]
    if rule is None or not usable:
        return None
    odds = unpacked([each.shift_features or b"" for each in usable])[:, SCORE].astype(np.float64)
    confidence = chance_of_right(1 / (1 + np.exp(-odds)), _positive(usable))
    return thresholded_accuracy(confidence, rule.threshold)


def _positive(answers: Sequence[JudgedAnswer]) -> BoolArray:
    return np.array([each.decision == Decided.POSITIVE for each in answers], dtype=np.bool_)


def _realised(decided: Sequence[JudgedAnswer]) -> Realised:
    judged = [each for each in decided if each.has_finding is not None]
    right = sum(each.has_finding == (each.decision == Decided.POSITIVE) for each in judged)
    share = Proportion(right, len(judged))
    return Realised(share.n, share.value if share.n else None, share.interval)


def _no_finding(card: Card) -> Iterator[str]:
    if card.negative_class is None:
        yield "No class of this task means that there is nothing, so there is no such decision."


def _too_few(decided: Sequence[JudgedAnswer]) -> Iterator[str]:
    if len(decided) < MIN_ANSWERS:
        yield (
            f"There are {len(decided)} decisions of this version so far; an estimate needs "
            f"{MIN_ANSWERS}."
        )


def _drift(database: Engine, version: str, task: str) -> Iterator[str]:
    looks = drift_looks.newest(database, task=task, limit=1)
    if looks and looks[0].model_version == version and looks[0].drifted:
        yield (
            "The newest answers no longer look like the films that the model was calibrated on "
            "(see drift), so its probabilities need not mean what they say. Check the model with "
            "labelled films (page Site check)."
        )
    shifted = [
        of_stream(record.source, record.client)
        for record in streams.all_streams(database, task=task)
        if record.shifted and record.model_version == version
    ]
    if shifted:
        yield (
            f"Films {' and '.join(shifted[:3])} are unlike those of all known hospitals, so "
            "probabilities about them need not mean what they say."
        )


def _prevalence(answers: Sequence[JudgedAnswer], assumed: float) -> Iterator[str]:
    """Scores are corrected for a share of findings; it has to be that of this place (Saerens et al.
    2002): then it is their mean."""
    found = {round(each.prevalence, 6) for each in answers if each.prevalence is not None}
    if len(found) > 1:
        yield (
            "The answers were corrected for different shares of films with a finding "
            f"({', '.join(f'{share:.0%}' for share in sorted(found)[:4])}); an estimate needs one."
        )
        return
    if found and abs(found.pop() - assumed) > 1e-6:
        yield (
            "The share of films with a finding that the server assumes was changed since; the "
            "estimate comes back with new answers."
        )
    if len(answers) < MIN_ANSWERS:
        return
    scores = np.array([each.score for each in answers])
    gap = abs(float(scores.mean()) - assumed)
    if gap > MAX_PREVALENCE_GAP + 3 * float(scores.std()) / len(scores) ** 0.5:
        yield (
            f"The scores say that about {scores.mean():.0%} of the films have a finding, but they "
            f"are corrected for {assumed:.0%}. Have whoever runs the server set the share of your "
            "place (the prevalence); then the estimate comes back with new answers."
        )
