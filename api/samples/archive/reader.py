"""Reading a ZIP of class folders without trusting it: nothing is ever extracted to a path."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO

from api.errors import InvalidUpload, TooLarge, UnreadableImage
from api.inputs.layout import is_system_file, paths_of
from api.samples.archive.directory import Record, find_directory, read_records
from api.samples.archive.methods import unpack
from api.samples.archive.names import decoded_names

MAGIC = b"PK\x03\x04"
EMPTY_MAGIC = b"PK\x05\x06"
# A generous entry of the list: fixed fields, a long name, extra fields.
ENTRY_BYTES = 1024
# The longest path that a file can have on the systems that archives are made on.
MAX_PATH = 4096


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Most entries, most bytes unpacked in all, most bytes of one entry.

    `max_seconds` of processor time is what unpacking may take in all. Deflate gives 200 MB a
    second, so that only what was made to be slow, or what is not worth it, takes so long.
    """

    max_files: int
    max_total_bytes: int
    max_file_bytes: int
    max_seconds: float = 60.0

    @property
    def max_directory_bytes(self) -> int:
        """Most bytes of a list of entries, hidden ones and folders included."""
        return (self.max_files + 100) * ENTRY_BYTES

    @property
    def max_packed_bytes(self) -> int:
        """Most compressed bytes of one entry; no method makes a film longer than that."""
        return self.max_file_bytes + self.max_file_bytes // 50 + 65536


@dataclass(slots=True)
class Budget:
    """What may still be unpacked for one request, all of its archives together.

    What is counted is what was really unpacked: quoted sizes may lie, and entries may share their
    bytes. Time is the processor's, so that a busy machine takes nothing from anybody.
    """

    limits: ArchiveLimits
    clock: Callable[[], float] = time.thread_time
    unpacked_bytes: int = 0
    seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def unpack(self, file: IO[bytes], record: Record) -> bytes:
        """One entry's bytes. Raises: TooLarge once the budget is spent, UnreadableImage."""
        began = self.clock()

        def spend(size_bytes: int) -> None:
            with self._lock:
                self.unpacked_bytes += size_bytes
            self._require(self.clock() - began)

        try:
            self._require(0.0)
            return unpack(file, record, spend)
        finally:
            with self._lock:
                self.seconds += self.clock() - began

    def _require(self, seconds: float) -> None:
        limits = self.limits
        if self.unpacked_bytes > limits.max_total_bytes:
            raise TooLarge(
                "The entry was not read, because what was sent unpacks to more than "
                f"{limits.max_total_bytes / 1e6:.0f} MB. Send it in parts."
            )
        if self.seconds + seconds > limits.max_seconds:
            raise TooLarge(
                f"The entry was not read, because unpacking took {limits.max_seconds:.0f} s of "
                "processor time before it was done. Send it in parts, or compress with Deflate."
            )


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One file of an archive: its name, and the folders and name in it as data.

    `path` is None if it leads out of the archive.
    """

    name: str
    path: tuple[str, ...] | None
    record: Record


def is_archive(head: bytes) -> bool:
    """Whether a file's first bytes announce a ZIP."""
    return head.startswith((MAGIC, EMPTY_MAGIC))


class Archive:
    """An opened ZIP; a context manager. It leaves its file open."""

    def __init__(
        self, file: IO[bytes], limits: ArchiveLimits, budget: Budget | None = None
    ) -> None:
        """`budget` is for what is unpacked of several archives together.

        Raises: InvalidUpload if it is damaged or empty, TooLarge if it is over a limit.
        """
        self._file: IO[bytes] | None = file
        self._limits = limits
        self._budget = budget or Budget(limits)
        directory = find_directory(file)
        self.directory_bytes = directory.size_bytes
        check_directory(self.directory_bytes, limits)
        # A folder or a system's file costs memory for as long as it is listed.
        self._entries = list(_entries(list(read_records(file, directory))))
        file.seek(0)
        if not self._entries:
            raise InvalidUpload("The ZIP archive holds no files; put films into it.")
        self.stated_bytes = sum(entry.record.size for entry in self._entries)
        self._check_totals()

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._file = None

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self) -> Iterator[ArchiveEntry]:
        """What is in it, in its order: no folders, and nothing that a system left there."""
        return iter(self._entries)

    def read(self, entry: ArchiveEntry) -> bytes:
        """An entry's bytes. Raises: UnreadableImage, TooLarge."""
        self._check(entry)
        if self._file is None:
            raise UnreadableImage("The archive is closed; open it again.")
        content = self._budget.unpack(self._file, entry.record)
        if is_archive(content[: len(MAGIC)]):
            raise UnreadableImage(
                "The entry is an archive itself (ZIP, or a document in that form), and archives in "
                "archives are not opened; send it by itself."
            )
        return content

    def _check(self, entry: ArchiveEntry) -> None:
        """What can be said without unpacking."""
        if entry.path is None:
            raise UnreadableImage("The entry's path leads out of the archive; it was not read.")
        if len(entry.name) > MAX_PATH:
            raise UnreadableImage(
                f"The entry's path is longer than {MAX_PATH} characters; it was not read."
            )
        if entry.record.is_link:
            raise UnreadableImage(
                "The entry is a link to a file and not the file; put the film itself in its place."
            )
        limits, record = self._limits, entry.record
        if record.size > limits.max_file_bytes or record.compressed_size > limits.max_packed_bytes:
            raise TooLarge(f"The entry unpacks to more than {limits.max_file_bytes / 1e6:.0f} MB.")

    def _check_totals(self) -> None:
        limits = self._limits
        if len(self._entries) > limits.max_files:
            raise TooLarge(
                f"The ZIP archive holds {len(self._entries)} files; at most {limits.max_files} are "
                "accepted at once. Send it in parts."
            )
        check_stated(self.stated_bytes, limits)


def check_stated(size_bytes: int, limits: ArchiveLimits) -> None:
    """Bound what archives say that they unpack to, before they are. Raises: TooLarge."""
    if size_bytes > limits.max_total_bytes:
        raise TooLarge(
            f"The ZIP archive unpacks to more than {limits.max_total_bytes / 1e6:.0f} MB. "
            "Send it in parts."
        )


def check_directory(size_bytes: int, limits: ArchiveLimits) -> None:
    """Bound lists of entries before they are read into memory. Raises: TooLarge."""
    if size_bytes > limits.max_directory_bytes:
        raise TooLarge(
            f"The ZIP archive lists far more than the {limits.max_files} files that are accepted "
            "at once. Send it in parts."
        )


def _entries(records: list[Record]) -> Iterator[ArchiveEntry]:
    names = decoded_names(records)
    for record, name, path in zip(records, names, paths_of(names), strict=True):
        if not record.is_folder and (path is None or not is_system_file(path)):
            yield ArchiveEntry(name, path, record)
