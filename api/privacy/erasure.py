"""Erasing what is stored of a patient, of files of one name, or from before a day: rows, images,
cached activations; and which checkpoints have learned from it."""

import contextlib
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from api.errors import AppError, NotFound, StorageFailed
from api.inputs.filenames import printable_name
from api.inputs.images.dicom.facts import in_folder_of
from api.inputs.stored_names import KEY_NAME, filename_policy, hashed
from api.records.answers import predictions
from api.records.audit_log import erasure
from api.records.audit_log.erasure import ErasureRequest, RemovedPrediction, StoredSample
from api.records.database import empty_log
from api.records.servers.shared_keys import PATIENT_KEY, check_keys
from api.records.training_images import samples
from api.registry.manifest import LEARNED, read_manifest
from api.registry.store import Store, replay_path
from api.samples.collection import SampleCollection
from api.samples.curation import delete
from api.samples.erasing import unregistered
from api.samples.erasing.outgoing_instances import forget_outgoing, waiting_of
from api.samples.erasing.set_aside import erase_set_aside, matching
from api.samples.image_retention import RetainedImages
from api.samples.open_collection import patient_pseudonyms
from api.settings import Settings
from api.storage.blob_store import BlobStore
from api.storage.places import shared_store

logger = logging.getLogger(__name__)

# No upload that is at work has written a film and not its row for so long.
SETTLED_S = 300.0
SHA256_ARRAY = re.compile(r"(\w+)_sha256")


@dataclass(frozen=True, slots=True)
class LearnedFrom:
    """A version, how many of the films it was trained or calibrated with, and how many its replay
    memory or its hold-out holds."""

    version: str
    learned: int
    remembered: int


@dataclass(frozen=True, slots=True)
class Found:
    """What of one task is erased, or would be."""

    task: str
    predictions: tuple[RemovedPrediction, ...]
    samples: tuple[StoredSample, ...]
    # Hashes of films that were kept for feedback.
    images: tuple[str, ...]
    versions: tuple[LearnedFrom, ...]
    # Hashes of films that were deleted, and could still come back.
    set_aside: tuple[str, ...] = ()
    # Files in a store that no record knows, so that nobody can say whose films they are: they go
    # with every erasure, as they would go by themselves.
    unregistered: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(
            self.predictions
            or self.samples
            or self.images
            or self.versions
            or self.set_aside
            or self.unregistered
        )

    @property
    def hashes(self) -> frozenset[str]:
        """Of all films that it is about, with their metadata and without."""
        own = {h for image in self.samples for h in (image.sha256, image.sent_sha256) if h}
        answered = {one.image_sha256 for one in self.predictions}
        return frozenset(own | answered | set(self.set_aside))


@dataclass(frozen=True, slots=True)
class Eraser:
    """Erases within one task; a server may run beside it."""

    settings: Settings
    database: Engine
    collection: SampleCollection
    store: Store
    by: str

    @property
    def task(self) -> str:
        return self.collection.task.name

    def find(self, request: ErasureRequest) -> Found:
        """What a request is about; nothing is changed. Raises: StoreBusy, StorageFailed."""
        images = erasure.find_samples(self.database, request, task=self.task)
        answers = erasure.find_predictions(self.database, request, images, task=self.task)
        found = Found(self.task, tuple(answers), tuple(images), (), ())
        aside = list(
            matching(
                self.collection,
                patients=request.patient_ids,
                filenames=request.filenames,
                before=request.before,
                hashes=found.hashes,
            )
        )
        # Their answers go with them, as those of films that were not deleted before.
        gone = [StoredSample(sample.sha256, sample.sent_sha256) for sample in aside]
        answers = erasure.find_predictions(self.database, request, [*images, *gone], task=self.task)
        answers += self._waiting(request, {one.id for one in answers})
        found = replace(
            found,
            predictions=tuple(answers),
            set_aside=tuple(sample.sha256 for sample in aside),
        )
        return Found(
            self.task,
            found.predictions,
            found.samples,
            tuple(h for h in sorted(found.hashes) if self._is_kept(h)),
            tuple(learned_from(self.store, found.hashes)),
            found.set_aside,
            unregistered.find(self.collection, older_than_s=SETTLED_S).may_go,
        )

    def _is_kept(self, sha256: str) -> bool:
        retained = self.collection.retained
        return retained is not None and retained.head(sha256) is not None

    def _waiting(self, request: ErasureRequest, known: set[str]) -> list[RemovedPrediction]:
        """Answers about DICOM instances of the patient whose results wait to be sent."""
        folder, names = self.settings.outgoing_dir, self.collection.pseudonyms
        if request.patient is None or names is None:
            return []
        waiting = waiting_of(
            folder,
            request.patient,
            names,
            max_pixels=self.settings.max_pixels,
            shared=shared_store(self.settings, "outgoing"),
        )
        found = []
        for identifier in set(waiting) - known:
            # Of another task, or erased a moment ago.
            with contextlib.suppress(NotFound):
                record = predictions.get(self.database, identifier, task=self.task)
                found.append(RemovedPrediction(record.id, record.image_sha256))
        return found

    def erase(self, found: Found, request: ErasureRequest) -> None:
        """Erase it. What was cut off goes on with the same request.

        Raises: StoreBusy, StorageFailed; where files of a film stay whose row is gone, after all
            else is erased.
        """
        if self.collection.retained is not None:
            self.collection.retained.delete(*found.images)
        forget_outgoing(
            self.settings.outgoing_dir,
            (one.id for one in found.predictions),
            shared=shared_store(self.settings, "outgoing"),
        )
        unfinished: StorageFailed | None = None
        for image in found.samples:
            try:
                delete(self.collection, image.sha256, remark="", by=self.by)
            except StorageFailed as exc:
                # Without its row the same request would not find what else there is of it.
                if samples.find(self.database, image.sha256, task=self.task) is not None:
                    raise
                logger.warning("film not erased whole reason=%r", exc.message)
                unfinished = unfinished or exc
            except NotFound:
                # Somebody else was faster, and may have put it aside.
                with contextlib.suppress(NotFound):
                    erase_set_aside(self.collection, image.sha256)
        if found.unregistered:
            unregistered.sweep(self.collection, older_than_s=SETTLED_S)
        for sha256 in found.set_aside:
            with contextlib.suppress(NotFound):
                erase_set_aside(self.collection, sha256)
        for _ in erasure.remove_predictions(self.database, found.predictions, task=self.task):
            pass
        erasure.forget_words(self.database, request, found.hashes, task=self.task)
        empty_log(self.database)
        if unfinished:
            raise unfinished


