"""Public keys of those whose checkpoints may serve, as a setting or a file names them."""

import base64
import binascii
from pathlib import Path

KEY_PREFIX, KEY_BYTES = "ed25519:", 32
MAX_FILE_BYTES = 1_000_000

# Each key, and what its owner is called; the key itself where nobody said.
Signers = tuple[tuple[str, str], ...]


def signers_or_file(value: str) -> str:
    """The setting, if its keys can be read. Raises: ValueError."""
    parsed_signers(value)
    return value


def parsed_signers(value: str) -> Signers:
    """The keys that a setting names.

    Args:
        value: keys with commas between, or the path of a file with a key and a name in each line
            (`#` begins a remark).

    Raises: ValueError if it is neither.
    """
    if not value.strip():
        return ()
    if value.strip().startswith(KEY_PREFIX):
        return tuple((public_key(key), key.strip()) for key in value.split(","))
    return _of_lines(_text_of(Path(value)))


def public_key(text: str) -> str:
    """A key without the space around it. Raises: ValueError if it is none."""
    key = text.strip()
    try:
        if not key.startswith(KEY_PREFIX):
            raise ValueError
        raw = base64.b64decode(key.removeprefix(KEY_PREFIX), validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ValueError(f"'{key}' is no key like {KEY_PREFIX}…; `signing keypair` prints one")
    return key


def _of_lines(text: str) -> Signers:
    lines = [line.partition("#")[0].split(maxsplit=1) for line in text.splitlines()]
    found = tuple((public_key(key), " ".join(name) or key) for key, *name in filter(None, lines))
    if not found:
        raise ValueError("the file has no key in it: every checkpoint would be refused")
    return found


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ValueError("the file is too large to be a list of keys")
        return path.read_text("utf-8")
    except OSError as exc:
        raise ValueError(
            f"it is neither a key like {KEY_PREFIX}… nor a file that can be read ({exc.strerror})"
        ) from exc
