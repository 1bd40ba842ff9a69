"""Taking in an upload: images and archives of them, each with an outcome of its own."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import IO

from api.errors import (
    AppError,
    InvalidUpload,
    StorageFailed,
    StorageUnavailable,
    StoreBusy,
    TooLarge,
)
from api.inputs.filenames import printable_name
from api.inputs.layout import (
    Described,
    LeftOut,
    describe_sample,
    is_system_file,
    own_name,
    paths_of,
)
from api.kinds.by_name import kind_of
from api.kinds.kind import LabelledInput
from api.samples import outcome_reasons
from api.samples.archive.reader import (
    Archive,
    ArchiveEntry,
    ArchiveLimits,
    Budget,
    check_directory,
    check_stated,
    is_archive,
)
from api.samples.collection import SampleCollection
from api.samples.duplicates import PerceptualIndex
from api.samples.outcomes import UNKNOWN_PROVENANCE, FileState, Provenance, UploadOutcome, as_error

_TOO_LATE = (
    "The upload took longer than {seconds:.0f} s before this file was reached; send it again."
)


@dataclass(frozen=True, slots=True)
class _Upload:
    """What holds for all files of an upload. `deadline` is of the monotonic clock, in seconds."""

    collection: SampleCollection
    label: str | None
    about: Provenance
    known: PerceptualIndex
    budget: Budget
    deadline: float

    def about_of(self, described: Described | None) -> Provenance:
        """What the sender and its path say of a film."""
        return replace(self.about, by_path=described)


def add_upload(
    collection: SampleCollection,
    files: Sequence[tuple[str, IO[bytes]]],
    *,
    label: str | None,
    about: Provenance = UNKNOWN_PROVENANCE,
) -> list[UploadOutcome]:
    """Take in images and ZIP archives; `label` is for images that lie in no class folder.

    A file's name may have folders, as in an archive; see `inputs.layout` for what they say.
    What was not reached in `max_upload_s` has an outcome that says so.

    Raises: StorageFailed, StorageUnavailable or StoreBusy when storing became impossible; the
        outcomes so far are in the error. TooLarge or InvalidUpload for the upload as a whole,
        before any of it is stored.
    """
    _check_whole(files, collection.archive_limits)
    outcomes: list[UploadOutcome] = []
    budget, deadline = Budget(collection.archive_limits), time.monotonic() + collection.max_upload_s
    upload = _Upload(collection, label, about, collection.neighbours(), budget, deadline)
    paths = paths_of([name for name, _ in files])
    try:
        for (name, file), path in zip(files, paths, strict=True):
            outcomes.extend(_add_inputs(name, file, upload) or _add_file(name, path, file, upload))
    except (StorageFailed, StorageUnavailable, StoreBusy) as exc:
        stored = sum(outcome.outcome == FileState.STORED for outcome in outcomes)
        raise type(exc)(
            f"{exc.message} {stored} files before this one were stored and stay.",
            errors=tuple(as_error(outcome) for outcome in outcomes),
        ) from exc
    if not outcomes:
        raise InvalidUpload("The upload holds only files that systems leave behind; no films.")
    return outcomes


def _check_whole(files: Sequence[tuple[str, IO[bytes]]], limits: ArchiveLimits) -> None:
    """Opens every archive once, so that a bad one refuses the upload before it begins."""
    total = listed_bytes = stated_bytes = 0
    for _, file in files:
        if not _is_archive(file):
            total += 1
            continue
        with Archive(file, limits) as archive:
            total += len(archive)
            listed_bytes += archive.directory_bytes
            stated_bytes += archive.stated_bytes
        check_directory(listed_bytes, limits)
        check_stated(stated_bytes, limits)
    if total > limits.max_files:
        raise TooLarge(
            f"The upload holds {total} files; at most {limits.max_files} are accepted at once. "
            "Send it in parts."
        )


def _add_inputs(name: str, file: IO[bytes], upload: _Upload) -> list[UploadOutcome]:
    """What becomes of the inputs in a file that holds several; none: it is no such file."""
    collection = upload.collection
    if _is_archive(file):
        return []
    try:
        found = kind_of(collection.task.kind).inputs_in(
            name, file, collection.task, max_inputs=collection.archive_limits.max_files
        )
    except (InvalidUpload, TooLarge) as exc:
        return [UploadOutcome(printable_name(name), None, FileState.REJECTED, exc.message)]
    return [_add_input(one, upload) for one in found or ()]


def _add_input(found: LabelledInput, upload: _Upload) -> UploadOutcome:
    collection = upload.collection
    label = collection.task.label_named(found.label) if found.label else upload.label
    reason = None
    if isinstance(found.content, AppError):
        reason = found.content.message
    elif label is None and found.label:
        known = ", ".join(collection.task.known_labels)
        reason = f"There is no class '{found.label[:100]}'; the classes are {known}."
    elif label is None:
        reason = outcome_reasons.no_class_in_line(collection.task.known_labels)
    elif time.monotonic() > upload.deadline:
        reason = _TOO_LATE.format(seconds=collection.max_upload_s)
    if reason is not None or isinstance(found.content, AppError):
        return UploadOutcome(printable_name(found.name), label, FileState.REJECTED, reason)
    return collection.add(
        found.content, filename=found.name, label=label, about=upload.about, known=upload.known
    )


def _add_file(
    name: str, path: tuple[str, ...] | None, file: IO[bytes], upload: _Upload
) -> Iterator[UploadOutcome]:
    if _is_archive(file):
        with Archive(file, upload.collection.archive_limits, upload.budget) as archive:
            for entry in archive.entries():
                yield _add_entry(archive, entry, upload)
    elif path is None:
        # Nothing is read from there; but the folders of somebody's machine say nothing either.
        whole = partial(file.read, upload.collection.limits.max_bytes + 1)
        yield _add_one(name, (own_name(name),), whole, upload)
    elif not is_system_file(path):
        whole = partial(file.read, upload.collection.limits.max_bytes + 1)
        yield _add_one(name, path, whole, upload)


def _add_entry(archive: Archive, entry: ArchiveEntry, upload: _Upload) -> UploadOutcome:
    if upload.collection.kind.holds_several(entry.name):
        reason = outcome_reasons.TABLE_IN_ARCHIVE
        return UploadOutcome(printable_name(entry.name), None, FileState.REJECTED, reason)
    return _add_one(entry.name, entry.path, partial(archive.read, entry), upload)


def _add_one(
    name: str,
    path: tuple[str, ...] | None,
    read: Callable[[], bytes],
    upload: _Upload,
) -> UploadOutcome:
    """What becomes of one film. An entry without a path is refused by whoever reads it."""
    collection = upload.collection
    described = None if path is None else describe_sample(path, collection.task, label=upload.label)
    if isinstance(described, LeftOut):
        return UploadOutcome(printable_name(name), None, FileState.REJECTED, described.sentence)
    label = described.label if described else upload.label
    if time.monotonic() > upload.deadline:
        reason = _TOO_LATE.format(seconds=collection.max_upload_s)
        return UploadOutcome(printable_name(name), label, FileState.REJECTED, reason)
    try:
        content = read()
    except AppError as exc:
        return UploadOutcome(printable_name(name), label, FileState.REJECTED, exc.message)
    about = upload.about_of(described)
    return collection.add(content, filename=name, label=label, about=about, known=upload.known)


def _is_archive(file: IO[bytes]) -> bool:
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    return is_archive(head)
