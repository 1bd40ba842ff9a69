"""Whoever is shown an answer has seen it: noted for blinded readings."""

import logging
from collections.abc import Callable, Collection, Iterable

from fastapi import Request

from api.accounts.rights import Right
from api.errors import AppError
from api.records.answers import shown
from api.records.answers.predictions import PredictionRecord
from api.services import Services
from api.web.principals import principal_of

logger = logging.getLogger(__name__)


def note_shown(request: Request, services: Services, records: Iterable[PredictionRecord]) -> None:
    """Remember that whoever asks has seen these answers, before they are sent."""
    _note(request, services, lambda: {record.image_sha256 for record in records})


def note_shown_ids(request: Request, services: Services, ids: Collection[str]) -> None:
    """The same of answers by id."""
    database, task = services.records.database, services.task.name
    _note(request, services, lambda: shown.images_of(database, ids, task=task))


def note_shown_images(request: Request, services: Services, images: Collection[str]) -> None:
    """The same of films that are shown with what a model says of them; by SHA-256."""
    _note(request, services, lambda: images)


def is_known_to(request: Request, services: Services, record: PredictionRecord) -> bool:
    """Whether whoever asks has seen an answer about the film of this one: it was shown to them, or
    they sent the film. `local` is nobody in particular, who may have sent it for others.

    Raises: StoreBusy, StorageFailed.
    """
    principal = principal_of(request.scope)
    database, task = services.records.database, services.task.name
    if principal.kind in {"user", "key"} and (
        record.actor == principal.name
        or shown.was_sent_by(database, record.image_sha256, sender=principal.name, task=task)
    ):
        return True
    return shown.was_shown(database, record.image_sha256, reader=principal.name, task=task)


def _note(request: Request, services: Services, images: Callable[[], Collection[str]]) -> None:
    principal = principal_of(request.scope)
    # Who may not say what a film shows can read no film blinded.
    if not principal.may(Right.LABEL):
        return
    try:
        shown.note(
            services.records.database, images(), reader=principal.name, task=services.task.name
        )
    except AppError as exc:
        # Answers can be read where nothing can be written: on a full disk, in an upgrade.
        logger.warning("shown answers not noted reader=%r reason=%r", principal.name, exc.message)
