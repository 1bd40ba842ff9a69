"""`/status/drift` and `/status/quality`: do answers still look as known, and are they right?"""

from typing import Annotated

from fastapi import APIRouter, Query

from api.monitoring.quality import quality
from api.records.watching import drift_looks
from api.serving.scheduling.work_pool import runs_in
from api.web.deps import S
from api.web.problems import documented
from api.web.responses.watching.drift_pages import drift_page
from api.web.schemas.state.quality import Drift, Quality

router = APIRouter(prefix="/status", tags=["operation"])


@router.get("/drift", responses=documented(422, 503, 507))
@runs_in("operation")
def get_drift(
    services: S,
    looks: Annotated[int, Query(ge=1, le=1000, description="Most former looks.")] = 100,
) -> Drift:
    """The newest answers of the version that serves, on three windows, held against what is known.

    They are looked at beside requests, after every 50 answers or ten minutes.
    """
    found = drift_looks.newest(services.records.database, task=services.task.name, limit=looks)
    return drift_page(found)


@router.get("/quality", responses=documented(422, 503, 507))
@runs_in("operation")
def get_quality(services: S) -> Quality:
    """How often its newest decisions are right: estimated without labels, and as people said.

    The estimates are left out, with the reason, while answers drift or the share of films with a
    finding is not the one that scores are corrected for.
    """
    card = services.serving.live.current().card
    found = quality(
        services.records.database,
        card,
        prevalence=services.settings.prevalence,
        task=services.task.name,
    )
    return Quality.model_validate(found)
