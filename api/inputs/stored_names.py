"""In which form a film's file name is stored, and for how long: names carry patients' names."""

import contextlib
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from api.files import make_folder, storage_errors, sync_folder
from api.settings import Settings

# In the place of a name that is not stored, or not any more.
DROPPED = ""
# What tables for people show there.
NAME_DROPPED = "name dropped"
HASHED = "hashed-"
IS_HASHED = re.compile(r"hashed-[0-9a-f]{32}")
KEY_NAME = "filenames.key"
KEY_BYTES = 32
# Before a patient that only a file's name told, and the name is not stored any more.
BY_NAME = "name:"
# A row is written some moments after its time was taken.
WRITTEN_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class FilenamePolicy:
    """What becomes of file names.

    Attributes:
        days: after so many a name is dropped; 0: it is never stored; None: it stays.
        key: where set, names are stored as their HMAC-SHA256 under it: equal names stay equal,
            and without the key nobody can try names.
    """

    days: float | None = None
    key: bytes | None = None

    @property
    def as_sent(self) -> bool:
        """Whether names are stored as they were sent, for a time at least."""
        return self.key is None and self.days != 0

    def stored(self, name: str) -> str:
        """A new name as it is stored."""
        if self.key is not None and name != DROPPED:
            return name if IS_HASHED.fullmatch(name) else hashed(name, self.key)
        return name if self.as_sent else DROPPED

    def former(self, name: str) -> str:
        """What becomes of a name that was stored under another setting, or is too old."""
        if self.key is None or not name:
            return DROPPED
        return self.stored(name)

    def limit(self, moment: datetime) -> datetime | None:
        """Names from before this are to be changed; None: none ever is."""
        if self.key is not None:
            return moment - WRITTEN_WITHIN
        if self.days is None:
            return None
        return moment - max(timedelta(days=self.days), WRITTEN_WITHIN)


KEEP_NAMES = FilenamePolicy()


def filename_policy(settings: Settings) -> FilenamePolicy:
    """What the settings say. Raises: StorageFailed if names are hashed and the key is missing
    and cannot be made."""
    chosen = settings.keep_filenames
    if chosen == "hashed":
        return FilenamePolicy(key=_key(settings.state_dir / KEY_NAME))
    return FilenamePolicy(days=None if chosen == "always" else float(chosen))


def patient_without_name(patient: str | None, by_name: str | None) -> str | None:
    """Whose film it is, to be stored without the file's name.

    Args:
        patient: as the sender said.
        by_name: as the file's name tells; it is the same patient under whatever source.
    """
    return f"{BY_NAME}{by_name}" if by_name and patient in (None, by_name) else patient


def shown_name(name: str) -> str:
    """A stored name for a table that people read."""
    return name or NAME_DROPPED


def hashed(name: str, key: bytes) -> str:
    """`hashed-` and 32 hexadecimal digits (128 bits) of the name's HMAC-SHA256."""
    digest = hmac.new(key, name.encode(errors="surrogatepass"), hashlib.sha256)
    return HASHED + digest.hexdigest()[:32]


@lru_cache(maxsize=4)
def _key(path: Path) -> bytes:
    """The key of this installation, made by whoever asks first."""
    with storage_errors(path):
        if not path.exists():
            _make_key(path)
        return path.read_bytes()


def _make_key(path: Path) -> None:
    make_folder(path.parent)
    temporary = path.with_name(f".tmp-{path.name}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # Not a rename: of two processes that start at once, the second finds the first one's.
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
