"""`POST /evaluate`: is the model any good on our own films?"""

from typing import Annotated

from fastapi import APIRouter, Query

from api.decision.decide import point_of
from api.model_card.site_report import SiteReport
from api.serving.scheduling.work_pool import place_in, runs_in
from api.web.deps import OfPictures, S
from api.web.problems import documented
from api.web.uploads.upload_form import ARCHIVE_BODY, SentArchive

router = APIRouter(tags=["models"])


@router.post(
    "/evaluate",
    dependencies=[OfPictures, place_in("evaluations")],
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
) -> SiteReport:
    """Measure a version on a ZIP of class folders, and say go, caution or no-go.

    A folder per class; some of the classes are enough, and so are NORMAL and PNEUMONIA. Nothing
    of it is kept.
    """
    version = model or services.serving.live.current().version
    point = operating_point or services.settings.operating_point
    point_of(services.storage.store.get(version).card, point)
    return services.training.site_check.check(file, version=version, operating_point=point)
