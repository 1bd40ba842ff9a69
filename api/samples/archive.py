"""Reading a ZIP of class folders without trusting it: nothing is ever extracted to a path."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from api.errors import AppError, InvalidUpload, TooLarge, UnreadableImage

MAGIC = b"PK\x03\x04"
EMPTY_MAGIC = b"PK\x05\x06"
ENCRYPTED_BIT = 0x1
ZIP64_MAGIC, LOCATOR_MAGIC = b"PK\x06\x06", b"PK\x06\x07"
END_BYTES, ZIP64_BYTES, LOCATOR_BYTES = 22, 56, 20
# The records at an archive's end, with the longest comment they can have.
TAIL_BYTES = ZIP64_BYTES + LOCATOR_BYTES + END_BYTES + 65535
# A generous entry of the list: fixed fields, a long name, extra fields.
ENTRY_BYTES = 1024


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Most entries, most bytes unpacked in all, most bytes of one entry."""

    max_files: int
    max_total_bytes: int
    max_file_bytes: int

    @property
    def max_directory_bytes(self) -> int:
        """Most bytes of a list of entries, hidden ones and folders included."""
        return (self.max_files + 100) * ENTRY_BYTES


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture of an archive: its name and the folder it lies in, as data."""

    name: str
    folder: str | None
    info: zipfile.ZipInfo


def is_archive(head: bytes) -> bool:
    """Whether a file's first bytes announce a ZIP."""
    return head.startswith((MAGIC, EMPTY_MAGIC))


class Archive:
    """An opened ZIP; a context manager."""

    def __init__(self, file: IO[bytes], limits: ArchiveLimits) -> None:
        """Raises: InvalidUpload if it is damaged or empty, TooLarge if it is over a limit."""
        self._limits = limits
        self.directory_bytes = _directory_bytes(file)
        check_directory(self.directory_bytes, limits)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as exc:
            raise InvalidUpload("The ZIP archive is damaged; make it again.") from exc
        self._infos = [info for info in self._zip.infolist() if _is_picture(info)]
        # An entry that is no picture costs half a kilobyte for as long as it is listed.
        self._zip.filelist.clear()
        self._zip.NameToInfo.clear()
        if not self._infos:
            raise InvalidUpload("The ZIP archive holds no files; put films into it.")
        self._check_totals()

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def __len__(self) -> int:
        return len(self._infos)

    def entries(self) -> Iterator[Entry]:
        """What is in it, in its order."""
        for info in self._infos:
            parts = PurePosixPath(info.filename.replace("\\", "/")).parts
            yield Entry(info.filename, parts[-2] if len(parts) > 1 else None, info)

    def read(self, entry: Entry) -> bytes:
        """An entry's bytes. Raises: UnreadableImage, TooLarge."""
        _refuse_foreign_path(entry.name)
        if entry.info.flag_bits & ENCRYPTED_BIT:
            raise UnreadableImage("The entry is encrypted; make the archive without a password.")
        try:
            # The size in the archive's index may lie; what is read is what is bounded.
            with self._zip.open(entry.info) as file:
                content = file.read(self._limits.max_file_bytes + 1)
        except AppError:
            raise
        except Exception as exc:
            # zlib, lzma, bz2 and zipfile each have their own errors for damaged data.
            raise UnreadableImage("The entry is damaged in the archive; make it again.") from exc
        if len(content) > self._limits.max_file_bytes:
            raise TooLarge(
                f"The entry unpacks to more than {self._limits.max_file_bytes / 1e6:.0f} MB."
            )
        return content

    def _check_totals(self) -> None:
        limits = self._limits
        if len(self._infos) > limits.max_files:
            raise TooLarge(
                f"The ZIP archive holds {len(self._infos)} files; at most {limits.max_files} are "
                "accepted at once. Send it in parts."
            )
        if sum(info.file_size for info in self._infos) > limits.max_total_bytes:
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


def _directory_bytes(file: IO[bytes]) -> int:
    """How long the list of entries is; as in the ZIP64 record, if there is one."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - TAIL_BYTES))
    tail = file.read()
    file.seek(0)
    end = tail.rfind(EMPTY_MAGIC)
    if end < 0 or len(tail) - end < END_BYTES:
        raise InvalidUpload("The ZIP archive is damaged or cut short; make it again.")
    stated = int.from_bytes(tail[end + 12 : end + 16], "little")
    if not tail[:end][-LOCATOR_BYTES:].startswith(LOCATOR_MAGIC):
        return stated
    record = tail[: end - LOCATOR_BYTES][-ZIP64_BYTES:]
    if not record.startswith(ZIP64_MAGIC):
        raise InvalidUpload("The ZIP archive is damaged; make it again.")
    # It counts, whatever the other one says.
    return int.from_bytes(record[40:48], "little")


def _is_picture(info: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(info.filename.replace("\\", "/"))
    return not (info.is_dir() or name.name.startswith(".") or "__MACOSX" in name.parts)


def _refuse_foreign_path(name: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name:
        raise UnreadableImage("The entry's path leads out of the archive; it was not read.")
