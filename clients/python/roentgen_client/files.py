"""Files as they are sent: a path, bytes, an open file, or one of the last two with a name."""

import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO, Protocol

# An open file is sent from its beginning, whatever was read of it.
File = str | os.PathLike[str] | bytes | BinaryIO | tuple[str, bytes | BinaryIO]


class Content(Protocol):
    """What a form needs to send a file, as often as it has to."""

    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a form."""

    name: str
    content: Content

    def close(self) -> None:
        """Let go of what was opened here; what the caller opened stays open."""
        if isinstance(self.content, FileOnDisk):
            self.content.close()


class FileOnDisk:
    """Is open only while it is read: a batch may name a thousand."""

    def __init__(self, path: Path) -> None:
        """Raises: OSError if there is none."""
        self._path, self._size = path, path.stat().st_size
        self._open: IO[bytes] | None = None

    def tell(self) -> int:
        return self._open.tell() if self._open else 0

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """To the end, to know its size; or back to the beginning."""
        self.close()
        return self._size if whence == os.SEEK_END else 0

    def read(self, size: int = -1, /) -> bytes:
        if self._open is None:
            self._open = self._path.open("rb")
        content = self._open.read(size)
        if not content:
            self.close()
        return content

    def close(self) -> None:
        if self._open:
            self._open.close()
        self._open = None


def part_of(file: File, *, name: str) -> Part:
    """A file with its own name, or `name` where it has none. Raises: OSError."""
    if isinstance(file, tuple):
        return Part(_sendable(file[0]), _content(file[1]))
    if isinstance(file, str | os.PathLike):
        path = Path(file)
        return Part(_sendable(path.name), FileOnDisk(path))
    own = getattr(file, "name", None)
    return Part(_sendable(Path(own).name if isinstance(own, str) else name), _content(file))


def _content(given: bytes | BinaryIO) -> Content:
    if isinstance(given, bytes):
        return BytesIO(given)
    # What cannot go back, such as a pipe, is read now: it may have to be sent twice.
    return given if given.seekable() else BytesIO(given.read())


def _sendable(name: str) -> str:
    """Without what a file system allows in a name and UTF-8 does not."""
    return name.encode("utf-8", "replace").decode()
