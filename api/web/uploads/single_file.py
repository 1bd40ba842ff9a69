"""The one film of a multipart request, found in the body without a parser where possible."""

import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Message

from api.errors import InvalidUpload, TooLarge
from api.files import storage_errors
from api.kinds.by_name import kind_of
from api.services import Services
from api.web.deps import S
from api.web.uploads.filenames import decoded_name, printable_name

FIELD, DIAGNOSIS_FIELD = "file", "image"
# A header block of a part is short.
HEADER_BYTES = 4096
DISPOSITION = re.compile(rb"^content-disposition:\s*(.+)$", re.IGNORECASE | re.MULTILINE)


def _body_of(field: str) -> dict[str, Any]:
    """What OpenAPI says of a route that takes a film."""
    described = {
        "type": "string",
        "format": "binary",
        "description": "One film: JPEG, PNG, BMP, TIFF, WebP or DICOM.",
    }
    schema = {"type": "object", "required": [field], "properties": {field: described}}
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


FILE_BODY = _body_of(FIELD)
# What is sent to a task of tables instead.
_ROW: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {"type": "number"},
    "description": "A number for each feature of a task of tables.",
}
ROW_CONTENT: dict[str, Any] = {
    "application/json": {"schema": {"anyOf": [_ROW, {"type": "array", "items": _ROW}]}},
    "text/csv": {"schema": {"type": "string", "description": "A column for each feature."}},
}
INPUT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": FILE_BODY["requestBody"]["content"] | ROW_CONTENT,
    }
}
DIAGNOSIS_BODY = _body_of(DIAGNOSIS_FIELD)


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """What was sent: the bytes, the client's name for them, and of a body without a form around it
    what it is called there."""

    content: bytes
    filename: str
    media_type: str = ""


Reader = Callable[[Request, Services], AsyncIterator[UploadedFile]]


def file_reader(field: str) -> Reader:
    """A dependency that gives the film in this field of a request, for as long as it is needed.

    It raises: RequestValidationError, HTTPException, Overloaded, InvalidUpload, StorageFailed,
    ClientDisconnect.
    """

    async def single_file(request: Request, services: S) -> AsyncIterator[UploadedFile]:
        body = await services.serving.memory_budget.read(request)
        size = len(body)
        try:
            content_type = request.headers.get("content-type", "")
            image = _found(body, content_type, field) or await _otherwise(
                body, request, services, field
            )
            del body
            yield image
        finally:
            services.serving.memory_budget.release(size)

    return single_file


single_file = file_reader(FIELD)
SingleFile = Annotated[UploadedFile, Depends(single_file)]
DiagnosisImage = Annotated[UploadedFile, Depends(file_reader(DIAGNOSIS_FIELD))]


def _found(body: bytes, content_type: str, field: str) -> UploadedFile | None:
    """The film of a body that has one part, `field`, and nothing else; None for any other body.

    RFC 2046 forbids the delimiter inside a part, so the first one found is the part's end.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        return None
    delimiter = b"--" + boundary
    end_of_headers = body.find(b"\r\n\r\n", 0, HEADER_BYTES)
    end = body.find(b"\r\n" + delimiter, max(end_of_headers, 0))
    is_alone = (
        body.startswith(delimiter + b"\r\n")
        and 0 < end_of_headers < end
        and body[end:].rstrip(b"\r\n") == b"\r\n" + delimiter + b"--"
    )
    headers = body[len(delimiter) + 2 : end_of_headers].replace(b"\r\n", b"\n")
    stated = DISPOSITION.search(headers) if is_alone else None
    if stated is None or b"content-transfer-encoding" in headers.lower():
        return None
    _, names = parse_options_header(stated[1])
    if names.get(b"name") != field.encode() or b"filename" not in names:
        return None
    filename = decoded_name(names[b"filename"])
    return UploadedFile(body[end_of_headers + 4 : end], printable_name(filename))


async def _otherwise(body: bytes, request: Request, services: Services, field: str) -> UploadedFile:
    takes_plain_body = field == FIELD and kind_of(services.task.kind).takes_plain_body
    if takes_plain_body and not is_form(request):
        return _plain(body, request)
    return await _parsed(body, request, field)


@asynccontextmanager
async def plain_input(request: Request, services: Services) -> AsyncIterator[UploadedFile]:
    """A body that is the input itself, for as long as it is needed.

    Raises: TooLarge if it is larger than one file may be, Overloaded, ClientDisconnect.
    """
    body = await services.serving.memory_budget.read(request)
    size = len(body)
    try:
        if size > services.settings.max_file_bytes:
            raise TooLarge(
                f"The table has {size / 1e6:.1f} MB; at most "
                f"{services.settings.max_file_bytes / 1e6:g} MB are accepted at once. Send it in "
                "parts."
            )
        yield _plain(body, request)
    finally:
        services.serving.memory_budget.release(size)


def is_form(request: Request) -> bool:
    """Whether the body is a form with files in it."""
    kind, _ = parse_options_header(request.headers.get("content-type", ""))
    return kind == b"multipart/form-data"


def _plain(body: bytes, request: Request) -> UploadedFile:
    kind, _ = parse_options_header(request.headers.get("content-type", ""))
    return UploadedFile(body, "", kind.decode("latin-1"))


async def _parsed(body: bytes, request: Request, field: str) -> UploadedFile:
    """The same from any other body, by the book."""

    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    # The parser would take what there is, and leave its file open.
    if boundary and body and b"--" + boundary + b"--" not in body:
        raise HTTPException(400, "The body is cut short: its closing boundary is missing.")

    async def again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    # The parser puts a large part into the system's folder for such things.
    with storage_errors(Path(tempfile.gettempdir())), _names_errors():
        async with Request(request.scope, again).form() as form:
            files = form.getlist(field)
            if field != FIELD and sum(isinstance(x, UploadFile) for _, x in form.multi_items()) > 1:
                raise InvalidUpload(
                    f"The request holds several files, and one is read here, in '{field}'; send "
                    "one request for each."
                )
            if len(files) > 1:
                raise InvalidUpload(
                    f"The request holds {len(files)} parts named '{field}', and one file is read "
                    "here; send many to POST /predict/batch."
                )
            file = files[0] if files else None
            if file is None:
                raise _missing(field, "Field required (multipart/form-data)")
            if not isinstance(file, UploadFile):
                raise _missing(field, "Expected a file, with a file name")
            return UploadedFile(await file.read(), printable_name(file.filename))


@contextmanager
def _names_errors() -> Iterator[None]:
    """Python has codecs by which nothing can be decoded, and a client may name one."""
    try:
        yield
    except UnicodeError as exc:
        raise HTTPException(400, f"The names in the body cannot be read ({exc}).") from exc


def _missing(field: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"type": "missing", "loc": ("body", field), "msg": message}])
