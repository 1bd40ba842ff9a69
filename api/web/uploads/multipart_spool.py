"""The files of a multipart body in one temporary file.

A thousand uploads of their own would take a thousand open files, or the memory for what is in them.
"""

import io
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.errors import StorageFailed
from api.files import free_bytes, storage_errors
from api.web.uploads.filenames import decoded_name

FORM, RELATED = b"multipart/form-data", b"multipart/related"
WRITE_BYTES = 1_000_000
# Of what is no file in a form: a few short texts.
MAX_TEXTS, MAX_TEXT_BYTES = 100, 10_000
# Batches lie on the disk of the records: so much of it is left to those.
RESERVED_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a body: the form's field, the client's name for it, and where its bytes lie."""

    field: str
    filename: str
    offset: int
    size: int = 0


class Spool:
    """A temporary file that is written to its end once, then read by many threads; has no name."""

    def __init__(self, folder: Path, *, reserved_bytes: int = RESERVED_BYTES) -> None:
        """Raises: StorageFailed."""
        self._folder, self._reserved_bytes = folder, reserved_bytes
        self._pending = bytearray()
        self.size = 0
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (see `close`)

    @property
    def pending(self) -> int:
        """Bytes that `flush` would write."""
        return len(self._pending)

    def append(self, piece: bytes) -> None:
        """Add to the end; in memory until `flush`."""
        self._pending += piece
        self.size += len(piece)

    def flush(self) -> None:
        """Write what is in memory. Raises: StorageFailed."""
        with storage_errors(self._folder):
            if free_bytes(self._folder) - self.pending < self._reserved_bytes:
                raise StorageFailed(
                    f"The server's disk has less than {self._reserved_bytes / 1e6:.0f} MB left "
                    "beside this upload, and those are for its records; nothing was stored. Free "
                    "some space, or send fewer films at once."
                )
            self._file.write(self._pending)
            self._file.flush()
        self._pending.clear()

    def read(self, offset: int, size: int) -> bytes:
        """Any of its bytes; the thread's own place in the file is not needed."""
        if not self._pending:
            return os.pread(self._file.fileno(), size, offset)
        flushed = self.size - self.pending
        start = max(0, offset - flushed)
        written = os.pread(self._file.fileno(), min(size, max(0, flushed - offset)), offset)
        return written + bytes(self._pending[start : start + size - len(written)])

    def close(self) -> None:
        """Forget all of it."""
        self._file.close()

    def opened(self, part: Part) -> io.BufferedReader:
        """A part as a file to read and seek in."""
        return io.BufferedReader(_Slice(self, part))


async def receive(
    request: Request, spool: Spool, *, max_files: int, texts: dict[str, str] | None = None
) -> list[Part]:
    """Take in a body's files; of more than `max_files` only one more is told, and none is kept.

    Args:
        texts: takes the fields that are no files, by name; without it they are read past. Such a
            form stays in memory where it is small.

    Raises: HTTPException 400 for what is no whole form and 415 for another content type,
        StorageFailed.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != FORM or b"boundary" not in options:
        raise HTTPException(415, "Send the films as multipart/form-data, in the field 'files'.")
    parts = _Parts(spool, max_files, texts, _file_of_form)
    await _take_in(request, spool, parts, options[b"boundary"], what="form")
    if texts is None or spool.size > WRITE_BYTES:
        await run_in_threadpool(spool.flush)
    return parts.found


async def receive_related(
    request: Request, spool: Spool, *, media_type: str, max_files: int
) -> list[Part]:
    """Take in the parts of a multipart/related body (RFC 2387), all of them of one media type; of
    more than `max_files` only one more is told, and none is kept.

    Raises: HTTPException 400 for a body that is not whole and 415 for another content type, of the
        body or of a part; StorageFailed.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    stated = options.get(b"type", media_type.encode()).lower()
    if kind != RELATED or b"boundary" not in options or stated != media_type.encode():
        raise HTTPException(415, f'Send multipart/related; type="{media_type}", a file a part.')
    parts = _Parts(spool, max_files, None, _file_of_related)
    await _take_in(request, spool, parts, options[b"boundary"], what="multipart/related")
    await run_in_threadpool(spool.flush)
    for part in parts.found:
        if part.field and part.field != media_type:
            raise HTTPException(415, f"A part of the body is not {media_type}; send such ones.")
    return parts.found


