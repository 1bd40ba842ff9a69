"""A check as lines of JSON: how far it is, twice a second, and in the last line what came of it."""

import asyncio
from collections.abc import AsyncGenerator, Callable

import anyio
from starlette.concurrency import run_in_threadpool

from api.evaluation_runs.check_process import WatchedCheck
from api.model_card.row_report import RowReport
from api.model_card.sites.site_report import SiteReport
from api.services import Services
from api.web.problems import image_problem
from api.web.schemas.training.check_steps import CheckStep

EVERY_S = 0.5
Report = SiteReport | RowReport


async def begun(
    services: Services, measure: Callable[[], Report], watched: WatchedCheck
) -> AsyncGenerator[str, None]:
    """The lines of a check, which has begun.

    Raises: what is refused at once, so that it has a status of its own.
    """
    check = asyncio.ensure_future(services.serving.pools.evaluations.run(measure))
    try:
        await asyncio.wait({check}, timeout=EVERY_S)
        if check.done():
            check.result()
    except BaseException:
        await _end(check, watched)
        raise
    return _lines(services, check, watched)


async def _lines(
    services: Services, check: "asyncio.Future[Report]", watched: WatchedCheck
) -> AsyncGenerator[str, None]:
    try:
        while not check.done():
            yield _line(watched)
            await asyncio.wait({check}, timeout=EVERY_S)
        if wrong := check.exception():
            assert isinstance(wrong, Exception)
            problem = await run_in_threadpool(image_problem, services, wrong, path="/evaluate")
            yield _line(watched, problem=problem)
        else:
            yield _line(watched, report=check.result())
    finally:
        await _end(check, watched)


def _line(watched: WatchedCheck, **ended: object) -> str:
    step = CheckStep.model_validate({"done": watched.done, "total": watched.total, **ended})
    return step.model_dump_json() + "\n"


async def _end(check: "asyncio.Future[Report]", watched: WatchedCheck) -> None:
    """The check reads what was sent, which goes with the request: so it is waited for."""
    watched.stopped.set()
    if not watched.begun.is_set():
        check.cancel()
    with anyio.CancelScope(shield=True):
        await asyncio.wait({check})
    # What came of it has been told, or nobody wants to know.
    if not check.cancelled():
        check.exception()
