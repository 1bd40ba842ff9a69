"""An answer in two words, for clients that read no more: a class, and how likely it is."""

from collections.abc import Mapping


def diagnosis_of(
    probabilities: Mapping[str, float],
    *,
    score: float,
    threshold: float | None,
    negative_class: str | None,
) -> tuple[str, float]:
    """The class that the operating point says, and its probability.

    The most probable class may be another one: where the threshold is below a half, for the sake
    of sensitivity, a picture is called positive that more probably is not.

    Args:
        probabilities: of each class, in [0, 1].
        score: 1 - P(negative class).
        threshold: from which score on an answer is positive.
        negative_class: None as `threshold`: the most probable class counts.
    """
    if negative_class is None or threshold is None:
        winner = max(probabilities, key=lambda name: probabilities[name])
        return winner, probabilities[winner]
    if score < threshold:
        return negative_class, probabilities[negative_class]
    findings = {name: share for name, share in probabilities.items() if name != negative_class}
    found = max(findings, key=lambda name: findings[name])
    return found, findings[found]
