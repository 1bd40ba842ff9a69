"""Blobs of known content on the local disk, so that the network brings each only once."""

import contextlib
import hashlib
import os
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path

from api.errors import AppError
from api.files import discard_abandoned, write_atomic

SHA256 = re.compile("[0-9a-f]{64}")
# Beyond its bound a cache is emptied to this share of it, so that not every blob empties it again.
LEFT_SHARE = 0.8
# A blob that is larger than this share of the bound would push out all others.
MAX_SHARE = 0.25


@dataclass(slots=True)
class ContentCache:
    """Files named by their SHA-256, at most `max_bytes` of them; those used longest ago go first.

    Processes may share the folder. What is read is compared with its name: a file that rotted is
    removed and counts as missing.
    """

    folder: Path
    max_bytes: int
    _size_bytes: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, sha256: str) -> bytes | None:
        """The content with this hash; None if it is not here."""
        path = self._path(sha256)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(content).hexdigest() != sha256:
            self.forget(sha256)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return content

    def put(self, sha256: str, content: bytes) -> None:
        """Keep a content; left undone where the disk does not take it."""
        if len(content) > self.max_bytes * MAX_SHARE:
            return
        try:
            write_atomic(self._path(sha256), content)
        except AppError:
            return
        with self._lock:
            if self._size_bytes is not None:
                self._size_bytes += len(content)
            if self._size_bytes is None or self._size_bytes > self.max_bytes:
                self._size_bytes = self._shrink()

    def hashes(self) -> set[str]:
        """Of all contents that are here."""
        return {path.name for path in self.folder.glob("*/*") if SHA256.fullmatch(path.name)}

    def forget(self, *hashes: str) -> None:
        """Remove contents, as those of films that are erased."""
        for sha256 in hashes:
            with contextlib.suppress(OSError):
                self._path(sha256).unlink(missing_ok=True)

    def _shrink(self) -> int:
        """Make room where there is too much, and count what is there; other processes add to it."""
        found = []
        for path in self.folder.glob("*/*"):
            with contextlib.suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in found)
        if total <= self.max_bytes:
            return total
        for _, size, path in sorted(found, key=lambda one: one[0]):
            if total <= self.max_bytes * LEFT_SHARE:
                break
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
                total -= size
        for home in {path.parent for _, _, path in found}:
            discard_abandoned(home)
        return total

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256
