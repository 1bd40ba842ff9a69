"""One large file as the form of a request, sent block by block: it never lies in memory whole."""

from collections.abc import Iterator
from typing import Protocol

from urllib3.filepost import choose_boundary, encode_multipart_formdata

# Stands for the content while the form around it is written.
MARK = b"--the-content--"


class Sendable(Protocol):
    """A file whose bytes are read as they are sent."""

    @property
    def name(self) -> str: ...

    @property
    def size_bytes(self) -> int: ...

    def blocks(self) -> Iterator[bytes]:
        """All of it, in parts."""
        ...


class FileForm:
    """What `requests` takes as a body of known length."""

    def __init__(self, field: str, file: Sendable) -> None:
        around, self.content_type = encode_multipart_formdata(
            {field: (file.name, MARK, "application/octet-stream")}, choose_boundary()
        )
        # A name may hold the mark; the content comes after it.
        self._head, _mark, self._tail = around.rpartition(MARK)
        self._file = file

    def __len__(self) -> int:
        return len(self._head) + self._file.size_bytes + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        yield from self._file.blocks()
        yield self._tail
