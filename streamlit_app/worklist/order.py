"""Which films of a worklist are shown, and in which order."""

from collections import Counter
from collections.abc import Iterable, Sequence

from captions.answer_captions import shown_class
from formatting import CAUSES, images
from language.api_sentences import translated
from language.catalogue import N_, _
from worklist.rows import Row

EVERY = "all"
# What a person has to look at comes first.
URGENCY = ("refer", "problem", "positive", "accept", "negative")
NAMES = {
    "refer": N_("A person must look"),
    "problem": N_("No answer"),
    "positive": N_("Finding present"),
    "accept": N_("Answered"),
    "negative": N_("No finding"),
}
# One mark a decision, so that it reads without colour.
MARKS = {"refer": "?", "problem": "!", "positive": "+", "accept": "✓", "negative": "−"}
BY_URGENCY, BY_NAME = N_("what needs a person first"), N_("name")
BY_SCORE, AS_SENT = N_("most likely finding first"), N_("as they came")
ORDERS = (BY_URGENCY, BY_NAME, BY_SCORE, AS_SENT)


def counts(rows: Iterable[Row]) -> dict[str, int]:
    """How many films have each decision, the most urgent first; without those that none has."""
    found = Counter(row.decision for row in rows)
    return {name: found[name] for name in URGENCY if found[name]}


def shown(
    rows: Iterable[Row], *, decision: str = EVERY, words: str = "", order: str = BY_URGENCY
) -> list[Row]:
    """The rows that fit, ordered.

    Args:
        decision: one of URGENCY, or EVERY.
        words: each must be in what the line shows, in the language of whoever looks: the film's
            name, its class, its decision or why it was referred.
        order: one of ORDERS.
    """
    searched = [word.casefold() for word in words.split()]
    fitting = [
        row
        for row in rows
        if decision in (EVERY, row.decision) and all(word in _text(row) for word in searched)
    ]
    return _ordered(fitting, order)


def _ordered(rows: list[Row], order: str) -> list[Row]:
    match order:
        case "name":
            return sorted(rows, key=lambda row: row.image.name.casefold())
        case "most likely finding first":
            return sorted(rows, key=lambda row: -_score(row))
        case "as they came":
            return rows
    return sorted(rows, key=lambda row: (URGENCY.index(row.decision), -_score(row)))


def summary(rows: Sequence[Row]) -> str:
    """'12 films: 3 for a person to look at, 5 with a finding, 4 without.'"""
    words = {
        "refer": _("for a person to look at"),
        "problem": _("without an answer"),
        "positive": _("with a finding"),
        "accept": _("answered"),
        "negative": _("without a finding"),
    }
    parts = [f"{count} {words[name]}" for name, count in counts(rows).items()]
    return _("{images}: {parts}.").format(images=images(len(rows)), parts=", ".join(parts))


def why(row: Row) -> str:
    """Why there is no clear answer, in a few words; nothing where there is one."""
    if row.answer is None:
        return translated(_(row.error)) if row.error else ""
    return ", ".join(_(CAUSES.get(cause, cause)) for cause in row.answer["causes"])


def label(row: Row) -> str:
    """The class as a line shows it; nothing where it would mean nothing."""
    return shown_class(row.answer) if row.answer and row.shows_label else ""


def _score(row: Row) -> float:
    return row.answer["score"] if row.answer else 0.0


def _text(row: Row) -> str:
    """What a line shows, which is what a person searches; a decision by its column's word."""
    return " ".join((row.image.name, _(NAMES[row.decision]), label(row), why(row))).casefold()
