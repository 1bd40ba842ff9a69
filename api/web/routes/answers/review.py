"""Which answers people should look at, and how far those who did agree."""

from collections.abc import Iterable
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request

from api.kinds.by_name import kind_of
from api.monitoring.reader_agreement import compared
from api.monitoring.review import Item, Worth, ranked
from api.records.answers import feedback
from api.records.answers.prediction_filter import PredictionFilter
from api.records.answers.predictions import PredictionRecord
from api.services import Services
from api.web.deps import S
from api.web.links import link
from api.web.principals import principal_of
from api.web.problems import documented
from api.web.responses.stored_answers.shown import note_shown
from api.web.routes.answers.feedback import sample_of
from api.web.schemas.answers.predictions import Prediction
from api.web.schemas.answers.review import (
    ComparedReaders,
    ReadingAgreement,
    ReviewItem,
    ReviewQueue,
)

router = APIRouter(prefix="/review", tags=["review"])

# Of older answers without a word, nobody remembers the patient.
MAX_CONSIDERED = 2000
MAX_WORDS = 20_000
Reader = Literal["first", "second"]
Reason = Literal["any", "referred", "near_threshold", "disagreed", "unfamiliar"]


@router.get("", responses=documented(422, 503, 507))
def queue(
    request: Request,
    services: S,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    reason: Annotated[
        Reason | None,
        Query(description="Why it is worth a look; `any`: for one of these reasons at least."),
    ] = None,
    source: Annotated[str | None, Query(max_length=100, description="Of this site.")] = None,
    reader: Annotated[
        Reader,
        Query(
            description="`first`: answers that nobody has said anything about; `second`: those "
            "about which one other person has, and whoever asks has not."
        ),
    ] = "first",
    blinded: Annotated[bool, Query(description="Hide the answers, and why each waits.")] = False,
    kept: Annotated[bool, Query(description="Only those whose film can be looked at.")] = False,
) -> ReviewQueue:
    """Answers that wait for somebody's word, those most worth a look first."""
    waiting = _waiting(services, reader, who=principal_of(request.scope).name, source=source)
    items = [
        item
        for item in ranked(waiting, services.task.negative_class)
        if reason is None or (item.worth if reason == "any" else Worth(reason) in item.worth)
    ]
    images = _with_images(services, items, reader)
    shown = [item for item in items if item.prediction.id in images] if kept else items
    if not blinded:
        note_shown(request, services, [item.prediction for item in shown[:limit]])
    return ReviewQueue(
        total=len(shown),
        without_film=len(items) - len(images),
        items=[
            _as_schema(services, item, is_kept=item.prediction.id in images, blinded=blinded)
            for item in shown[:limit]
        ],
    )


@router.get("/agreement", responses=documented(503, 507))
def agreement(services: S) -> ReadingAgreement:
    """How far people agree who read the same films, and each of them with the model.

    Of each person the newest word about a film counts; of the newest 20,000 words.
    """
    words = feedback.readings(services.records.database, task=services.task.name, limit=MAX_WORDS)
    return ReadingAgreement(
        pairs=[ComparedReaders.model_validate(pair) for pair in compared(words, services.task)]
    )


def _waiting(
    services: Services, reader: Reader, *, who: str, source: str | None
) -> list[PredictionRecord]:
    database, task = services.records.database, services.task.name
    filters = PredictionFilter(source=source)
    if reader == "first":
        return feedback.waiting(database, limit=MAX_CONSIDERED, task=task, filters=filters)
    return feedback.waiting_for_second(
        database, reader=who, limit=MAX_CONSIDERED, task=task, filters=filters
    )


def _with_images(services: Services, items: Iterable[Item], reader: Reader) -> set[str]:
    """The answers whose film can be looked at; one that somebody labelled may be a sample."""
    retained = services.storage.retained_images
    answers = [item.prediction for item in items]
    kept = retained.those_of(answer.image_sha256 for answer in answers)
    found = {answer.id for answer in answers if answer.image_sha256 in kept}
    if reader == "first":
        return found
    others = (answer.id for answer in answers if answer.id not in found)
    return found | {identifier for identifier in others if sample_of(services, identifier)}


def _as_schema(services: Services, item: Item, *, is_kept: bool, blinded: bool) -> ReviewItem:
    answer = item.prediction
    has_pictures = kind_of(services.task.kind).has_pictures
    path = f"/predictions/{answer.id}"
    return ReviewItem(
        id=answer.id,
        prediction=None if blinded else Prediction.model_validate(answer),
        priority=item.priority,
        why=[] if blinded else list(item.why),
        film=link(f"{path}/film.png") if is_kept and has_pictures else None,
        row=link(f"{path}/row") if is_kept and not has_pictures else None,
    )
