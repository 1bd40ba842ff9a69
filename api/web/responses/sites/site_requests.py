"""What answers a request: for whoever asks, and for the site that it is about."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.services import Services
from api.serving.predictor import RecordingPredictor
from api.web.principals import principal_of, source_of


async def predictor_of(
    request: Request,
    services: Services,
    *,
    operating_point: str | None = None,
    prevalence: float | None = None,
    source: str | None = None,
) -> RecordingPredictor:
    """As `Services.predictor`; a site's version may have to be loaded, away from the event loop.

    Args:
        source: the site that the request names; None: that of its key, if it has one.

    Raises: ModelNotReady; Forbidden where the source is not that of the key.
    """
    site, actor = source_of(request.scope, source), principal_of(request.scope).name
    if site is None:
        return services.predictor(
            operating_point=operating_point, prevalence=prevalence, actor=actor
        )
    return await run_in_threadpool(
        services.predictor,
        operating_point=operating_point,
        prevalence=prevalence,
        source=site,
        actor=actor,
    )
