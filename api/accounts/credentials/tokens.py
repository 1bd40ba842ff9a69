"""What sessions and keys are known by: 256 random bits, of which only the SHA-256 is kept."""

import hashlib
import secrets

SESSION_PREFIX, KEY_PREFIX = "rgs_", "rgn_"
# Longer ones are none of ours; nobody should make the server hash megabytes.
MAX_LENGTH = 100


def new_session_token() -> str:
    """Of a session: 256 bits from the system's source."""
    return SESSION_PREFIX + secrets.token_urlsafe(32)


def new_key() -> str:
    """Of a machine; the prefix lets scanners of leaked secrets find it."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Hex SHA-256. A slow hash would protect what can be guessed; 256 random bits cannot."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
