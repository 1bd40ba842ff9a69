"""The form of an upload, its files in one temporary file on the disk.

The framework's own parser would keep a megabyte of each of a thousand files in memory, or as many
files open, and it would take in the body before anybody can say that there are too many uploads.
"""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import IO, Annotated, Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool

from api.errors import InvalidUpload
from api.web.deps import S
from api.web.uploads.multipart_spool import FORM, Part, Spool, receive

MAX_TEXT = 100
# Names of the fields that hold text.
LABEL, PATIENT, SOURCE = "label", "patient_id", "source"
TEXT: dict[str, str] = {
    LABEL: "Class of the films; for a ZIP of class folders it is not needed.",
    PATIENT: "Whose films these are; a patient is never split.",
    SOURCE: "Where they come from: a ward, a scanner.",
}


def form_body(files: dict[str, Any], texts: dict[str, str], required: str) -> dict[str, Any]:
    """What OpenAPI says of a form that is taken apart here."""
    properties = files | {
        name: {"type": "string", "maxLength": MAX_TEXT, "description": text}
        for name, text in texts.items()
    }
    schema = {"type": "object", "required": [required], "properties": properties}
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


UPLOAD_BODY = form_body(
    {
        "files": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "description": "Films, or ZIP archives of class folders.",
        }
    },
    TEXT,
    "files",
)
ARCHIVE_BODY = form_body(
    {
        "file": {
            "type": "string",
            "format": "binary",
            "description": "A ZIP of class folders; for a task of tables a CSV.",
        }
    },
    {},
    "file",
)


@dataclass(frozen=True, slots=True)
class UploadForm:
    """Files with their names, to be read while the request lasts; texts that were given."""

    files: list[tuple[str, IO[bytes]]]
    label: str | None = None
    patient_id: str | None = None
    source: str | None = None


async def upload_form(request: Request, services: S) -> AsyncIterator[UploadForm]:
    """The form of `POST /upload-data`.

    Raises: RequestValidationError, HTTPException, StorageFailed.
    """
    texts: dict[str, str] = {}
    with ExitStack() as opened:
        _check_kind(request, "files")
        spool, parts = await _received(
            request, services, opened, texts, services.settings.max_upload_files
        )
        files = _named(parts, texts, "files")
        _check_texts(texts)
        yield UploadForm(
            files=[(part.filename, spool.opened(part)) for part in files],
            label=texts.get(LABEL) or None,
            patient_id=texts.get(PATIENT) or None,
            source=texts.get(SOURCE) or None,
        )


async def sent_archive(request: Request, services: S) -> AsyncIterator[IO[bytes]]:
    """The one file of a form.

    Raises: RequestValidationError, HTTPException, InvalidUpload, StorageFailed.
    """
    texts: dict[str, str] = {}
    with ExitStack() as opened:
        _check_kind(request, "file")
        spool, parts = await _received(request, services, opened, texts, 1)
        files = _named(parts, texts, "file")
        if len(parts) > 1:
            raise InvalidUpload("The request holds several files; send one ZIP of class folders.")
        yield spool.opened(files[0])


async def optional_archive(request: Request, services: S) -> AsyncIterator[IO[bytes] | None]:
    """The one file of a form; None where the query names a finished `check` instead.

    Raises: as `sent_archive`.
    """
    kind, _ = parse_options_header(request.headers.get("content-type"))
    if not request.query_params.get("check"):
        async with asynccontextmanager(sent_archive)(request, services) as archive:
            yield archive
    elif kind == FORM:
        raise InvalidUpload("Send films, or name a finished check; not both.")
    else:
        yield None


Uploaded = Annotated[UploadForm, Depends(upload_form)]
SentArchive = Annotated[IO[bytes], Depends(sent_archive)]
OptionalArchive = Annotated[IO[bytes] | None, Depends(optional_archive)]


def _check_kind(request: Request, field: str) -> None:
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != FORM or not options.get(b"boundary"):
        raise _missing(field)


async def _received(
    request: Request, services: S, opened: ExitStack, texts: dict[str, str], max_files: int
) -> tuple[Spool, list[Part]]:
    spool = await run_in_threadpool(Spool, services.settings.batches_dir)
    opened.callback(spool.close)
    return spool, await receive(request, spool, max_files=max_files, texts=texts)


def _named(parts: list[Part], texts: dict[str, str], field: str) -> list[Part]:
    found = [part for part in parts if part.field == field]
    if not found:
        if field in texts:
            raise _invalid(field, "Expected a file, with a file name")
        raise _missing(field)
    return found


def _check_texts(texts: dict[str, str]) -> None:
    for name in (PATIENT, SOURCE):
        if len(texts.get(name, "")) > MAX_TEXT:
            raise _invalid(name, f"String should have at most {MAX_TEXT} characters")


def _missing(field: str) -> RequestValidationError:
    return _invalid(field, "Field required (multipart/form-data)")


def _invalid(field: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"type": "value_error", "loc": ("body", field), "msg": message}])
