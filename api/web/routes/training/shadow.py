"""`/models/{version}/shadow`: a version is asked about live films, beside the champion."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.serving.scheduling.work_pool import runs_in
from api.web.deps import S
from api.web.principals import principal_of
from api.web.problems import documented
from api.web.responses.stored_answers.shown import note_shown_ids
from api.web.responses.watching.shadow_reports import shadow_report
from api.web.schemas.training.shadow import ShadowReport

router = APIRouter(prefix="/models/{version}/shadow", tags=["models"])

SHOWN = 50
Limit = Annotated[int, Query(ge=0, le=500, description="Most disagreements that are listed.")]


@router.post("", responses=documented(403, 404, 409, 422, 503, 507))
@runs_in("operation")
def start_shadow(version: str, request: Request, services: S) -> ShadowReport:
    """Ask a version about each film that the champion answers, after it was answered.

    Nobody waits for it: it works at the lowest priority, and films are left out (and counted) while
    others wait. One version at a time; it ends by `DELETE`, or when the version is promoted.
    """
    services.serving.shadow.start(version, by=principal_of(request.scope).name)
    return shadow_report(services, version, limit=SHOWN)


@router.get("", responses=documented(404, 422, 503, 507))
@runs_in("operation")
def get_shadow(version: str, request: Request, services: S, limit: Limit = SHOWN) -> ShadowReport:
    """How the version would have answered otherwise, the worst disagreements first."""
    services.storage.store.weights_of(version)
    report = shadow_report(services, version, limit=limit)
    ids = [each.prediction.rpartition("/")[2] for each in report.disagreements]
    note_shown_ids(request, services, ids)
    return report


@router.delete("", responses=documented(403, 404, 409, 422, 503, 507))
@runs_in("operation")
def stop_shadow(version: str, services: S) -> ShadowReport:
    """Ask it no more; what it answered stays."""
    services.serving.shadow.stop(version)
    return shadow_report(services, version, limit=SHOWN)
