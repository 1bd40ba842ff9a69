"""Finding and removing what is stored of a film, a patient, a file's name, or from before a day."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, false, or_, select, update

from api.errors import NotFound
from api.inputs.stored_names import BY_NAME
from api.records.database import reading, writing
from api.records.statistics import counters
from api.records.tables import failures, intakes, predictions
from api.records.training_images.sample_tables import sample_changes, samples
from api.records.upkeep.filename_retention import without_names
from api.records.upkeep.prediction_retention import ROWS, remove

# Hashes that one query asks for.
HASHES = 400


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """What is to go: everything of a patient, of files of one of these names, or from before.

    A film that is found is erased under whatever other name it was sent too. `pseudonym`: of the
    patient, where DICOM films were stored.
    """

    patient: str | None = None
    filenames: frozenset[str] = frozenset()
    before: datetime | None = None
    pseudonym: str | None = None

    @property
    def patient_ids(self) -> frozenset[str]:
        """As a sample may name the patient: as the sender said, as a file's name told, or by the
        pseudonym."""
        if self.patient is None:
            return frozenset()
        names = {self.patient, f"{BY_NAME}{self.patient}", self.pseudonym or self.patient}
        return frozenset(names)


@dataclass(frozen=True, slots=True)
class StoredSample:
    """A sample that is to go; `sent_sha256` of its file with metadata."""

    sha256: str
    sent_sha256: str | None


@dataclass(frozen=True, slots=True)
class RemovedPrediction:
    """An answer that is to go, and the film that it is about."""

    id: str
    image_sha256: str


def remove_prediction(engine: Engine, prediction_id: str, *, task: str) -> RemovedPrediction:
    """Remove an answer, its heat map, what was said about it and the intakes beside it.

    Its part in the totals stays, as for answers that were too old.

    Raises: NotFound, StoreBusy, StorageFailed.
    """
    gone = _remove(engine, [prediction_id], task)
    if not gone:
        raise NotFound(f"No prediction with id '{prediction_id}'; GET /predictions lists them.")
    return gone[0]


def remove_predictions(
    engine: Engine, found: Sequence[RemovedPrediction], *, task: str
) -> Iterator[RemovedPrediction]:
    """The same for many, some at a time."""
    ids = [one.id for one in found]
    for start in range(0, len(ids), ROWS):
        yield from _remove(engine, ids[start : start + ROWS], task)


def tasks_with_rows(engine: Engine) -> list[str]:
    """The tasks that have answers, samples or a history of samples."""
    found: set[str] = set()
    with reading(engine) as connection:
        for table in (predictions, samples, sample_changes):
            found.update(connection.execute(select(table.c.task).distinct()).scalars())
    return sorted(found)


def find_samples(engine: Engine, request: ErasureRequest, *, task: str) -> list[StoredSample]:
    """The training films that a request is about, also those of answers of that name."""
    of_task = select(samples.c.sha256, samples.c.sent_sha256).where(samples.c.task == task)
    with reading(engine) as connection:
        rows = connection.execute(of_task.where(_samples_to_erase(request))).all()
        images = {row.sha256: row.sent_sha256 for row in rows}
        for hashes in _chunks(_images_of_answers(connection, request, task)):
            same = samples.c.sha256.in_(hashes) | samples.c.sent_sha256.in_(hashes)
            found = connection.execute(of_task.where(same))
            images |= {row.sha256: row.sent_sha256 for row in found}
    return [StoredSample(*image) for image in sorted(images.items())]


def find_predictions(
    engine: Engine, request: ErasureRequest, images: Sequence[StoredSample], *, task: str
) -> list[RemovedPrediction]:
    """The answers that a request is about, also those about these films.

    Answers are searched one by one for a film: a minute for some millions.
    """
    query = select(predictions.c.id, predictions.c.image_sha256).where(predictions.c.task == task)
    answered: dict[str, str] = {}
    with reading(engine) as connection:
        hashes = _images_of_answers(connection, request, task)
        if request.before is not None:
            rows = connection.execute(query.where(predictions.c.created_at < request.before))
            answered |= {row.id: row.image_sha256 for row in rows}
        else:
            hashes |= {
                sha256 for image in images for sha256 in (image.sha256, image.sent_sha256) if sha256
            }
        for some in _chunks(hashes):
            rows = connection.execute(query.where(predictions.c.image_sha256.in_(some)))
            answered |= {row.id: row.image_sha256 for row in rows}
    return [RemovedPrediction(*one) for one in answered.items()]


def forget_words(
    engine: Engine, request: ErasureRequest, images: Collection[str], *, task: str
) -> None:
    """Remove free text about deleted films from their history, and names from kept refusals.

    That a film was deleted, and its hash, stay: otherwise it would be taken in again.
    """
    with writing(engine) as connection:
        for some in _chunks(set(images)):
            of_image = (sample_changes.c.task == task, sample_changes.c.sha256.in_(some))
            connection.execute(update(sample_changes).where(*of_image).values(remark=""))
        for row in connection.execute(
            select(failures.c.number, failures.c.detail).where(failures.c.task == task)
        ).all():
            if any(name in row.detail for name in request.filenames):
                words = without_names(row.detail)
                if any(name in words for name in request.filenames):
                    words = ""
                of_row = failures.c.number == row.number
                connection.execute(update(failures).where(of_row).values(detail=words))
        if request.before is not None:
            old = (failures.c.task == task, failures.c.at < request.before)
            connection.execute(delete(failures).where(*old))
            older = (intakes.c.task == task, intakes.c.created_at < request.before)
            connection.execute(delete(intakes).where(*older))


def _remove(engine: Engine, ids: Sequence[str], task: str) -> list[RemovedPrediction]:
    query = select(predictions.c.number, predictions.c.id, predictions.c.image_sha256).where(
        predictions.c.task == task, predictions.c.id.in_(ids)
    )
    with writing(engine) as connection:
        counters.note_uncounted(connection, task=task)
        found = connection.execute(query).all()
        if found:
            connection.execute(delete(intakes).where(intakes.c.prediction_id.in_(ids)))
            remove(connection, found, task=task)
    return [RemovedPrediction(row.id, row.image_sha256) for row in found]


def _samples_to_erase(request: ErasureRequest) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [false()]
    if request.patient_ids:
        conditions.append(samples.c.patient_id.in_(request.patient_ids))
    if request.filenames:
        conditions.append(samples.c.filename.in_(request.filenames))
    if request.before is not None:
        conditions.append(samples.c.created_at < request.before)
    return or_(*conditions)


def _images_of_answers(connection: Any, request: ErasureRequest, task: str) -> set[str]:
    """Hashes of the films that were sent under one of the names."""
    if not request.filenames:
        return set()
    query = select(predictions.c.image_sha256).where(
        predictions.c.task == task, predictions.c.filename.in_(request.filenames)
    )
    return set(connection.execute(query).scalars())


def _chunks(hashes: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(hashes)
    for start in range(0, len(ordered), HASHES):
        yield ordered[start : start + HASHES]
