"""Names of files from outside: shown to people and stored, never used as paths."""

import unicodedata

MAX_LENGTH = 255
UNNAMED = "unnamed"
REPLACEMENT = "\ufffd"
GAP = "…"


def printable_name(name: str | None, *, max_length: int = MAX_LENGTH) -> str:
    """A name that a terminal, a table and a database take: printable, of bounded length.

    Control characters, bidi overrides and surrogates become U+FFFD, every kind of space becomes a
    plain one. A long name loses its middle, because its end tells films apart.
    """
    printable = "".join(map(_printable, name or ""))
    if len(printable) > max_length:
        tail = max_length // 2
        printable = printable[: max_length - tail - len(GAP)] + GAP + printable[-tail:]
    return printable or UNNAMED


def _printable(char: str) -> str:
    if char.isprintable():
        return char
    return " " if unicodedata.category(char) == "Zs" else REPLACEMENT
