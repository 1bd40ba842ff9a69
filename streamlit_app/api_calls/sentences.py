"""The server's sentences for whoever reads the UI: what only a program or an administrator can use
is told apart."""

import re

# A request, or a setting.
TECHNICAL = re.compile(r"\b(?:GET|POST|PUT|PATCH|DELETE) /|\bROENTGEN_[A-Z]")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z'`])")
_PARENTHESIS = re.compile(r"\s*\([^()]*\)")


def for_people(text: str) -> str:
    """A text without clauses that name requests or settings; whole where nothing else is left."""
    if not TECHNICAL.search(text):
        return text
    kept = [shown for each in _SENTENCE.split(text) if (shown := _sentence(each))]
    return " ".join(kept) or text


def _sentence(text: str) -> str:
    """One without its technical clauses; empty where it has no other."""
    shown = _PARENTHESIS.sub(lambda found: "" if TECHNICAL.search(found[0]) else found[0], text)
    clauses = [each for each in shown.split("; ") if not TECHNICAL.search(each)]
    if not clauses or not shown.startswith(clauses[0]):
        # What is left would begin in the middle.
        return ""
    return "; ".join(clauses).rstrip(".") + "."
