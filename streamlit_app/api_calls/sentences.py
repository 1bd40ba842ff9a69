"""The server's sentences for whoever reads the UI: what only a program or an administrator can use
is told apart."""

import re

# A request, or a setting.
TECHNICAL = re.compile(r"\b(?:GET|POST|PUT|PATCH|DELETE) /|\bROENTGEN_[A-Z]")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-Ý'`«])")
# French has a space before a semicolon.
_CLAUSE = re.compile(r"(\s?; )")
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
    first, *rest = _CLAUSE.split(shown)
    if TECHNICAL.search(first):
        # What is left would begin in the middle.
        return ""
    pairs = zip(rest[::2], rest[1::2], strict=True)
    kept = (mark + clause for mark, clause in pairs if not TECHNICAL.search(clause))
    return "".join([first, *kept]).rstrip(".") + "."
