"""`/tasks/{task}/…`: every path of a task, for another task than the default one."""

import asyncio
import logging

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from api.served_tasks import ServedTasks
from api.services import Services
from api.web.deps import SERVICES
from api.web.links import root_of, route_path

logger = logging.getLogger(__name__)

PREFIX = "/tasks/"
# Another protocol has the task's name in its own place.
OPEN_INFERENCE = "/v2/models/"
# The paths of the one task that has such paths, which a setting names.
DIAGNOSIS = frozenset({"/api/diagnosis", "/api/diagnosis/"})
# What a task has of its own; everything else is the server's, and has one path only.
OF_A_TASK = frozenset(
    {
        "dicom-web",
        "evaluate",
        "health",
        "intake",
        "models",
        "phantoms",
        "predict",
        "predictions",
        "preview",
        "retrain",
        "review",
        "samples",
        "sites",
        "status",
        "upload-data",
    }
)
# Loading takes less than a second, compiling before it about half a minute.
OPENING_S = 45.0


class TaskPaths:
    """Answers `/tasks/x/predict` as `/predict` with the services of the task x.

    The prefix becomes part of the application's root path, so that routes, limits and links are
    the same for all tasks.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = route_path(scope) if scope["type"] == "http" else ""
        if path.startswith(PREFIX):
            scope = await self._below_its_prefix(scope, path)
        elif path.startswith(OPEN_INFERENCE):
            name = path.removeprefix(OPEN_INFERENCE).partition("/")[0]
            services = await self._of(scope["app"].state.tasks, name)
            scope = {**scope, SERVICES: services} if services else scope
        elif path in DIAGNOSIS:
            tasks: ServedTasks = scope["app"].state.tasks
            services = await self._of(tasks, tasks.settings.diagnosis_task)
            scope = {**scope, SERVICES: services} if services else scope
        await self.app(scope, receive, send)

    async def _below_its_prefix(self, scope: Scope, path: str) -> Scope:
        """The request as its task's routes know it; as it is where there is no such task."""
        name, _, rest = path.removeprefix(PREFIX).partition("/")
        if rest.split("/")[0] not in OF_A_TASK:
            return scope
        tasks: ServedTasks = scope["app"].state.tasks
        services = await self._of(tasks, name)
        if services is None:
            return scope
        own = {} if services is tasks.default else {SERVICES: services}
        return {**scope, **own, "root_path": f"{root_of(scope)}{PREFIX}{name}"}

    async def _of(self, tasks: ServedTasks, name: str) -> Services | None:
        services = tasks.find(name)
        if services is None:
            await run_in_threadpool(tasks.look_around)
            services = tasks.find(name)
        return services


class TaskOpening:
    """Waits for the model of a task that nobody asked for yet, once it is known who asks."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._opening: dict[str, asyncio.Task[None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        services: Services | None = scope.get(SERVICES)
        if services is not None and services.serving.live.version is None:
            await self._opened(scope["app"].state.tasks, services)
        await self.app(scope, receive, send)

    async def _opened(self, tasks: ServedTasks, services: Services) -> None:
        """Wait until its model is loaded, or was refused; one thread loads, however many wait."""
        if tasks.is_requested(services) and services.task.name not in self._opening:
            return
        tasks.request(services)
        opening = self._opening.get(services.task.name)
        if opening is None:
            opening = asyncio.create_task(run_in_threadpool(_open, services))
            self._opening[services.task.name] = opening
            opening.add_done_callback(lambda _: self._opening.pop(services.task.name, None))
        await asyncio.wait([opening], timeout=OPENING_S)


def _open(services: Services) -> None:
    try:
        services.serving.live.refresh()
    except Exception:
        # The request says that there is no model; it is tried again in the background.
        logger.exception("task not opened task=%s", services.task.name)
