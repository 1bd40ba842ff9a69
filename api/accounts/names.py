"""Names of users and keys, as records say who did something."""

import re

from api.errors import InvalidRequest

NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
# What records say of things that nobody in particular did.
RESERVED = frozenset({"local", "anonymous", "api", "gate", "trainer", "worker", "system"})


def account_name(text: str) -> str:
    """The name in small letters. Raises: InvalidRequest."""
    name = text.strip().lower()
    if not NAME.fullmatch(name):
        raise InvalidRequest(
            f"'{text[:100]}' cannot be a name: it begins with a letter or a digit, and has at most "
            "64 letters (a to z), digits, and any of . _ - @."
        )
    if name in RESERVED:
        raise InvalidRequest(f"'{name}' is a name that records use for themselves; choose another.")
    return name
