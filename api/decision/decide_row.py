"""From one pass over a row to an answer: accepted, or referred with the reason."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from api.decision.decide import UNCERTAIN, Decision, DecisionInputs, probabilities_of
from api.errors import InvalidRow
from api.inputs.tabular.spec import MAX_DEVIATIONS
from api.model_card.table_card import TableCard
from api.tasks.decisions import Decided

OUT_OF_RANGE = "out_of_range"


def decide_row(inputs: DecisionInputs, card: TableCard) -> Decision:
    """Read a checkpoint's output as its card says.

    `score` is 1 - P(negative class), or 1 - P(the answer) where no class is negative.

    Args:
        inputs: `quality_issues` are the sentences of `range_sentences`.

    Raises: InvalidRow if the network gave no numbers.
    """
    probabilities = probabilities_of(inputs.logits, temperature=card.temperature)
    if not np.isfinite(probabilities).all():
        raise InvalidRow("The network cannot compute with numbers as large as these.")
    winner = int(probabilities.argmax())
    label, confidence = card.classes[winner], float(probabilities[winner])
    likely = prediction_set(probabilities, card)
    causes = tuple(_causes(likely, inputs))
    score = 1 - (probabilities[card.negative_index] if card.negative_class else confidence)
    return Decision(
        label=label,
        confidence=confidence,
        probabilities=dict(zip(card.classes, probabilities.tolist(), strict=True)),
        score=float(score),
        decision=Decided.REFER if causes else _answer(label, card),
        causes=causes,
        reasons=(*inputs.quality_issues, _sentence(likely, card)),
        operating_point=None,
        threshold=None,
        prevalence=None,
        ppv=None,
        npv=None,
        unlikeness=None,
        possible_labels=likely,
        out_of_range=tuple(_named_in(inputs.quality_issues, card)),
    )


def prediction_set(probabilities: Iterable[float], card: TableCard) -> tuple[str, ...]:
    """The classes that a row may have at the card's bound of error, the most probable first; none:
    it is like no class."""
    shares = dict(zip(card.classes, map(float, probabilities), strict=True))
    likely = (name for name, share in shares.items() if share >= card.conformal.min_probability)
    return tuple(sorted(likely, key=lambda name: -shares[name]))


def range_sentences(card: TableCard, values: Sequence[float]) -> Iterator[str]:
    """A sentence for each number that lies beyond what was trained on."""
    beyond = set(card.table.out_of_range(values))
    for feature, value in zip(card.table.features, values, strict=True):
        if feature.name in beyond:
            unit = f" {feature.unit}" if feature.unit else ""
            yield (
                f"{feature.name} is {value:g}{unit}, more than {MAX_DEVIATIONS:g} standard "
                f"deviations beyond the training range of {feature.low:g} to "
                f"{feature.high:g}{unit}: nothing was learned there. A person must look."
            )


def _named_in(sentences: Iterable[str], card: TableCard) -> Iterator[str]:
    """The numbers that `range_sentences` spoke of: each sentence begins with the name."""
    spoken = {sentence.partition(" is ")[0] for sentence in sentences}
    return (feature.name for feature in card.table.features if feature.name in spoken)


def _causes(likely: tuple[str, ...], inputs: DecisionInputs) -> Iterator[str]:
    if len(likely) != 1:
        yield UNCERTAIN
    if inputs.quality_issues:
        yield OUT_OF_RANGE


def _answer(label: str, card: TableCard) -> Decided:
    if card.negative_class is None:
        return Decided.ACCEPT
    is_negative = label == card.negative_class
    return Decided.NEGATIVE if is_negative else Decided.POSITIVE


def _sentence(likely: tuple[str, ...], card: TableCard) -> str:
    bound = f"the bound of {card.conformal.max_error:.1%} wrong answers"
    if len(likely) == 1:
        return f"At {bound} only {likely[0]} is possible."
    if likely:
        return f"Uncertain: at {bound} it may be {' or '.join(likely)}. A person must look."
    return f"Uncertain: at {bound} it is like no class. A person must look."
