"""What a password must be, and how it is kept: argon2id (RFC 9106)."""

import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from api.errors import InvalidRequest

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_LENGTH, MAX_LENGTH = 12, 256
# The least that OWASP's Password Storage Cheat Sheet asks of argon2id: 19 MiB, two passes. More
# memory would be taken from the models, for each log-in that is worked on.
MEMORY_KIB, PASSES, LANES = 19456, 2, 1
MIN_DIFFERENT = 5


def check_password(password: str, *, name: str) -> None:
    """Refuses a password that is guessed first; no rule asks for kinds of characters.

    Raises: InvalidRequest.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise InvalidRequest(
            f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters; several words are easy to "
            "remember."
        )
    plain = password.casefold()
    if name.casefold() in plain and len(plain) - len(name) < MIN_LENGTH - 4:
        raise InvalidRequest("The password is little more than the user's name; choose another.")
    if plain in common_passwords() or len(set(plain)) < MIN_DIFFERENT:
        raise InvalidRequest("The password is among those that are tried first; choose another.")


def hash_password(password: str) -> str:
    """The hash, with its parameters and salt; takes tens of milliseconds and 19 MiB."""
    return _hasher().hash(_normal(password))


def fits(password_hash: str | None, password: str) -> bool:
    """Whether a password has this hash; takes as long where there is none (nobody of that name)."""
    # Here, not above: most servers never ask for a password.
    from argon2.exceptions import InvalidHashError, VerificationError

    # Made at the first log-in whoever it is of, as making it takes as long again.
    of_nobody = _of_nobody()
    try:
        _hasher().verify(password_hash or of_nobody, _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _hasher().check_needs_rehash(password_hash)


@cache
def common_passwords() -> frozenset[str]:
    """Passwords of twelve characters and more that lists of leaked ones begin with."""
    text = (files("api.accounts.credentials") / "common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def _normal(password: str) -> str:
    """The same for every keyboard that writes it."""
    return unicodedata.normalize("NFKC", password)


@lru_cache(maxsize=1)
def _of_nobody() -> str:
    return _hasher().hash("the password of nobody")


@lru_cache(maxsize=1)
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
