"""The films of a batch: files of a form, or what lies in its ZIP archives."""

import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from api.errors import InvalidUpload, TooLarge, UnreadableImage
from api.inputs.layout import LeftOut, is_system_file, mask_of, paths_of
from api.kinds.by_name import kind_of
from api.samples.archive.reader import (
    Archive,
    ArchiveEntry,
    ArchiveLimits,
    Budget,
    check_directory,
    check_stated,
    is_archive,
)
from api.tasks.task import Task
from api.web.deps import S
from api.web.uploads.filenames import printable_name
from api.web.uploads.multipart_spool import Part, Spool, receive
from api.web.uploads.single_file import UploadedFile, is_form, plain_input

FIELDS = ("files", "file")


@dataclass(frozen=True, slots=True)
class BatchFile:
    """One film: its name, and its bytes when they are wanted (raises: AppError); of a body without
    a form around it what it is called there."""

    name: str
    read: Callable[[], bytes]
    media_type: str = ""


async def received_files(request: Request, services: S) -> AsyncIterator[Sequence[BatchFile]]:
    """The films of a request; their bytes lie on the disk until it has been answered.

    Raises: HTTPException, InvalidUpload, TooLarge, StorageFailed.
    """
    if kind_of(services.task.kind).takes_plain_body and not is_form(request):
        async with plain_input(request, services) as sent:
            yield [BatchFile(sent.filename, lambda: sent.content, sent.media_type)]
        return
    settings = services.settings
    limits = ArchiveLimits(
        settings.max_batch_files,
        settings.max_batch_bytes,
        settings.max_file_bytes,
        settings.max_unpack_seconds,
    )
    with ExitStack() as opened:
        spool = await run_in_threadpool(Spool, settings.batches_dir)
        opened.callback(spool.close)
        parts = await receive(request, spool, max_files=limits.max_files)
        yield await run_in_threadpool(files_of, spool, parts, limits, opened, services.task)


BatchFiles = Annotated[Sequence[BatchFile], Depends(received_files)]


def files_of(
    spool: Spool, parts: Sequence[Part], limits: ArchiveLimits, opened: ExitStack, task: Task
) -> list[BatchFile]:
    """All films in their order; an archive's stand in its place. What a system left is none.

    Raises: InvalidUpload for no films, an unknown field or a bad archive, TooLarge.
    """
    if not parts:
        raise InvalidUpload("The request holds no films; send them, or a ZIP of them, as 'files'.")
    _check_count(len(parts), limits)
    images: list[BatchFile] = []
    listed_bytes = stated_bytes = 0
    budget = Budget(limits)
    paths = paths_of([part.filename for part in parts])
    for part, path in zip(parts, paths, strict=True):
        if part.field not in FIELDS:
            raise InvalidUpload(
                f"There is a file in the field '{printable_name(part.field)}'; "
                "films go into 'files'."
            )
        if is_archive(spool.read(part.offset, min(4, part.size))):
            archive = opened.enter_context(Archive(spool.opened(part), limits, budget))
            # All of them stay open, and folders and hidden files count nowhere else.
            listed_bytes += archive.directory_bytes
            check_directory(listed_bytes, limits)
            stated_bytes += archive.stated_bytes
            check_stated(stated_bytes, limits)
            images += _zipped(archive, task)
        elif path is None or not is_system_file(path):
            size = min(part.size, limits.max_file_bytes + 1)
            images.append(
                _image(part.filename, path or (), partial(spool.read, part.offset, size), task)
            )
        _check_count(len(images), limits)
    if not images:
        raise InvalidUpload("The request holds only files that systems leave behind; no films.")
    return images


def only_file(files: Sequence[BatchFile]) -> UploadedFile:
    """The one table of a batch of rows. Raises: InvalidUpload if there are several."""
    if len(files) > 1:
        raise InvalidUpload(f"The request holds {len(files)} files; send one table at a time.")
    return UploadedFile(files[0].read(), files[0].name, files[0].media_type)


def _zipped(archive: Archive, task: Task) -> list[BatchFile]:
    # An archive is read by one thread at a time.
    lock = threading.Lock()

    def read(entry: ArchiveEntry) -> bytes:
        with lock:
            return archive.read(entry)

    return [
        _image(entry.name, entry.path or (), partial(read, entry), task)
        for entry in archive.entries()
    ]


def _image(name: str, path: tuple[str, ...], read: Callable[[], bytes], task: Task) -> BatchFile:
    """A film, or what is none by its path and is told so in its place."""
    mask = mask_of(path, task)
    return BatchFile(printable_name(name), partial(_refuse, mask) if mask else read)


def _refuse(left_out: LeftOut) -> bytes:
    raise UnreadableImage(left_out.sentence)


def _check_count(count: int, limits: ArchiveLimits) -> None:
    if count > limits.max_files:
        raise TooLarge(
            f"The batch holds more than the {limits.max_files} films that are accepted at once; "
            "none was answered. Send it in parts."
        )
