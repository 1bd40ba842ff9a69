"""What answers a request, which may name its site."""

from starlette.concurrency import run_in_threadpool

from api.services import Services
from api.serving.predictor import RecordingPredictor


async def predictor_of(
    services: Services,
    *,
    operating_point: str | None,
    prevalence: float | None,
    source: str | None,
    actor: str | None = None,
) -> RecordingPredictor:
    """As `Services.predictor`; a site's version may have to be loaded, away from the event loop.

    Raises: ModelNotReady.
    """
    if source is None:
        return services.predictor(
            operating_point=operating_point, prevalence=prevalence, actor=actor
        )
    return await run_in_threadpool(
        services.predictor,
        operating_point=operating_point,
        prevalence=prevalence,
        source=source,
        actor=actor,
    )