async def _take_in(
    request: Request, spool: Spool, parts: "_Parts", boundary: bytes, *, what: str
) -> None:
    try:
        parser = MultipartParser(boundary, parts.callbacks())
        async for piece in request.stream():
            parser.write(piece)
            if spool.pending >= WRITE_BYTES:
                await run_in_threadpool(spool.flush)
    except (FormParserError, UnicodeError) as exc:
        raise HTTPException(400, f"The body is not a {what} that can be read ({exc}).") from exc
    if not parts.complete:
        raise HTTPException(400, f"The body ends before the {what} does; send it again.")


# A file by the headers of its part (lower case); None: a text, named so.
FileOf = Callable[[Mapping[bytes, bytes]], Part | str]


def _file_of_form(headers: Mapping[bytes, bytes]) -> Part | str:
    _, options = parse_options_header(headers.get(b"content-disposition", b""))
    field = decoded_name(options.get(b"name", b""))
    if b"filename" not in options:
        return field
    return Part(field=field, filename=decoded_name(options[b"filename"]), offset=0)


def _file_of_related(headers: Mapping[bytes, bytes]) -> Part | str:
    """Its field is its media type, empty where it is not said."""
    media_type, _ = parse_options_header(headers.get(b"content-type", b""))
    return Part(field=media_type.decode("latin-1"), filename="", offset=0)


class _Parts:
    """What the parser tells, put together."""

    def __init__(
        self, spool: Spool, max_files: int, texts: dict[str, str] | None, file_of: FileOf
    ) -> None:
        self._spool, self._max_files, self._texts = spool, max_files, texts
        self._file_of = file_of
        self._text: tuple[str, bytearray] | None = None
        self._header = (bytearray(), bytearray())
        self._headers: dict[bytes, bytes] = {}
        self._current: Part | None = None
        self.found: list[Part] = []
        self.complete = False

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._collect(0),
            "on_header_value": self._collect(1),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._headers, self._current, self._text = {}, None, None

    def _collect(self, which: int) -> Callable[[bytes, int, int], None]:
        def collect(data: bytes, start: int, end: int) -> None:
            self._header[which].extend(data[start:end])

        return collect

    def _header_end(self) -> None:
        name, value = map(bytes, self._header)
        self._headers[name.lower()] = value
        self._header = (bytearray(), bytearray())

    def _headers_finished(self) -> None:
        found = self._file_of(self._headers)
        if isinstance(found, Part):
            self._current = replace(found, offset=self._spool.size)
        elif self._texts is not None and len(self._texts) < MAX_TEXTS:
            self._text = found, bytearray()

    def _data(self, data: bytes, start: int, end: int) -> None:
        # A form with too many files is refused, but read to its end so that the client hears it.
        if self._current and len(self.found) < self._max_files:
            self._spool.append(data[start:end])
        elif self._text and len(self._text[1]) < MAX_TEXT_BYTES:
            self._text[1].extend(data[start:end][:MAX_TEXT_BYTES])

    def _part_end(self) -> None:
        if self._text and self._texts is not None:
            name, value = self._text
            self._texts[name] = decoded_name(bytes(value))
        if self._current and len(self.found) <= self._max_files:
            size = self._spool.size - self._current.offset
            self.found.append(replace(self._current, size=size))

    def _end(self) -> None:
        self.complete = True


class _Slice(io.RawIOBase):
    """A part of a spool; its place in it is its own."""

    def __init__(self, spool: Spool, part: Part) -> None:
        super().__init__()
        self._spool, self._part, self._at = spool, part, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._part.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        size = max(0, min(len(buffer), self._part.size - self._at))
        piece = self._spool.read(self._part.offset + self._at, size)
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
