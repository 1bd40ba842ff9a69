"""The films of a batch: files of a form, or what lies in its ZIP archives."""

import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from api.errors import InvalidUpload, TooLarge
from api.samples.archive import Archive, ArchiveLimits, Entry, check_directory, is_archive
from api.web.deps import S
from api.web.names import printable_name
from api.web.spool import Part, Spool, receive

FIELDS = ("files", "file")


@dataclass(frozen=True, slots=True)
class Film:
    """One film: its name, and its bytes when they are wanted (raises: AppError)."""

    name: str
    read: Callable[[], bytes]


async def received_films(request: Request, services: S) -> AsyncIterator[Sequence[Film]]:
    """The films of a request; their bytes lie on the disk until it has been answered.

    Raises: HTTPException, InvalidUpload, TooLarge, StorageFailed.
    """
    settings = services.settings
    limits = ArchiveLimits(
        settings.max_batch_files, settings.max_batch_bytes, settings.max_file_bytes
    )
    with ExitStack() as opened:
        spool = await run_in_threadpool(Spool, settings.batches_dir)
        opened.callback(spool.close)
        parts = await receive(request, spool, max_files=limits.max_files)
        yield await run_in_threadpool(films_of, spool, parts, limits, opened)


Films = Annotated[Sequence[Film], Depends(received_films)]


def films_of(
    spool: Spool, parts: Sequence[Part], limits: ArchiveLimits, opened: ExitStack
) -> list[Film]:
    """All films in their order; an archive's stand in its place.

    Raises: InvalidUpload for no films, an unknown field or a bad archive, TooLarge.
    """
    if not parts:
        raise InvalidUpload("The request holds no films; send them, or a ZIP of them, as 'files'.")
    _check_count(len(parts), limits)
    films: list[Film] = []
    listed_bytes = 0
    for part in parts:
        if part.field not in FIELDS:
            raise InvalidUpload(
                f"There is a file in the field '{printable_name(part.field)}'; "
                "films go into 'files'."
            )
        if is_archive(spool.read(part.offset, min(4, part.size))):
            archive = opened.enter_context(Archive(spool.opened(part), limits))
            # All of them stay open, and folders and hidden files count nowhere else.
            listed_bytes += archive.directory_bytes
            check_directory(listed_bytes, limits)
            films += _zipped(archive)
        else:
            size = min(part.size, limits.max_file_bytes + 1)
            films.append(
                Film(printable_name(part.filename), partial(spool.read, part.offset, size))
            )
        _check_count(len(films), limits)
    return films


def _zipped(archive: Archive) -> list[Film]:
    # An archive is read by one thread at a time.
    lock = threading.Lock()

    def read(entry: Entry) -> bytes:
        with lock:
            return archive.read(entry)

    return [Film(printable_name(entry.name), partial(read, entry)) for entry in archive.entries()]


def _check_count(count: int, limits: ArchiveLimits) -> None:
    if count > limits.max_files:
        raise TooLarge(
            f"The batch holds more than the {limits.max_files} films that are accepted at once; "
            "none was answered. Send it in parts."
        )
