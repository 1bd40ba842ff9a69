"""What routes are given: the resources of this worker, opened in the lifespan."""

from typing import Annotated

from fastapi import Depends, Request

from api.services import Services


def services_of(request: Request) -> Services:
    """The resources of the worker that answers."""
    services: Services = request.app.state.services
    return services


async def services_dependency(request: Request) -> Services:
    """The same as a dependency: what is not `async` would wait for a thread."""
    return services_of(request)


S = Annotated[Services, Depends(services_dependency)]
