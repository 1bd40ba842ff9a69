"""What people say about answers, and the films that were kept for it."""

from fastapi import APIRouter, Request, Response

from api.clock import now
from api.errors import InvalidRequest, NotFound
from api.records.answers import feedback, predictions
from api.records.answers.feedback import FeedbackRecord
from api.records.answers.predictions import PredictionRecord
from api.records.training_images import sample_history, samples
from api.records.training_images.sample_history import SampleChangeKind
from api.samples.curation import agree, read_image, relabel, withdraw
from api.samples.outcomes import FileState, Provenance, UploadOutcome
from api.services import Services
from api.serving.scheduling.work_pool import place_in, runs_in
from api.web.auditing import Action, Audited
from api.web.deps import OfPictures, S
from api.web.problems import documented
from api.web.responses.images import PNG, png
from api.web.responses.stored_answers.shown import is_known_to, note_shown
from api.web.routes.answers.preview import SideLength
from api.web.schemas.answers.review import Feedback, FeedbackGiven, FeedbackTakenBack
from api.web.schemas.training.samples import FileOutcome

router = APIRouter(tags=["review"])

SHOWN_PX = 768
ORIGIN = "feedback"
# What a person does to a sample to decide its class.
DECISIONS = frozenset({SampleChangeKind.RELABELLED, SampleChangeKind.RESOLVED})


@router.post(
    "/predictions/{prediction_id}/feedback",
    status_code=201,
    responses=documented(403, 404, 409, 422, 503, 507),
)
def give(
    prediction_id: str, request: Request, services: S, audit: Audited, body: FeedbackGiven
) -> Feedback:
    """Say what a film shows. If it was kept (`ROENTGEN_KEEP_IMAGES`), it becomes a sample.

    Several people may say something about one answer; of each the newest word counts. Where they
    disagree about a film that is a sample, it waits for a decision. A word is blinded where it says
    so and nothing here has shown an answer about the film to whoever says it.
    """
    database, task = services.records.database, services.task
    record = predictions.get(database, prediction_id, task=task.name)
    label = task.label_named(body.label)
    if label is None:
        known = ", ".join(task.known_labels)
        raise InvalidRequest(f"There is no class '{body.label}'; the classes are {known}.")
    blinded = body.blinded and not is_known_to(request, services, record)
    outcome = _sampled(services, record, label, added_by=audit.actor)
    stored = outcome is not None and outcome.outcome == FileState.STORED
    answered = FeedbackRecord(
        prediction_id=prediction_id,
        at=now(),
        label=label,
        remark=body.remark,
        given_by=audit.actor,
        sample=outcome.sha256 if outcome and stored else None,
        blinded=blinded,
    )
    feedback.add(database, answered, task=task.name)
    # The answer below says whether the model agrees.
    note_shown(request, services, [record])
    audit.record(
        Action.LABEL,
        prediction_id,
        before={"answer": record.label},
        after={"label": label, "sample": answered.sample, "blinded": blinded},
    )
    if stored:
        services.storage.retained_images.drop(record.image_sha256)
    return Feedback(
        prediction_id=prediction_id,
        label=label,
        agrees=task.fits(label, record.label),
        remark=body.remark,
        blinded=blinded,
        at=answered.at,
        sample=FileOutcome.model_validate(outcome) if outcome else None,
    )


@router.delete(
    "/predictions/{prediction_id}/feedback", responses=documented(403, 404, 422, 503, 507)
)
def take_back(prediction_id: str, services: S, audit: Audited) -> FeedbackTakenBack:
    """Take back one's own newest word about an answer.

    A film that became a sample by it is none any more, and is kept for the next word.
    """
    database, task = services.records.database, services.task.name
    record = predictions.get(database, prediction_id, task=task)
    word = feedback.take_back(database, prediction_id, given_by=audit.actor, task=task)
    if word is None:
        raise NotFound(f"'{audit.actor}' has said nothing about prediction '{prediction_id}'.")
    gone = None
    if word.sample:
        gone = _withdrawn(services, record, word.sample, by=audit.actor)
    elif (sample := sample_of(services, prediction_id)) is not None:
        _agreed(services, prediction_id, sample, word.label, by=audit.actor)
    audit.record(
        Action.LABEL_TAKEN_BACK,
        prediction_id,
        before={"label": word.label, "sample": word.sample},
    )
    return FeedbackTakenBack(prediction_id=prediction_id, label=word.label, sample=gone)


