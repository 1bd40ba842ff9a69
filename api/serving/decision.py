"""From logits to an answer: calibrated probabilities, a label, a decision with its reason."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from api.registry.card import Card

FloatArray = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer. `score` is 1 - P(negative class); `decision` is negative or positive."""

    label: str
    confidence: float
    probabilities: dict[str, float]
    score: float
    decision: str
    reasons: tuple[str, ...]


def probabilities_of(logits: FloatArray, *, temperature: float) -> npt.NDArray[np.float64]:
    """softmax(logits / temperature), (classes,) float64 summing to 1."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    powers = np.exp(scaled - scaled.max())
    return np.asarray(powers / powers.sum())


def decide(logits: FloatArray, card: Card, *, operating_point: str = "balanced") -> Decision:
    """Read a checkpoint's output as its card says.

    Args:
        logits: (classes,) float32.
        operating_point: a name in the card.
    """
    probabilities = probabilities_of(logits, temperature=card.temperature)
    winner = int(probabilities.argmax())
    score = float(1 - probabilities[card.negative_index])
    threshold = card.operating_points[operating_point].threshold
    positive = score >= threshold
    return Decision(
        label=card.classes[winner],
        confidence=float(probabilities[winner]),
        probabilities=dict(zip(card.classes, probabilities.tolist(), strict=True)),
        score=score,
        decision="positive" if positive else "negative",
        reasons=(
            f"The probability of a finding is {score:.1%}, "
            f"{'at or above' if positive else 'below'} the threshold of {threshold:.1%} "
            f"({operating_point} operating point).",
        ),
    )
