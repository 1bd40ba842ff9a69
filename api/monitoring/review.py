"""Which answers a person should look at first."""

from dataclasses import dataclass

from api.records.answers.predictions import PredictionRecord

NEGATIVE, REFER = "negative", "refer"


@dataclass(frozen=True, slots=True)
class Item:
    """An answer that waits, how much it is worth looking at, in [0, 1], and why."""

    prediction: PredictionRecord
    priority: float
    why: tuple[str, ...]


def ranked(waiting: list[PredictionRecord], negative_class: str | None) -> list[Item]:
    """The most uncertain first, and those whose label and decision disagree; one a film."""
    newest = {record.image_sha256: record for record in reversed(waiting)}
    items = [_item(record, negative_class) for record in newest.values()]
    return sorted(items, key=lambda item: item.priority, reverse=True)


def _item(record: PredictionRecord, negative_class: str | None) -> Item:
    why: list[str] = []
    threshold = 0.5 if record.threshold is None else record.threshold
    room = threshold if record.score < threshold else 1 - threshold
    near = 1 - abs(record.score - threshold) / max(room, 1e-9)
    worth = 0.6 * near
    if near > 0.5:
        why.append(f"The score of {record.score:.2f} is near the threshold of {threshold:.2f}.")
    if record.decision == REFER:
        worth += 0.25
        why.append("It was referred to a person.")
    says_none = record.label == negative_class
    if record.decision != REFER and says_none != (record.decision == NEGATIVE):
        worth += 0.15
        why.append(f"The most probable class is {record.label}, the decision {record.decision}.")
    return Item(record, round(min(worth, 1.0), 4), tuple(why))
