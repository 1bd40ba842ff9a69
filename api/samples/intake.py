"""Taking in labelled images: each file is stored whole, or refused with its reason."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import Engine

from api.errors import AppError, InvalidUpload, StorageFailed, StoreBusy, TooLarge
from api.files import write_atomic
from api.inputs.formats import EXTENSIONS, sniff
from api.inputs.images import Limits, decode
from api.inputs.preprocessing import PreprocessingSpec
from api.inputs.statistics import film_statistics
from api.records import samples
from api.records.samples import SampleRecord
from api.records.tables import now
from api.samples.archive import Archive, ArchiveLimits, Entry, is_archive
from api.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: stored, duplicate, conflict or rejected."""

    filename: str
    label: str | None
    outcome: str
    reason: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """A task's training images: files below `folder`, described in the database."""

    task: Task
    folder: Path
    database: Engine
    limits: Limits
    archive_limits: ArchiveLimits

    @property
    def spec(self) -> PreprocessingSpec:
        return PreprocessingSpec.model_validate(self.task.preprocessing)

    def path_of(self, sample: SampleRecord) -> Path:
        """Where a sample's file lies."""
        return self.folder / sample.file

    def counts(self) -> dict[str, int]:
        """Samples of each of the task's classes, zero included."""
        found = samples.counts(self.database)
        return {label: found.get(label, 0) for label in self.task.labels}

    def require_label(self, label: str) -> str:
        """The class a word stands for. Raises: InvalidUpload."""
        known = self.task.label_of_folder(label)
        if known is None:
            raise InvalidUpload(
                f"There is no class '{label[:100]}'; the classes are {', '.join(self.task.labels)}."
            )
        return known

    def add_all(
        self, files: Sequence[tuple[str, IO[bytes]]], *, label: str | None
    ) -> list[Outcome]:
        """Take in images and ZIP archives; `label` is for images that lie in no class folder.

        Raises: StorageFailed or StoreBusy when storing became impossible; the outcomes so far are
            in the error. TooLarge or InvalidUpload for the upload as a whole, before any of it is
            stored.
        """
        self._check_count(files)
        outcomes: list[Outcome] = []
        try:
            for name, file in files:
                outcomes.extend(self._add_file(name, file, label))
        except (StorageFailed, StoreBusy) as exc:
            stored = sum(outcome.outcome == "stored" for outcome in outcomes)
            raise type(exc)(
                f"{exc.message} {stored} files before this one were stored and stay.",
                errors=tuple(_as_error(outcome) for outcome in outcomes),
            ) from exc
        return outcomes

    def _check_count(self, files: Sequence[tuple[str, IO[bytes]]]) -> None:
        """Also opens every archive once, so that a bad one refuses the upload before it begins."""
        limit = self.archive_limits.max_files
        total = 0
        for _, file in files:
            total += self._count(file)
        if total > limit:
            raise TooLarge(
                f"The upload holds {total} files; at most {limit} are accepted at once. Send it in "
                "parts."
            )

    def _count(self, file: IO[bytes]) -> int:
        if not _is_archive(file):
            return 1
        with Archive(file, self.archive_limits) as archive:
            return len(archive)

    def _add_file(self, name: str, file: IO[bytes], label: str | None) -> Iterator[Outcome]:
        if not _is_archive(file):
            content = file.read(self.limits.max_bytes + 1)
            yield self.add(content, filename=name, label=label)
            return
        with Archive(file, self.archive_limits) as archive:
            for entry in archive.entries():
                yield self._add_entry(archive, entry, label)

    def _add_entry(self, archive: Archive, entry: Entry, label: str | None) -> Outcome:
        in_folder = self.task.label_of_folder(entry.folder) if entry.folder else None
        try:
            content = archive.read(entry)
        except AppError as exc:
            return Outcome(entry.name, in_folder or label, "rejected", exc.message)
        return self.add(content, filename=entry.name, label=in_folder or label)

    def add(self, content: bytes, *, filename: str, label: str | None) -> Outcome:
        """Take in one image. Raises: StorageFailed, StoreBusy."""
        if label is None:
            known = ", ".join(self.task.labels)
            reason = f"No class is given and the folder is not named like one ({known})."
            return Outcome(filename, None, "rejected", reason)
        try:
            image = self.spec.resize(decode(content, self.limits))
            kind = sniff(content, max_bytes=self.limits.max_bytes)
        except AppError as exc:
            return Outcome(filename, label, "rejected", exc.message)
        sha256 = hashlib.sha256(content).hexdigest()
        known_sample = samples.find(self.database, sha256)
        if known_sample is None:
            figures = film_statistics(image)
            record = SampleRecord(
                sha256=sha256,
                label=label,
                filename=filename,
                file=f"{label}/{sha256}.{EXTENSIONS[kind]}",
                size_bytes=len(content),
                created_at=now(),
                **asdict(figures),
            )
            write_atomic(self.path_of(record), content)
            known_sample = self._register(record)
        if known_sample is None:
            return Outcome(filename, label, "stored", sha256=sha256)
        return self._known(known_sample, content, filename=filename, label=label)

    def _register(self, record: SampleRecord) -> SampleRecord | None:
        """Describe a stored file; returns the sample that was there first, if one was."""
        try:
            if samples.add(self.database, record):
                return None
        except AppError:
            self.path_of(record).unlink(missing_ok=True)
            raise
        first = samples.get(self.database, record.sha256)
        if first.file != record.file:
            self.path_of(record).unlink(missing_ok=True)
        return first

    def _known(self, sample: SampleRecord, content: bytes, *, filename: str, label: str) -> Outcome:
        if sample.label != label:
            reason = f"The same picture is already stored as {sample.label}; it was not changed."
            return Outcome(filename, label, "conflict", reason, sample.sha256)
        if not self.path_of(sample).exists():
            write_atomic(self.path_of(sample), content)
        return Outcome(filename, label, "duplicate", "Already stored.", sample.sha256)


def _is_archive(file: IO[bytes]) -> bool:
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    return is_archive(head)


def tally(outcomes: Iterable[Outcome]) -> Counter[str]:
    """How many files had each outcome."""
    return Counter(outcome.outcome for outcome in outcomes)


def _as_error(outcome: Outcome) -> dict[str, str]:
    return {key: value for key, value in asdict(outcome).items() if value is not None}
