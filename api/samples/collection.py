"""The collection of labelled images: each file is stored whole, or refused with its reason."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from api.clock import now
from api.errors import (
    AppError,
    InvalidUpload,
    ModelNotReady,
    OutcomeUnknown,
    StorageFailed,
    StorageUnavailable,
    StoreBusy,
    UnreadableImage,
)
from api.inputs.filenames import printable_name
from api.inputs.images.decoding import Limits
from api.inputs.images.description import ImageDescription, describe
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.stored_names import KEEP_NAMES, FilenamePolicy
from api.kinds.by_name import kind_of
from api.kinds.kind import Kind
from api.records.database import check_file
from api.records.training_images import sample_edits, sample_history, samples
from api.records.training_images.sample_history import SampleChange, SampleChangeKind
from api.records.training_images.sample_lock import lock_place, sample_lock
from api.records.training_images.samples import SampleRecord
from api.registry.holdout import HoldoutHashes
from api.samples import outcome_reasons
from api.samples.archive.reader import ArchiveLimits
from api.samples.duplicates import PerceptualIndex
from api.samples.outcomes import UNKNOWN_PROVENANCE, FileState, Provenance, UploadOutcome
from api.samples.provenance import settled, stored_name, with_stored_filename
from api.samples.pseudonyms import PatientPseudonyms
from api.storage.blob_store import BlobStore
from api.storage.folder_store import FolderStore
from api.tasks.task import Task

# As long as the check of a site's films may take; a thousand films take one or two minutes.
MAX_UPLOAD_S = 900.0


@dataclass(frozen=True, slots=True)
class SampleCollection:
    """A task's training images, described in the database: files below `folder`, or in `store`.

    With a store `folder` is only where people put films that are to become samples. `latents` and
    `retained` are where a film leaves something else behind: cached activations, and films of
    answers that wait for feedback; `shared_latents` is where several machines keep the former.
    """

    task: Task
    folder: Path
    database: Engine
    limits: Limits
    archive_limits: ArchiveLimits
    held_out: Callable[[], HoldoutHashes] = HoldoutHashes
    # Where images are decoded; a server's are read in processes of their own.
    describe: Callable[[bytes, Limits, PreprocessingSpec], ImageDescription] = describe
    max_upload_s: float = MAX_UPLOAD_S
    latents: Path | None = None
    retained: BlobStore | None = None
    # Where several machines have the same samples; None: in the folder.
    store: BlobStore | None = None
    # Of patients of DICOM films; None: nobody is told from anybody else.
    pseudonyms: PatientPseudonyms | None = None
    shared_latents: BlobStore | None = None
    # In which form file names are stored.
    names: FilenamePolicy = KEEP_NAMES

    @property
    def spec(self) -> PreprocessingSpec:
        return PreprocessingSpec.model_validate(self.task.preprocessing)

    @property
    def kind(self) -> Kind:
        return kind_of(self.task.kind)

    @property
    def files(self) -> BlobStore:
        """Where the samples' files are, by `SampleRecord.file`."""
        return self.store or FolderStore(self.folder)

    @contextlib.contextmanager
    def locked(self, sha256: str) -> Iterator[None]:
        """Nobody else changes this film's file or row meanwhile, in whatever process.

        Never hold it for two films at once: they may share a lock.

        Raises: StoreBusy, StorageFailed also where the records' file is not the one that is open.
        """
        check_file(self.database)
        otherwise = self.folder.parent if self.store is None else None
        with sample_lock(lock_place(self.database, otherwise=otherwise), sha256):
            yield

    def neighbours(self) -> PerceptualIndex:
        """The pictures that are there now."""
        return PerceptualIndex.of(samples.near_hashes(self.database, task=self.task.name))

    def counts(self) -> dict[str, int]:
        """Samples of each of the task's classes, zero included, and of coarse labels in use."""
        found = samples.counts(self.database, task=self.task.name)
        shown = (n for n in self.task.known_labels if n in self.task.labels or found.get(n))
        return {label: found.get(label, 0) for label in shown}

    def require_label(self, label: str) -> str:
        """The class a word stands for. Raises: InvalidUpload."""
        known = self.task.label_named(label)
        if known is None:
            known_labels = ", ".join(self.task.known_labels)
            raise InvalidUpload(
                f"There is no class '{label[:100]}'; the classes are {known_labels}."
            )
        return known

    def add(
        self,
        content: bytes,
        *,
        filename: str,
        label: str | None,
        about: Provenance = UNKNOWN_PROVENANCE,
        known: PerceptualIndex | None = None,
    ) -> UploadOutcome:
        """Take in one image; `known` are the pictures that are there already.

        Of a DICOM film its picture is stored, and of its patient a pseudonym (`provenance`).

        Raises: StorageFailed, StorageUnavailable, StoreBusy, InvalidCheckpoint.
        """
        filename = printable_name(filename)
        if label is None:
            reason = outcome_reasons.no_class(self.task.known_labels)
            return UploadOutcome(filename, None, FileState.REJECTED, reason)
        sent = content
        try:
            described = self.describe(sent, self.limits, self.spec)
            if described.stored is not None:
                # The picture alone, in a format that has room for nothing else.
                content = described.stored
            else:
                content = self.kind.without_metadata(sent)
                if content != sent:
                    described = self._same_picture(described, content)
            about = settled(about, described, self.pseudonyms)
        except (StorageFailed, StorageUnavailable, StoreBusy, ModelNotReady):
            # About this server, not about the file.
            raise
        except AppError as exc:
            return UploadOutcome(filename, label, FileState.REJECTED, exc.message)
        sha256 = hashlib.sha256(content).hexdigest()
        record = SampleRecord(
            sha256=sha256,
            sent_sha256=hashlib.sha256(sent).hexdigest() if content != sent else None,
            label=label,
            filename=stored_name(filename, about, described),
            file=self.file_of(label, sha256, described.extension),
            size_bytes=len(content),
            created_at=now(),
            near_hash=described.near_hash or None,
            **about.columns(),
            **asdict(described.statistics),
        )
        # Whoever sent it is told of it by the name that they know.
        placed = self._placed(record, content, known or self.neighbours())
        return replace(placed, filename=filename)

    def _same_picture(self, described: ImageDescription, stripped: bytes) -> ImageDescription:
        """The description of a file without its metadata. Raises: UnreadableImage if it does not
        show what it did."""
        again = self.describe(stripped, self.limits, self.spec)
        if (again.near_hash, again.statistics) != (described.near_hash, described.statistics):
            raise UnreadableImage(outcome_reasons.METADATA_REASON)
        return again

    def _placed(
        self, record: SampleRecord, content: bytes, known: PerceptualIndex
    ) -> UploadOutcome:
        """Store a film, or say what it meets. One film is locked at a time."""
        while True:
            with self.locked(record.sha256):
                found = self._stored(record, content, known)
            if isinstance(found, UploadOutcome):
                return found
            if met := self._nearly_again(found, record):
                return met
            # Deleted since the neighbours were looked up.
            known.forget(found)

    def _stored(
        self, record: SampleRecord, content: bytes, known: PerceptualIndex
    ) -> UploadOutcome | str:
        """What came of a film; or the hash of the stored film that shows the same picture."""
        sha256, near = record.sha256, record.near_hash or b""
        if twin := samples.find(self.database, sha256, task=self.task.name):
            return self._again(twin, content, filename=record.filename, label=record.label)
        # A release that stored files as they were sent knows this one by its whole content.
        if sent_before := self._as_sent(record):
            return sent_before
        if self.held_out().covers(record.sent_sha256 or sha256, near):
            held_out = outcome_reasons.HELD_OUT_REASON.format(noun=self.kind.noun)
            return UploadOutcome(
                record.filename, record.label, FileState.REJECTED, held_out, sha256
            )
        deletion = sample_history.deletion(self.database, sha256, task=self.task.name)
        if deletion and not outcome_reasons.is_sent_on_purpose(record):
            return outcome_reasons.deleted_before(record, deletion)
        if neighbour := known.nearest(near):
            return neighbour
        if not outcome_reasons.is_sent_on_purpose(record) and (
            twin_gone := self._near_deletion(near)
        ):
            return outcome_reasons.deleted_before(record, twin_gone)
        self.files.put(record.file, content)
        if twin := self._register(record):
            return self._again(twin, content, filename=record.filename, label=record.label)
        known.add(sha256, near)
        reason = outcome_reasons.taken_back(deletion) if deletion else None
        return UploadOutcome(record.filename, record.label, FileState.STORED, reason, sha256)

    def _as_sent(self, record: SampleRecord) -> str | None:
        """The sample that is the file as it was sent, metadata and all; None if there is none."""
        sent = record.sent_sha256
        known = sent and samples.find(self.database, sent, task=self.task.name)
        return sent if known else None

    def _near_deletion(self, near: bytes) -> SampleChange | None:
        """How a film was deleted that shows the same picture in another file."""
        gone = PerceptualIndex.of(
            sample_history.deleted_near_hashes(self.database, task=self.task.name)
        ).nearest(near)
        return sample_history.deletion(self.database, gone, task=self.task.name) if gone else None

    def file_of(self, label: str, sha256: str, extension: str) -> str:
        """Where a sample of a class belongs, below the collection's folder."""
        return f"{label}/{sha256}.{extension}"

    def _register(self, record: SampleRecord) -> SampleRecord | None:
        """Describe a stored file; returns the sample that was there first, if one was."""
        try:
            named = with_stored_filename(record, self.task, self.names)
            if samples.add(self.database, named, task=self.task.name):
                return None
        except AppError as exc:
            if not isinstance(exc, OutcomeUnknown) or self._stays_absent(record):
                with contextlib.suppress(AppError):
                    self.files.delete(record.file)
            raise
        first = samples.get(self.database, record.sha256, task=self.task.name)
        if first.file != record.file:
            self.files.delete(record.file)
        return first

    def _stays_absent(self, record: SampleRecord) -> bool:
        """Whether a commit that nobody answered never came about. With a store the film's lock may
        have gone with the connection, so that `unregistered` has to look later."""
        if self.store is None:
            with contextlib.suppress(AppError):
                return samples.is_absent(self.database, record.sha256, task=self.task.name)
        return False

    def _again(
        self, twin: SampleRecord, content: bytes, *, filename: str, label: str
    ) -> UploadOutcome:
        if twin.label != label:
            return self._conflict(twin, filename=filename, label=label)
        if self.files.head(twin.file) is None:
            self.files.put(twin.file, content)
        return UploadOutcome(filename, label, FileState.DUPLICATE, "Already stored.", twin.sha256)

    def _nearly_again(self, sha256: str, record: SampleRecord) -> UploadOutcome | None:
        """What a film meets that is stored in another file; None if that one is gone by now."""
        with self.locked(sha256):
            neighbour = samples.find(self.database, sha256, task=self.task.name)
            if neighbour is None:
                return None
            if neighbour.label != record.label:
                return self._conflict(neighbour, filename=record.filename, label=record.label)
        reason = outcome_reasons.stored_in_another_file(neighbour)
        return UploadOutcome(
            record.filename, record.label, FileState.NEAR_DUPLICATE, reason, record.sha256
        )

    def _conflict(self, stored: SampleRecord, *, filename: str, label: str) -> UploadOutcome:
        """Nobody learns from a picture of two classes until a person has decided."""
        history = sample_history.changes(self.database, stored.sha256, task=self.task.name)
        decided = [change for change in history if change.what == SampleChangeKind.RESOLVED]
        if decided and stored.disputed is None:
            reason = outcome_reasons.decided_otherwise(stored, decided[-1], self.kind.content)
            return UploadOutcome(filename, label, FileState.CONFLICT, reason, stored.sha256)
        if stored.disputed is None:
            remark = f"The same {self.kind.content} came as {label}."
            name = self.task.name
            sample_edits.dispute(self.database, stored.sha256, label, remark=remark, task=name)
        reason = outcome_reasons.in_another_class(stored, self.kind.content)
        return UploadOutcome(filename, label, FileState.CONFLICT, reason, stored.sha256)
