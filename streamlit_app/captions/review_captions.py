"""What *Review* says of an answer, and which class a person confirms who says that it is right."""

from api_types import Prediction
from captions import answer_captions
from formatting import DECISIONS, percent, plain
from language.catalogue import _


def agreed_label(answer: Prediction, negative_class: str | None) -> str | None:
    """The class that 'right' stands for.

    None where the answer names no single class, or one that its own decision contradicts: 'right'
    would then keep a label that nobody has seen, and a retraining would learn it.
    """
    if answer_captions.is_other_image(answer) or answer_captions.open_kinds(answer):
        return None
    label = named_class(answer)
    fitting = {
        "positive": label != negative_class,
        "negative": negative_class is None or label == negative_class,
    }
    return label if fitting.get(answer["decision"], True) else None


def named_class(answer: Prediction) -> str:
    """The only kind that a positive answer leaves possible, or else the most probable class."""
    possible = answer["possible_labels"] or []
    is_one = answer["decision"] == "positive" and len(possible) == 1
    return possible[0] if is_one else answer["label"]


def shown_class(answer: Prediction) -> str:
    """In Markdown: the class with its probability, or the kinds that are left open."""
    if kinds := answer_captions.open_kinds(answer):
        return _("**Kind uncertain**: {kinds}.").format(kinds=plain(_(" or ").join(kinds)))
    label = named_class(answer)
    return _("Most probable: **{label}**, {confidence}").format(
        label=label, confidence=percent(answer["probabilities"].get(label, answer["confidence"]))
    )


def revealed(answer: Prediction) -> str:
    """What the model said, for a reader who did not see it before."""
    if answer_captions.is_other_image(answer):
        return answer_captions.decision(answer)
    return _("The model said {label}: {value}.").format(
        label=answer_captions.shown_class(answer), value=_(DECISIONS[answer["decision"]]).lower()
    )
