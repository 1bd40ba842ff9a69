"""What routes are given: the resources of this worker, opened in the lifespan."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.types import Scope

from api.errors import NotFound
from api.kinds.by_name import kind_of
from api.served_tasks import ServedTasks
from api.services import Services

# Where the services of a request lie that names a task.
SERVICES = "roentgen.services"


def services_in(scope: Scope) -> Services | None:
    """Those of the task that a request names, else of the default one; None before the start."""
    return scope.get(SERVICES) or getattr(scope["app"].state, "services", None)


def services_of_scope(scope: Scope) -> Services:
    """The resources of the worker that answers, for the task that is asked."""
    services: Services = scope.get(SERVICES) or scope["app"].state.services
    return services


def services_of(request: Request) -> Services:
    """The same of a request."""
    return services_of_scope(request.scope)


async def services_dependency(request: Request) -> Services:
    """The same as a dependency: what is not `async` would wait for a thread."""
    return services_of(request)


async def tasks_dependency(request: Request) -> ServedTasks:
    """All tasks of the worker."""
    tasks: ServedTasks = request.app.state.tasks
    return tasks


async def require_pictures(request: Request) -> None:
    """Raises: NotFound where the task's inputs are nothing to look at."""
    check_pictures(services_of(request))


def check_pictures(services: Services) -> None:
    """Raises: NotFound where the task's inputs are nothing to look at."""
    task = services.task
    if not kind_of(task.kind).has_pictures:
        raise NotFound(f"The inputs of the task '{task.name}' are no pictures; /docs lists more.")


S = Annotated[Services, Depends(services_dependency)]
Tasks = Annotated[ServedTasks, Depends(tasks_dependency)]
# Of a route that shows or reads pictures.
OfPictures = Depends(require_pictures)