@router.get(
    "/predictions/{prediction_id}/film.png",
    dependencies=[OfPictures, place_in("pictures")],
    responses=PNG | documented(404, 422, 429, 503, 507),
    response_class=Response,
)
@runs_in("pictures")
def film(prediction_id: str, services: S, side_px: SideLength = SHOWN_PX) -> Response:
    """The film of an answer, if it was kept, or became a sample by somebody's word."""
    content = _input_of(services, prediction_id)
    backend, limits = services.serving.backend, services.serving.limits
    return png(backend.thumbnail(content, limits, side_px=side_px))


@router.get("/predictions/{prediction_id}/row", responses=documented(404, 422, 503, 507))
@runs_in("operation")
def row(prediction_id: str, services: S) -> dict[str, float]:
    """The named numbers of the row that an answer is about, kept as films are; a film has none."""
    kind = services.storage.collection.kind
    return kind.numbers(_input_of(services, prediction_id), services.task)


def _input_of(services: Services, prediction_id: str) -> bytes:
    """What was sent for an answer. Raises: NotFound if it is not kept."""
    record = predictions.get(services.records.database, prediction_id, task=services.task.name)
    content = services.storage.retained_images.read(record.image_sha256)
    if content is None and (sample := sample_of(services, prediction_id)):
        content = read_image(services.storage.collection, sample)
    if content is None:
        noun = services.storage.collection.kind.noun
        raise NotFound(
            f"The {noun} of prediction '{prediction_id}' was not kept, or is not kept any more; "
            "the setting ROENTGEN_KEEP_IMAGES says which are."
        )
    return content


def sample_of(services: Services, prediction_id: str) -> str | None:
    """The hash of the sample that the film of an answer became, if it still is one."""
    database, task = services.records.database, services.task.name
    for word in reversed(feedback.of(database, prediction_id, task=task)):
        if word.sample and samples.find(database, word.sample, task=task):
            return word.sample
    return None


def _sampled(
    services: Services, record: PredictionRecord, label: str, *, added_by: str
) -> UploadOutcome | None:
    """What became of the film as a sample; None if it was not kept."""
    content = services.storage.retained_images.read(record.image_sha256)
    about = Provenance(source=record.source, origin=ORIGIN, added_by=added_by)
    collection = services.storage.collection
    if content is not None:
        return collection.add(content, filename=record.filename, label=label, about=about)
    known = sample_of(services, record.id)
    if known is None:
        return None
    is_only_reader = _only_reader(services, record.id) == added_by
    if is_only_reader and not _decided_by_others(services, known, added_by):
        # Whoever made it a sample corrects themselves.
        relabel(collection, known, label, remark="Said again about its answer.", by=added_by)
        return UploadOutcome(
            record.filename, label, FileState.STORED, "Its class is changed.", known
        )
    content = read_image(collection, known)
    return collection.add(content, filename=record.filename, label=label, about=about)


def _withdrawn(services: Services, record: PredictionRecord, sample: str, *, by: str) -> str | None:
    """Let a sample go by the words that are left; returns its hash if it is none any more."""
    collection, task = services.storage.collection, services.task.name
    if _decided_by_others(services, sample, by):
        # Somebody has decided its class since: that is not taken back with a word about an answer.
        return None
    words = feedback.of(services.records.database, record.id, task=task)
    left = [word.label for word in words if word.sample == sample]
    if left:
        relabel(collection, sample, left[-1], remark="A later word was taken back.", by=by)
        return None
    content = withdraw(collection, sample, by=by)
    if content is not None:
        services.storage.retained_images.put_back(content, sha256=record.image_sha256)
    return sample


def _agreed(services: Services, prediction_id: str, sample: str, label: str, *, by: str) -> None:
    """A word by which a film came with two classes was taken back: unless somebody else says the
    same, it waits for no decision any more."""
    words = feedback.of(services.records.database, prediction_id, task=services.task.name)
    if label not in {word.label for word in words}:
        agree(services.storage.collection, sample, label, by=by)


def _decided_by_others(services: Services, sample: str, by: str) -> bool:
    found = sample_history.changes(services.records.database, sample, task=services.task.name)
    return any(change.what in DECISIONS and change.changed_by != by for change in found)


def _only_reader(services: Services, prediction_id: str) -> str | None:
    """Who alone has said something about an answer; None where several people have."""
    words = feedback.of(services.records.database, prediction_id, task=services.task.name)
    readers = {word.given_by for word in words}
    return readers.pop() if len(readers) == 1 else None
