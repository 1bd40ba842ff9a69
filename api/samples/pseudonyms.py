"""Pseudonyms of patients: the same patient has the same one here, and nobody can tell which."""

import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from api.files import storage_errors
from api.inputs.discovery import PSEUDONYM
from api.records.servers.shared_keys import SharedKey

KEY_BYTES = 32
DIGITS = 20
OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class PatientPseudonyms:
    """A keyed hash (HMAC-SHA256, RFC 2104); the key lies in a file that only its owner reads.

    Without a key whoever guesses an id, a number of a few digits, could try it out. Whoever loses
    the key loses the way from a patient to earlier films of theirs, and nothing else.
    """

    key_file: Path
    # What the other nodes' key is known by; None: nobody else has one.
    shared: SharedKey | None = None

    def of(self, patient: str) -> str:
        """The pseudonym, 24 characters. Raises: StorageFailed, WrongKey, StoreBusy."""
        digest = hmac.new(self._key(), patient.encode(errors="replace"), hashlib.sha256)
        return f"{PSEUDONYM}{digest.hexdigest()[:DIGITS]}"

    def _key(self) -> bytes:
        with storage_errors(self.key_file):
            if not self.key_file.exists():
                self._check(None)
                self._make_key()
            key = self.key_file.read_bytes()
        self._check(key)
        return key

    def _check(self, key: bytes | None) -> None:
        if self.shared is not None:
            self.shared.check(key)

    def _make_key(self) -> None:
        """Whole or not at all, and once: of two processes the first one's key is the key."""
        self.key_file.parent.mkdir(parents=True, exist_ok=True)
        draft = self.key_file.with_name(f".{self.key_file.name}.{secrets.token_hex(8)}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(draft, self.key_file)
        finally:
            draft.unlink(missing_ok=True)
