"""`/evaluate`: is the model any good on our own films?"""

from typing import IO, Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request

from api.decision.decide import point_of
from api.errors import InvalidRequest
from api.evaluation_runs.check_process import WatchedCheck
from api.kinds.by_name import kind_of
from api.model_card.row_report import RowReport
from api.model_card.sites.site_report import SiteReport
from api.services import Services
from api.serving.scheduling.work_pool import place_in, runs_in
from api.web.deps import S
from api.web.principals import principal_of
from api.web.problems import documented
from api.web.responses.batch_stream import CancellableStream
from api.web.responses.check_stream import begun
from api.web.responses.content_negotiation import JSON, NDJSON, preferred
from api.web.uploads.upload_form import ARCHIVE_BODY, SentArchive

router = APIRouter(tags=["models"])


Report = SiteReport | RowReport
STEPS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Report,
        "description": "The report; as lines how far the check is, and the report in the last.",
        "content": {NDJSON: {"schema": {"$ref": "#/components/schemas/CheckStep"}}},
    }
}


def wants_steps(
    accept: Annotated[
        str, Header(description=f"{JSON}, or {NDJSON} to be told how far it is.")
    ] = "*/*",
) -> bool:
    """Whether the header prefers lines."""
    return preferred(accept, (JSON, NDJSON)) == NDJSON


@router.post(
    "/evaluate",
    dependencies=[place_in("evaluations")],
    openapi_extra=ARCHIVE_BODY,
    response_model=Report,
    responses=STEPS | documented(400, 403, 404, 408, 409, 413, 422, 429, 503, 507),
)
async def evaluate(
    request: Request,
    file: SentArchive,
    services: S,
    as_steps: Annotated[bool, Depends(wants_steps)],
    model: Annotated[
        str | None, Query(max_length=20, description="A version. Default: the one that serves.")
    ] = None,
    operating_point: Annotated[
        str | None, Query(max_length=40, description="Default: the setting.")
    ] = None,
) -> Any:
    """Measure a version on a ZIP of class folders, and say go, caution or no-go.

    A folder per class, called as the class or an alias of it; some of the classes are enough, and
    a folder may be of a coarse label, which says only that there is a finding. For a task of
    tables: a CSV with a column of classes. Films and rows are not kept; the report of films is for
    a day, by its `check`.

    As lines of JSON it says how far it is, and ends when the connection does.
    """
    watched = WatchedCheck()

    def measure() -> Report:
        watched.begun.set()
        watched.require()
        by = principal_of(request.scope).name
        return _measured(file, services, model, operating_point, by, watched)

    if not as_steps:
        return await services.serving.pools.evaluations.run(measure)
    lines = await begun(services, measure, watched)
    return CancellableStream(lines, media_type=NDJSON)


def _measured(
    file: IO[bytes],
    services: Services,
    model: str | None,
    operating_point: str | None,
    by: str,
    watched: WatchedCheck,
) -> Report:
    check = services.training.site_check
    version = model or services.serving.live.current().version
    if not kind_of(services.task.kind).has_pictures:
        if operating_point:
            raise InvalidRequest(
                "'operating_point' is for images; rows are decided as their model's card says."
            )
        return check.check_table(file, version=version, watched=watched)
    point = operating_point or services.settings.operating_point
    point_of(services.storage.store.get(version).card, point)
    return check.check(file, version=version, operating_point=point, by=by, watched=watched)


@router.get("/evaluate/{check}", responses=documented(404, 422, 503, 507))
@runs_in("operation")
def finished_check(check: str, services: S) -> SiteReport:
    """The report of a finished check of films, by its `check`; it is kept for a day."""
    return services.training.site_check.reports.get(check)
