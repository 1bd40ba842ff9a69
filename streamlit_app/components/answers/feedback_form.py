"""What was said about an answer, in sentences."""

from api_types import Feedback, OwnFeedback
from formatting import plain
from language.api_sentences import translated
from language.catalogue import _


def notice_of(given: Feedback) -> str:
    """What came of a word, in a sentence."""
    sample = given["sample"]
    if sample is None:
        became = _("The film was not kept, so it is no training sample.")
    elif sample["outcome"] == "stored":
        became = _("The film is a training sample now.")
    elif sample["outcome"] == "conflict":
        became = _("It came with two classes; the page Films, Conflicts, decides.")
    else:
        reason = plain(translated(sample["reason"] or ""))
        became = _("The film is no new training sample ({outcome}). {reason}").format(
            outcome=sample["outcome"], reason=reason
        )
    return (
        _("Saved: {label}, {kind}. {became}")
        .format(label=given["label"], kind=_kind(agrees=given["agrees"]), became=became)
        .strip()
    )


def earlier_notice_of(word: OwnFeedback) -> str:
    """A word that was given earlier."""
    text = _("You said: {label}, {kind}.").format(
        label=word["label"], kind=_kind(agrees=word["agrees"])
    )
    return f"{text} {plain(word['remark'])}".strip()


def _kind(*, agrees: bool) -> str:
    return _("as the model said") if agrees else _("unlike the model")
