"""`GET /errors`: what went wrong that nobody foresaw."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.records.servers import unexpected_errors
from api.serving.scheduling.work_pool import runs_in
from api.web.deps import S, Tasks
from api.web.problems import documented
from api.web.schemas.state.status import UnexpectedError, UnexpectedErrors

router = APIRouter(tags=["operation"])


@router.get("/errors", responses=documented(422, 503, 507))
@runs_in("operation")
def list_errors(
    services: S,
    tasks: Tasks,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> UnexpectedErrors:
    """Unexpected errors of all workers, grouped; refusals are none, see `/status/activity`."""
    # Those of this worker are there at once; others write theirs within seconds.
    tasks.shared.errors.write()
    found = unexpected_errors.newest(services.records.database, limit=limit)
    return UnexpectedErrors(errors=[UnexpectedError.model_validate(each) for each in found])
