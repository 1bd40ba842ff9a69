"""Which answers a person should look at first."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from api.records.answers.predictions import PredictionRecord
from api.tasks.decisions import Decided

# Causes of a referral that say that the film is unlike those learned from.
UNFAMILIAR_CAUSES = frozenset({"unlike", "other_view", "unfamiliar_site"})


class Worth(StrEnum):
    """Why an answer is worth a look."""

    REFERRED = "referred"
    NEAR_THRESHOLD = "near_threshold"
    DISAGREED = "disagreed"
    UNFAMILIAR = "unfamiliar"


@dataclass(frozen=True, slots=True)
class Item:
    """An answer that waits, how much it is worth looking at, in [0, 1], and why."""

    prediction: PredictionRecord
    priority: float
    why: tuple[str, ...]
    worth: frozenset[Worth]


def ranked(waiting: Iterable[PredictionRecord], negative_class: str | None) -> list[Item]:
    """The most uncertain first, and those whose label and decision disagree; one a film."""
    newest = {record.image_sha256: record for record in reversed(list(waiting))}
    items = [_item(record, negative_class) for record in newest.values()]
    return sorted(items, key=lambda item: item.priority, reverse=True)


def _item(record: PredictionRecord, negative_class: str | None) -> Item:
    why: dict[Worth, str] = {}
    threshold = 0.5 if record.threshold is None else record.threshold
    room = threshold if record.score < threshold else 1 - threshold
    near = 1 - abs(record.score - threshold) / max(room, 1e-9)
    worth = 0.6 * near
    if near > 0.5:
        why[Worth.NEAR_THRESHOLD] = (
            f"The score of {record.score:.2f} is near the threshold of {threshold:.2f}."
        )
    if record.decision == Decided.REFER:
        worth += 0.25
        why[Worth.REFERRED] = "It was referred to a person."
    if UNFAMILIAR_CAUSES & set(record.causes):
        why[Worth.UNFAMILIAR] = "The film is unlike those that the model learned from."
    says_none = record.label == negative_class
    if record.decision != Decided.REFER and says_none != (record.decision == Decided.NEGATIVE):
        worth += 0.15
        why[Worth.DISAGREED] = (
            f"The most probable class is {record.label}, the decision {record.decision}."
        )
    return Item(record, round(min(worth, 1.0), 4), tuple(why.values()), frozenset(why))