def erase_prediction(
    database: Engine,
    retained: RetainedImages,
    prediction_id: str,
    *,
    task: str,
    outgoing_dir: Path,
    shared_outgoing: BlobStore | None = None,
) -> RemovedPrediction:
    """Erase an answer, with its heat map, feedback, intakes, the image that was kept of it and the
    instance whose results wait to be sent.

    A sample that came of it stays: a person labelled it, and `DELETE /samples/{sha256}` deletes it.

    Raises: NotFound, StoreBusy, StorageFailed.
    """
    gone = erasure.remove_prediction(database, prediction_id, task=task)
    retained.drop(gone.image_sha256)
    forget_outgoing(outgoing_dir, [gone.id], shared=shared_outgoing)
    return gone


def request_for(
    settings: Settings,
    database: Engine,
    *,
    patient: str | None,
    filename: str | None,
    before: datetime | None,
) -> ErasureRequest:
    """A request, with the name in each form in which it may be stored.

    Raises: WrongKey, StoreBusy, StorageFailed.
    """
    # By another key than the others' nothing would be found.
    asked = [key for key, of in ((PATIENT_KEY, patient), (KEY_NAME, filename)) if of is not None]
    check_keys(database, settings.state_dir, node=settings.node_name, names=asked)
    names: set[str] = set()
    if filename is not None:
        plain = printable_name(filename)
        names.add(plain)
        # Also where names are not hashed any more.
        if (settings.state_dir / KEY_NAME).is_file():
            key = filename_policy(settings.model_copy(update={"keep_filenames": "hashed"})).key
            names.add(hashed(plain, key or b""))
    pseudonym = None
    # Where nobody has a key, no DICOM film was stored.
    if patient and (settings.state_dir / PATIENT_KEY).is_file():
        issued = patient if "\\" in patient else in_folder_of(patient)
        pseudonym = patient_pseudonyms(settings, database).of(issued or patient)
    return ErasureRequest(patient, frozenset(names), before, pseudonym)


def learned_from(store: Store, hashes: frozenset[str]) -> Iterable[LearnedFrom]:
    """The checkpoints in which something of these films is, oldest first."""
    if not hashes:
        return
    for version in store.versions():
        learned, remembered = _learned(store, version, hashes), _remembered(store, version, hashes)
        if learned or remembered:
            yield LearnedFrom(version, learned, remembered)


def _learned(store: Store, version: str, hashes: frozenset[str]) -> int:
    try:
        lines = read_manifest(store.get(version)) or []
    except AppError:
        return 0
    return len({line.sha256 for line in lines if line.split in LEARNED} & hashes)


def _remembered(store: Store, version: str, hashes: frozenset[str]) -> int:
    """How many of the films the version's replay memory holds, as activations of its network."""
    try:
        with np.load(replay_path(store.weights_of(version)), allow_pickle=False) as stored:
            known = {
                bytes(row).hex()
                for name in stored.files
                if SHA256_ARRAY.fullmatch(name)
                for row in stored[name]
            }
    except (AppError, OSError, ValueError, KeyError):
        return 0
    return len(known & hashes)
