"""What people say about answers, and which answers they should look at."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.clock import now
from api.errors import InvalidRequest
from api.monitoring.review import Item, ranked
from api.records.answers import feedback, predictions
from api.records.answers.feedback import FeedbackRecord
from api.records.answers.predictions import PredictionRecord
from api.samples.outcomes import Provenance, UploadOutcome
from api.services import Services
from api.serving.scheduling.work_pool import place_in, runs_in
from api.web.auditing import Action, Audited
from api.web.deps import OfPictures, S
from api.web.links import link
from api.web.problems import documented
from api.web.responses.images import PNG, png
from api.web.responses.stored_answers.pictures import film_png
from api.web.routes.answers.preview import SideLength
from api.web.schemas.answers.predictions import Prediction
from api.web.schemas.answers.review import Feedback, FeedbackGiven, ReviewItem, ReviewQueue
from api.web.schemas.teaching.samples import FileOutcome

router = APIRouter(tags=["review"])

SHOWN_PX = 768
# Of older answers without a word, nobody remembers the patient.
MAX_CONSIDERED = 2000
ORIGIN = "feedback"


@router.post(
    "/predictions/{prediction_id}/feedback",
    status_code=201,
    responses=documented(403, 404, 409, 422, 503, 507),
)
def give(prediction_id: str, services: S, audit: Audited, body: FeedbackGiven) -> Feedback:
    """Say what a film shows. If it was kept (`ROENTGEN_KEEP_IMAGES`), it becomes a sample."""
    record = predictions.get(services.records.database, prediction_id, task=services.task.name)
    label = services.task.label_named(body.label)
    if label is None:
        known = ", ".join(services.task.known_labels)
        raise InvalidRequest(f"There is no class '{body.label}'; the classes are {known}.")
    outcome = _sampled(services, record, label, added_by=audit.actor)
    stored = outcome is not None and outcome.outcome == "stored"
    answered = FeedbackRecord(
        prediction_id=prediction_id,
        at=now(),
        label=label,
        remark=body.remark,
        given_by=audit.actor,
        sample=outcome.sha256 if outcome and stored else None,
    )
    feedback.add(services.records.database, answered, task=services.task.name)
    audit.record(
        Action.LABEL,
        prediction_id,
        before={"answer": record.label},
        after={"label": label, "sample": answered.sample},
    )
    if stored:
        services.storage.retained_images.drop(record.image_sha256)
    return Feedback(
        prediction_id=prediction_id,
        label=label,
        agrees=services.task.fits(label, record.label),
        remark=body.remark,
        at=answered.at,
        sample=FileOutcome.model_validate(outcome) if outcome else None,
    )


@router.get("/review", responses=documented(422, 503, 507))
def queue(services: S, limit: Annotated[int, Query(ge=1, le=200)] = 20) -> ReviewQueue:
    """Answers without feedback, those most worth a look first."""
    waiting = feedback.waiting(
        services.records.database, limit=MAX_CONSIDERED, task=services.task.name
    )
    items = ranked(waiting, services.task.negative_class)
    return ReviewQueue(
        total=len(items), items=[_as_schema(services, item) for item in items[:limit]]
    )


@router.get(
    "/predictions/{prediction_id}/film.png",
    dependencies=[OfPictures, place_in("pictures")],
    responses=PNG | documented(404, 422, 429, 503, 507),
    response_class=Response,
)
@runs_in("pictures")
def film(prediction_id: str, services: S, side_px: SideLength = SHOWN_PX) -> Response:
    """The film of an answer, if it was kept."""
    record = predictions.get(services.records.database, prediction_id, task=services.task.name)
    return png(film_png(services, record, side_px=side_px))


def _sampled(
    services: Services, record: PredictionRecord, label: str, *, added_by: str
) -> UploadOutcome | None:
    """What became of the film as a sample; None if it was not kept."""
    content = services.storage.retained_images.read(record.image_sha256)
    if content is None:
        return None
    about = Provenance(source=None, origin=ORIGIN, added_by=added_by)
    return services.storage.collection.add(
        content, filename=record.filename, label=label, about=about
    )


def _as_schema(services: Services, item: Item) -> ReviewItem:
    is_retained = services.storage.retained_images.has(item.prediction.image_sha256)
    return ReviewItem(
        prediction=Prediction.model_validate(item.prediction),
        priority=item.priority,
        why=list(item.why),
        film=link(f"/predictions/{item.prediction.id}/film.png") if is_retained else None,
    )
