"""A file that a person sent, on this process's disk and never whole in its memory."""

import os
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

# The API takes no more either, unless it is set otherwise.
MAX_BYTES = 1_000_000_000
BLOCK_BYTES = 1 << 20


class SentFile:
    """Its bytes lie in a file without a name, which goes with this object."""

    def __init__(self, name: str) -> None:
        """Raises: OSError."""
        self.name, self.size_bytes = name, 0
        self._descriptor, path = tempfile.mkstemp(prefix="roentgen-check-")
        # Several may still read it when its session is forgotten; the last one closes it.
        weakref.finalize(self, os.close, self._descriptor)
        Path(path).unlink()

    @classmethod
    def of(cls, name: str, content: bytes) -> "SentFile":
        """Raises: OSError where the disk is full."""
        file = cls(name)
        file.append(content)
        return file

    def append(self, content: bytes) -> None:
        """The next part. Raises: OSError where the disk is full."""
        left = memoryview(content)
        while left:
            written = os.pwrite(self._descriptor, left, self.size_bytes)
            self.size_bytes, left = self.size_bytes + written, left[written:]

    def blocks(self) -> Iterator[bytes]:
        """All of it; several may read at once. Raises: OSError."""
        for start in range(0, self.size_bytes, BLOCK_BYTES):
            yield os.pread(self._descriptor, BLOCK_BYTES, start)
