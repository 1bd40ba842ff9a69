"""Work whose failure is for the log, and for the next time."""

import logging
from collections.abc import Callable, Iterable
from functools import partial

from api.errors import AppError
from api.services import Services

logger = logging.getLogger(__name__)


def logged(work: Callable[[], None]) -> None:
    """Do it; a failure is logged."""
    try:
        work()
    except AppError as exc:
        logger.warning("background work failed reason=%r", exc.message)
    except Exception:
        logger.exception("background work failed")


def each_task(tasks: Iterable[Services], work: Callable[[Services], None]) -> None:
    """The same for every task; what fails for one is done for the others."""
    for services in tasks:
        logged(partial(work, services))
