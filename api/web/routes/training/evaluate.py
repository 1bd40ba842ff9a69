"""`/evaluate`: is the model any good on our own films?"""

from typing import Annotated

from fastapi import APIRouter, Query

from api.decision.decide import point_of
from api.errors import InvalidRequest
from api.kinds.by_name import kind_of
from api.model_card.row_report import RowReport
from api.model_card.sites.site_report import SiteReport
from api.serving.scheduling.work_pool import place_in, runs_in
from api.web.deps import S
from api.web.problems import documented
from api.web.uploads.upload_form import ARCHIVE_BODY, SentArchive

router = APIRouter(tags=["models"])


@router.post(
    "/evaluate",
    dependencies=[place_in("evaluations")],
    openapi_extra=ARCHIVE_BODY,
    responses=documented(400, 403, 404, 408, 409, 413, 422, 429, 503, 507),
)
@runs_in("evaluations")
def evaluate(
    file: SentArchive,
    services: S,
    model: Annotated[
        str | None, Query(max_length=20, description="A version. Default: the one that serves.")
    ] = None,
    operating_point: Annotated[
        str | None, Query(max_length=40, description="Default: the setting.")
    ] = None,
) -> SiteReport | RowReport:
    """Measure a version on a ZIP of class folders, and say go, caution or no-go.

    A folder per class, called as the class or an alias of it; some of the classes are enough, and
    a folder may be of a coarse label, which says only that there is a finding. For a task of
    tables: a CSV with a column of classes. Films and rows are not kept; the report of films is for
    a day, by its `check`.
    """
    version = model or services.serving.live.current().version
    if not kind_of(services.task.kind).has_pictures:
        if operating_point:
            raise InvalidRequest(
                "'operating_point' is for images; rows are decided as their model's card says."
            )
        return services.training.site_check.check_table(file, version=version)
    point = operating_point or services.settings.operating_point
    point_of(services.storage.store.get(version).card, point)
    return services.training.site_check.check(file, version=version, operating_point=point)


@router.get("/evaluate/{check}", responses=documented(404, 422, 503, 507))
@runs_in("operation")
def finished_check(check: str, services: S) -> SiteReport:
    """The report of a finished check of films, by its `check`; it is kept for a day."""
    return services.training.site_check.reports.get(check)
